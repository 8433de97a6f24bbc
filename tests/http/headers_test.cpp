// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/headers.hpp>
#include <capricorn/http/method.hpp>
#include <capricorn/http/status.hpp>

#include <stdexcept>
#include <string>
#include <utility>

using namespace capricorn;

TEST_CASE("headers keep their order and lower their names") {
  Headers headers{{"Content-Type", "text/plain"}, {"X-One", "1"}, {"x-one", "2"}};
  REQUIRE(headers.size() == 3);
  CHECK(headers[0].name == "content-type");
  CHECK(headers[0].id == HeaderId::kContentType);
  CHECK(headers.get("x-one") == "1");
  CHECK(headers.get(HeaderId::kContentType) == "text/plain");
  CHECK_FALSE(headers.get("x-two"));
}

TEST_CASE("a field is found by its name in whatever case") {
  const Headers headers{{"X-Token", "1"}, {"content-type", "text/plain"}};
  CHECK(headers.get("X-Token") == "1");
  CHECK(headers.get("x-token") == "1");
  CHECK(headers.get("Content-Type") == "text/plain");
  CHECK_FALSE(headers.get("X-Tokens"));
  CHECK_FALSE(headers.get("X-Toke"));
}

TEST_CASE("set replaces every field of a name, remove drops them") {
  Headers headers{{"a", "1"}, {"b", "2"}, {"A", "3"}};
  headers.set("A", "4");
  CHECK(headers.size() == 2);
  CHECK(headers.get("a") == "4");
  headers.remove("B");
  CHECK(headers.size() == 1);
  headers.clear();
  CHECK(headers.size() == 0);
}

TEST_CASE("a field may be made of another one's parts") {
  // So long that the first bytes are given back to the system when there is room no more.
  const std::string text(200'000, 'x');
  Headers headers{{"a", text}};
  headers.append("b", *headers.get("a"));
  headers.append(headers[0].name, *headers.get("b"));
  headers.set("b", headers[0].value);
  REQUIRE(headers.size() == 3);
  for (const Headers::Field field : headers) CHECK(field.value == text);
}

TEST_CASE("what was moved away has no fields, and may get others") {
  Headers from{{"a", "1"}, {"b", "2"}};
  const Headers to = std::move(from);
  CHECK(to.size() == 2);
  CHECK(from.size() == 0);  // NOLINT: that is the question
  CHECK_FALSE(from.get("a"));
  from.append("c", "3");
  REQUIRE(from.size() == 1);
  CHECK(from.get("c") == "3");
}

TEST_CASE("views into a head that was parsed stay good, whatever is added to it") {
  // So long that the bytes would be given back to the system.
  const std::string text(200'000, 'x');
  Headers headers;
  headers.append_at(0, 1, 3, static_cast<std::uint32_t>(text.size()));
  headers.adopt(Buffer("A: " + text + "\r\n"));
  const std::string_view view = headers[0].value;
  headers.append("b", text);
  headers.set("c", text);
  CHECK(view == text);
  REQUIRE(headers.size() == 3);
  for (const Headers::Field field : headers) CHECK(field.value == text);
}

TEST_CASE("names of any length are lowered, and nothing but letters") {
  for (const std::string_view name :
       {"X", "XY", "X-Y", "X-YZ", "AZaz09", "Host-Of", "X-Forwar", "X-Forward",
        "X-Long-Name-Of-A-1", "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^_`|~"}) {
    CAPTURE(name);
    std::string expected(name);
    for (char& c : expected) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const Headers headers{{name, "V"}};
    CHECK(headers[0].name == expected);
    CHECK(headers[0].value == "V");
  }
}

TEST_CASE("fields that were only added are there as they stand in a message") {
  Headers headers;
  CHECK(headers.wire() == "");
  headers.append("A", "1");
  headers.append("Empty", "");
  CHECK(headers.wire() == "a: 1\r\nempty: \r\n");
  CHECK(headers.clone().wire() == headers.wire());
  headers.remove("other");
  CHECK(headers.wire());
  SUBCASE("but not where one was removed") { headers.remove("a"); }
  SUBCASE("or replaced") { headers.set("a", "2"); }
  CHECK_FALSE(headers.wire());
  CHECK_FALSE(headers.clone().wire());
  headers.clear();
  CHECK(headers.wire() == "");
}

TEST_CASE("a name that is no token and a value that breaks the line are refused") {
  Headers headers;
  for (std::string_view name : {"", "a b", "a:", "a\r\n", "\xc3\xa4"}) {
    CHECK_THROWS_AS(headers.append(name, "x"), std::invalid_argument);
  }
  for (std::string_view value :
       {std::string_view("a\rb"), std::string_view("a\nb"), std::string_view("a\0b", 3)}) {
    CHECK_THROWS_AS(headers.append("x", value), std::invalid_argument);
    CHECK_THROWS_AS(headers.set("x", value), std::invalid_argument);
  }
  CHECK(headers.size() == 0);
}

TEST_CASE("which known headers there may be is told at once") {
  constexpr std::uint32_t kSought = header_bit(HeaderId::kDate) | header_bit(HeaderId::kUserAgent);
  Headers headers{{"Host", "a"}, {"X-Date", "b"}};
  CHECK_FALSE(headers.may_have(kSought));
  CHECK(headers.may_have(header_bit(HeaderId::kHost)));
  headers.append("User-Agent", "c");
  CHECK(headers.may_have(kSought));
  CHECK(headers.clone().may_have(kSought));
  const Headers moved = std::move(headers);
  CHECK(moved.may_have(kSought));
  CHECK(moved.get(HeaderId::kUserAgent) == "c");

  Headers parsed;
  parsed.append_at(0, 4, 6, 1);
  parsed.adopt(Buffer("Date: d\r\n"));
  CHECK(parsed.may_have(kSought));
  parsed.clear();
  CHECK_FALSE(parsed.may_have(kSought));
}

TEST_CASE("each known header is recognised by its name") {
  for (std::string_view name :
       {"accept", "accept-encoding", "authorization", "connection", "content-length",
        "content-type", "cookie", "date", "expect", "host", "if-modified-since", "if-none-match",
        "origin", "range", "server", "transfer-encoding", "upgrade", "user-agent"}) {
    CAPTURE(name);
    CHECK(header_id(name) != HeaderId::kOther);
  }
  CHECK(header_id("hose") == HeaderId::kOther);
  CHECK(header_id("") == HeaderId::kOther);
}

TEST_CASE("methods are known by their exact name") {
  for (int i = 0; i < 9; ++i) {
    auto method = static_cast<Method>(i);
    CHECK(parse_method(method_name(method)) == method);
  }
  CHECK(parse_method("get") == Method::kOther);
  CHECK(parse_method("") == Method::kOther);
}

TEST_CASE("a status has the phrase of the registry") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(431) == "Request Header Fields Too Large");
  CHECK(reason_phrase(299) == "");
}
