// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/plain_text.hpp>

#include <cstddef>
#include <string>

using namespace capricorn;

TEST_CASE("a run of plain text ends at the first byte that is not plain, wherever it stands") {
  for (std::size_t size = 0; size < 50; ++size) {
    const std::string plain(size, 'a');
    CHECK(detail::skip_plain_text(plain.data(), plain.data() + size) == plain.data() + size);
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = plain;
        text[at] = static_cast<char>(byte);
        const bool ends = byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
        const char* const found = detail::skip_plain_text(text.data(), text.data() + size);
        const auto passed = static_cast<std::size_t>(found - text.data());
        if (passed != (ends ? at : size)) {
          FAIL("size " << size << ", byte " << byte << " at " << at << ": " << passed);
        }
      }
    }
  }
}

TEST_CASE("a run of plain text ends at the first of several bytes that are not plain") {
  for (std::size_t size = 2; size < 40; ++size) {
    for (std::size_t first = 0; first < size; ++first) {
      for (std::size_t second = first + 1; second < size; ++second) {
        std::string text(size, ' ');
        text[first] = '\x1f';
        text[second] = '"';
        const char* const found = detail::skip_plain_text(text.data(), text.data() + size);
        if (found != text.data() + first) FAIL("size " << size << ": " << first << ", " << second);
      }
    }
  }
}
