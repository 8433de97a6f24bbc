// expect: an override gives the same type as the dependency it stands for
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

Task<int> count() { co_return 1; }

void test(App& app) {
#ifdef CORRECT
  app.dependency_overrides().set<count>([] { return 2; });
#else
  app.dependency_overrides().set<count>([] { return 2.0; });
#endif
}
