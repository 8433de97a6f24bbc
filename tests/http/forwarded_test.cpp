// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/forwarded.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace capricorn;

namespace {

/// "for|proto|host" of each element.
std::vector<std::string> elements_of(std::string_view field) {
  std::vector<ForwardedElement> elements;
  parse_forwarded(field, elements);
  std::vector<std::string> texts;
  for (const ForwardedElement& one : elements) {
    texts.push_back(std::string(one.for_node) + "|" + std::string(one.proto) + "|" +
                    std::string(one.host));
  }
  return texts;
}

std::string node_of(std::string_view text) {
  const std::optional<ForwardedNode> node = parse_forwarded_node(text);
  return node ? std::string(node->host) + " " + std::to_string(node->port) : "none";
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a node is an address with or without a port") {
  CHECK(node_of("192.0.2.1") == "192.0.2.1 0");
  CHECK(node_of("192.0.2.1:4711") == "192.0.2.1 4711");
  CHECK(node_of("2001:db8::1") == "2001:db8::1 0");
  CHECK(node_of("[2001:db8::1]") == "2001:db8::1 0");
  CHECK(node_of("[2001:db8::1]:80") == "2001:db8::1 80");
  for (const char* text :
       {"", "unknown", "_hidden", "192.0.2", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:65536",
        "[192.0.2.1]", "[2001:db8::1", "[2001:db8::1]x", "[2001:db8::1]:", "2001:db8::1]", ":80",
        "[]", "]", "shop.example", "192.0.2.1:_port", "1.2.3.4:-1"}) {
    CAPTURE(text);
    CHECK(node_of(text) == "none");
  }
}

TEST_CASE("the examples of RFC 7239 are read") {
  CHECK(elements_of("for=\"_gazonk\"") == Texts{"_gazonk||"});
  CHECK(elements_of("For=\"[2001:db8:cafe::17]:4711\"") == Texts{"[2001:db8:cafe::17]:4711||"});
  CHECK(elements_of("for=192.0.2.60;proto=http;by=203.0.113.43") == Texts{"192.0.2.60|http|"});
  CHECK(elements_of("for=192.0.2.43, for=198.51.100.17") ==
        Texts{"192.0.2.43||", "198.51.100.17||"});
}

TEST_CASE("empty members and pairs, spaces and unknown names are passed over") {
  CHECK(elements_of("") == Texts{});
  CHECK(elements_of(" , ,for=1.2.3.4 ;\tHOST=\"a:1\"; ext=x;, proto=https") ==
        Texts{"1.2.3.4||a:1", "|https|"});
}

TEST_CASE("a comma in quotes is part of a value") {
  CHECK(elements_of("host=\"a,for=6.6.6.6\", for=1.2.3.4") ==
        Texts{"||a,for=6.6.6.6", "1.2.3.4||"});
}

TEST_CASE("what is malformed is left out") {
  for (const char* field : {"for", "for=", "=x", "for =1.2.3.4", "for= 1.2.3.4", "for=\"1.2.3.4",
                            "for=\"a\\\"b\"", "for=a for=b", "for=a;for=b", "for=[::1]",
                            "for=1.2.3.4:80", "for=\"a\"b", "for=a;;host=b"}) {
    CAPTURE(field);
    CHECK(elements_of(field).empty());
  }
}

TEST_CASE("what stands before something malformed is not believed, what stands behind it is") {
  for (const char* sent :
       {"for", "for=6.6.6.6, x", "for=\"", "for=6.6.6.6, for=\"a", "for=\", for=6.6.6.6",
        "for=6.6.6.6;for=6.6.6.6", "x=\"a, for=6.6.6.6, y=\"b, z"}) {
    CAPTURE(sent);
    CHECK(elements_of(std::string(sent) + ", for=1.2.3.4;proto=https").back() == "1.2.3.4|https|");
    CHECK(elements_of(std::string(sent) + ", for=\"[2001:db8::1]:80\"").back() ==
          "[2001:db8::1]:80||");
  }
  CHECK(elements_of("for=6.6.6.6, x, for=1.2.3.4") == Texts{"1.2.3.4||"});
  std::vector<ForwardedElement> elements;
  for (const char* field : {"for=6.6.6.6", "nonsense", "for=1.2.3.4"}) {
    parse_forwarded(field, elements);
  }
  REQUIRE(elements.size() == 1);
  CHECK(elements[0].for_node == "1.2.3.4");
}

TEST_CASE("the last member is taken off a list") {
  std::string_view list = "a, b ,c";
  CHECK(take_last_member(list) == "c");
  CHECK(take_last_member(list) == "b");
  CHECK(take_last_member(list) == "a");
  CHECK(list.empty());
}

TEST_CASE("schemes are two, and a prefix cannot be another site") {
  CHECK(forwarded_scheme("HTTPS") == "https");
  CHECK(forwarded_scheme("wss") == "https");
  CHECK(forwarded_scheme("ws") == "http");
  CHECK(forwarded_scheme("javascript").empty());
  CHECK(is_forwarded_prefix(""));
  CHECK(is_forwarded_prefix("/api/v1"));
  for (const char* prefix : {"api", "//evil.example", "/a b", "/a?b", "/a#b", "/\\evil", "/a,b"}) {
    CAPTURE(prefix);
    CHECK_FALSE(is_forwarded_prefix(prefix));
  }
}
