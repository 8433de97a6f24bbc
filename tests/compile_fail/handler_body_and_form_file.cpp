// expect: a handler takes a Body<> or Form<> and FormFile<> parameters, not both
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](FormFile<UploadFile, "f">) { return 1; });
#else
  app.post("/", [](Body<Item>, FormFile<UploadFile, "f">) { return 1; });
#endif
}
