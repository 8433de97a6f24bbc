// expect: a lifespan is an AsyncGenerator<>, with one co_yield {}
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
AsyncGenerator<> lifespan(App&) { co_yield {}; }
#else
Task<> lifespan(App&) { co_return; }
#endif

App make_app() { return App({.lifespan = lifespan}); }
