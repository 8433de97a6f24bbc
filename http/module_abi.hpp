// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "application.hpp"

#define CAPRICORN_ABI_TEXT_OF(x) #x
#define CAPRICORN_ABI_TEXT(x) CAPRICORN_ABI_TEXT_OF(x)
#if defined(__clang__)
#define CAPRICORN_ABI_COMPILER "clang " CAPRICORN_ABI_TEXT(__clang_major__)
#else
#define CAPRICORN_ABI_COMPILER "gcc " CAPRICORN_ABI_TEXT(__GNUC__)
#endif
#if defined(_GLIBCXX_RELEASE)
#define CAPRICORN_ABI_LIBRARY "libstdc++ " CAPRICORN_ABI_TEXT(_GLIBCXX_RELEASE)
#else
#define CAPRICORN_ABI_LIBRARY "libc++ " CAPRICORN_ABI_TEXT(_LIBCPP_VERSION)
#endif

namespace capricorn {

/// What a module and the binary that loads it have to agree on. Each has its own, which is why it
/// is not inline: of an exported variable the loader would give the module the binary's.
static constexpr char kAbiTag[] =
    "capricorn 0.1.0, " CAPRICORN_ABI_COMPILER ", " CAPRICORN_ABI_LIBRARY;

/// What a module exports, as `capricorn_app_v1` or `capricorn_app_v1_<name>`. Nothing but the tag
/// is looked at before the tag was compared.
struct ModuleEntry {
  const char* abi_tag;
  Application* (*create)();
  void (*destroy)(Application*);
};

}  // namespace capricorn
