// SPDX-License-Identifier: MIT
#include "version.hpp"

#include <sys/utsname.h>

#include <string_view>

#include "../http/module_abi.hpp"

namespace capricorn {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler =
    "clang " CAPRICORN_ABI_TEXT(__clang_major__) "." CAPRICORN_ABI_TEXT(
        __clang_minor__) "." CAPRICORN_ABI_TEXT(__clang_patchlevel__);
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

std::string version() {
  const std::string_view tag = kAbiTag;  // it begins with our name and version
  const std::size_t space = tag.find(' ');
  return std::string(tag.substr(space + 1, tag.find(',') - space - 1));
}

std::string compiler() { return kCompiler; }

std::string version_line() {
  utsname system{};
  const std::string name = ::uname(&system) == 0 ? system.sysname : "an unknown system";
  const std::string_view tag = kAbiTag;  // it begins with our name and version
  return "Running " + std::string(tag.substr(0, tag.find(','))) + " with " + kCompiler + " on " +
         name;
}

}  // namespace capricorn
