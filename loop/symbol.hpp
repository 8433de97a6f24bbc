// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace capricorn {

/// "slow_query(int) (/srv/app.so 0x12ab)" for an address in a function: its name where the file has
/// one, also one that is not exported, and what addr2line takes. Reads files and allocates.
std::string describe_address(std::uintptr_t address);

}  // namespace capricorn
