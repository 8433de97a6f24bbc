// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace capricorn {

/// What an object has under a key; the whole text is checked.
struct JsonMember {
  enum class State : std::uint8_t { kFound, kAbsent, kNoObject, kMalformed };
  State state = State::kAbsent;
  std::string_view text = {};     // where it was found: its JSON, a part of the object's
  const char* message = nullptr;  // of what is malformed
  std::int64_t position = 0;
};
/// The last of those that have the key, as Python has it.
JsonMember find_json_member(std::string_view object, std::string_view key);

/// The same value as our writer, and Python's, has it: without white space, escapes that need not
/// be, or digits that say nothing. What is no JSON comes back as it is.
std::string compact_json(std::string_view json);

}  // namespace capricorn
