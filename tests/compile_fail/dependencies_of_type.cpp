// expect: dependencies<>() takes functions, or Depends<> and Security<>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

Task<int> count() { co_return 1; }

#ifdef CORRECT
const App app({.dependencies = dependencies<Depends<count>>()});
#else
const App app({.dependencies = dependencies<Query<int, "n">>()});
#endif
