// expect: Form<> reads a number, bool, std::string or enum, an optional of one
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](File<UploadFile, "f">) { return 1; });
#else
  app.post("/", [](Form<UploadFile, "f">) { return 1; });
#endif
}
