// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/plain_text.hpp>

#include <cstddef>
#include <string>

using namespace capricorn;

TEST_CASE("a run of plain text ends at the first byte that is not plain, wherever it stands") {
  for (std::size_t size = 0; size < 50; ++size) {
    const std::string plain(size, 'a');
    const char* const stop = detail::skip_plain_text(plain.data(), plain.data() + size);
    CHECK(stop <= plain.data() + size);
    CHECK(plain.data() + size - stop < 8);
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = plain;
        text[at] = static_cast<char>(byte);
        const bool ends = byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
        const char* const found = detail::skip_plain_text(text.data(), text.data() + size);
        const auto passed = static_cast<std::size_t>(found - text.data());
        const bool good =
            ends ? passed <= at && (passed == at || size - passed < 8) : size - passed < 8;
        if (!good) FAIL("size " << size << ", byte " << byte << " at " << at << ": " << passed);
      }
    }
  }
}
