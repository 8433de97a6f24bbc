// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace capricorn {

/// "slow_query(int) (/srv/app.so 0x12ab)" for an address in a function: its name where the file has
/// one, also one that is not exported, and what addr2line takes. Reads files and allocates.
std::string describe_address(std::uintptr_t address);

/// "fetch(int)" of "_Z5fetchi.resume", also of a type_info's name; what is not mangled stays.
std::string demangle(std::string_view symbol);

}  // namespace capricorn
