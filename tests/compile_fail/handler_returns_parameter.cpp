// expect: what a parameter of a handler holds is behind a star: return *item, or
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Body<Item> item) { return JSONResponse(*item); });
#else
  app.post("/", [](Body<Item> item) { return JSONResponse(item); });
#endif
}
