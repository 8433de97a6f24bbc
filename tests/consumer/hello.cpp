// SPDX-License-Identifier: MIT
// A module: built with nothing but what is installed, served by `capricorn hello.so`.
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/module.hpp>
#include <capricorn/handlers/parameters.hpp>

#include <string>

using namespace capricorn;

namespace {

struct Greeting {
  std::string message;
};

App make_app() {
  App app;
  app.get("/hello/{name}", [](Path<std::string, "name"> name) -> Task<Greeting> {
    co_return Greeting{"hello " + *name};
  });
  return app;
}

}  // namespace

CAPRICORN_APP(make_app)
