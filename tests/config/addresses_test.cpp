// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/config/bind_address.hpp>
#include <capricorn/config/ip_network.hpp>

#include <string>

using namespace capricorn;

namespace {

using Kind = BindAddress::Kind;

bool contains(const char* network, const char* address) {
  const auto parsed = parse_ip_network(network);
  const auto ip = parse_ip_address(address);
  REQUIRE(parsed.has_value());
  REQUIRE(ip.has_value());
  return parsed->contains(*ip);
}

}  // namespace

TEST_CASE("an address to listen on is a port, a path or a descriptor") {
  const auto port = parse_bind_address("shop.example:80");
  REQUIRE(port.has_value());
  CHECK(port->kind == Kind::kPort);
  CHECK(port->host == "shop.example");
  CHECK(port->port == 80);
  CHECK(parse_bind_address(":0")->host.empty());
  CHECK(parse_bind_address("[::1]:8080")->host == "::1");
  const auto path = parse_bind_address("unix:/run/app.sock");
  CHECK(path->kind == Kind::kPath);
  CHECK(path->path == "/run/app.sock");
  CHECK(parse_bind_address("unix:@app")->path == std::string("\0app", 4));
  const auto descriptor = parse_bind_address("fd://3");
  CHECK(descriptor->kind == Kind::kDescriptor);
  CHECK(descriptor->fd == 3);
  const auto passed = parse_bind_address("fd://web");
  CHECK(passed->kind == Kind::kPassed);
  CHECK(passed->name == "web");
}

TEST_CASE("what is no address to listen on is none") {
  for (const char* text :
       {"", "localhost", "80", "::1:80", "[127.0.0.1]:80", "[::1]", "a:b", "a:-1", "a:65536",
        "http://a:80", "unix:", "unix:@", "fd://", "fd://-1", "a]:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_bind_address(text).has_value());
  }
}

TEST_CASE("a network has its addresses and no others") {
  CHECK(contains("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  CHECK(contains("192.0.2.128/25", "192.0.2.129"));
  CHECK_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  CHECK(contains("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(contains("192.0.2.1", "192.0.2.2"));
  CHECK(contains("0.0.0.0/0", "8.8.8.8"));
  CHECK_FALSE(contains("0.0.0.0/0", "::1"));
  CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(contains("127.0.0.1", "::ffff:127.0.0.1"));
  CHECK(contains("fe80::/10", "fe80::1%eth0"));
}

TEST_CASE("what is no network is none") {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1",
                           "10.0.0/8", "shop.example", "1.2.3.4.5"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip_network(text).has_value());
  }
}
