// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/base64.hpp>

using namespace capricorn;

TEST_CASE("base64 is that of RFC 4648, 10") {
  struct {
    std::string_view bytes, text;
  } const table[] = {{"", ""},
                     {"f", "Zg=="},
                     {"fo", "Zm8="},
                     {"foo", "Zm9v"},
                     {"foob", "Zm9vYg=="},
                     {"fooba", "Zm9vYmE="},
                     {"foobar", "Zm9vYmFy"},
                     {"\xff\xef\xbe", "/+++"}};
  for (const auto& [bytes, text] : table) {
    CAPTURE(text);
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text) == bytes);
  }
}

TEST_CASE("base64url has other digits and no padding") {
  CHECK(base64url_encode("\xff\xef\xbe") == "_---");
  CHECK(base64url_encode("f") == "Zg");
  CHECK(base64url_decode("_---") == "\xff\xef\xbe");
  CHECK(base64url_decode("Zg") == "f");
}

TEST_CASE("every byte survives both alphabets") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
    CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
  }
}

TEST_CASE("what encoding would not have written is refused") {
  for (std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=",
                                "Zm 9v", "Zm9v\n", "-_--", "Zm9v=", "Zg==Zg==", "Zm9\xc3"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
  for (std::string_view text : {"Z", "Zg==", "Zh", "Zm9", "/+++", "Zm9vY", "Zm9v."}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text));
  }
}
