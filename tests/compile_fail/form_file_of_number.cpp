// expect: File<> gives an UploadFile, or its bytes as a std::string
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](File<std::string, "f">) { return 1; });
#else
  app.post("/", [](File<int, "f">) { return 1; });
#endif
}
