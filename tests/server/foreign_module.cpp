// SPDX-License-Identifier: MIT
// A module as a compiler with another standard library would build it.
#include <capricorn/http/application.hpp>

#ifdef _GLIBCXX_RELEASE
#undef _GLIBCXX_RELEASE
#define _GLIBCXX_RELEASE 1
#else
#undef _LIBCPP_VERSION
#define _LIBCPP_VERSION 1
#endif
#include <capricorn/http/module_abi.hpp>

extern "C" __attribute__((visibility("default"))) const capricorn::ModuleEntry capricorn_app_v1;
const capricorn::ModuleEntry capricorn_app_v1 = {capricorn::kAbiTag, nullptr, nullptr};
