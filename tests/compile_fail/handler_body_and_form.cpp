// expect: a handler takes a Body<> or Form<> and File<> parameters, not both
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Form<int, "n"> n, File<UploadFile, "f">) { return *n; });
#else
  app.post("/", [](Form<int, "n"> n, Body<Item>) { return *n; });
#endif
}
