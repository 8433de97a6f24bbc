// SPDX-License-Identifier: MIT
// The README's sample, to the letter.
#include <capricorn/capricorn.hpp>
using namespace capricorn;

struct User {  // a model: no macro, no registration
  int id;
  std::string name;
};

struct Item {
  std::string name;
  Field<double, Gt{0}> price;
  std::optional<std::string> note;
};

App make_app() {
  App app({.title = "Shop"});
  app.get("/users/{id}", [](Path<int, "id"> id) -> Task<User> {  // on the loop
    co_await sleep(std::chrono::milliseconds(5));
    co_return User{*id, "Alice"};
  });
  app.post("/items", [](Body<Item> item) -> Task<Response> {  // parsed and checked: 422
    co_return JSONResponse(*item, 201);
  });
  app.get("/report", [](Query<std::string, "month"> month) {  // may block: thread pool
    return "the report of " + *month;
  });
  return app;
}
CAPRICORN_APP(make_app)
