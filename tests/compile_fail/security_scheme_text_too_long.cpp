// expect: the_texts_of_a_security_scheme_have_4000_characters_at_most_and_no_NUL
// SPDX-License-Identifier: MIT
#include <array>
#include <capricorn/capricorn.hpp>

using namespace capricorn;

constexpr auto letters = [] {
  std::array<char, 5000> all{};
  all.fill('a');
  return all;
}();

#ifdef CORRECT
inline constexpr APIKeyHeader api_key{"x-key", {.description = {letters.data(), 1000}}};
#else
inline constexpr APIKeyHeader api_key{"x-key", {.description = {letters.data(), 5000}}};
#endif
