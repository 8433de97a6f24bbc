// SPDX-License-Identifier: MIT
// A program with a main of its own, which links the library.
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/parameters.hpp>
#include <capricorn/server/run.hpp>

#include <string>

using namespace capricorn;

int main(int argc, char** argv) {
  App app;
  app.get("/next/{number}", [](Path<int, "number"> number) -> Task<int> { co_return *number + 1; });
  return run(app, argc, argv, {.port = 0});
}
