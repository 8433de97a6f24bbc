// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/proxy_protocol.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace capricorn;

namespace {

using Outcome = ProxyHeaderParser::Outcome;

struct Result {
  Outcome outcome = Outcome::kNeedMore;
  ProxyHeader header;
  std::string behind;
};

/// In pieces of that size, 0 for all at once.
Result read(std::string_view bytes, std::size_t piece = 0) {
  ProxyHeaderParser parser;
  Result result;
  while (!bytes.empty() && result.outcome == Outcome::kNeedMore) {
    std::string_view part = bytes.substr(0, piece ? piece : bytes.size());
    const std::size_t size = part.size();
    result.outcome = parser.parse(part);
    bytes.remove_prefix(size - part.size());
    if (result.outcome == Outcome::kNeedMore) REQUIRE(part.empty());
  }
  result.header = parser.header();
  result.behind = bytes;
  return result;
}

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary(int command, int family, const std::string& rest) {
  std::string bytes(kSignature);
  bytes += static_cast<char>(command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(rest.size() >> 8);
  bytes += static_cast<char>(rest.size() & 255);
  return bytes + rest;
}

const std::string kIpv4("\xc0\x00\x02\x01\xc0\x00\x02\x02\xdc\x04\x01\xbb", 12);

}  // namespace

TEST_CASE("version 1 tells client and server, and leaves what comes behind it") {
  for (const std::size_t piece : {0, 1, 2, 7}) {
    const Result four = read("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET / HTTP/1.1", piece);
    REQUIRE(four.outcome == Outcome::kComplete);
    CHECK(four.header.proxied);
    CHECK(four.header.client_host == "192.0.2.1");
    CHECK(four.header.client_port == 56324);
    CHECK(four.header.server_host == "192.0.2.2");
    CHECK(four.header.server_port == 443);
    CHECK(four.behind == "GET / HTTP/1.1");
    const Result six = read("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", piece);
    REQUIRE(six.outcome == Outcome::kComplete);
    CHECK(six.header.client_host == "2001:db8::1");
    const Result unknown = read("PROXY UNKNOWN ffff::1 what ever\r\nx", piece);
    REQUIRE(unknown.outcome == Outcome::kComplete);
    CHECK_FALSE(unknown.header.proxied);
    CHECK(unknown.header.unknown);
    CHECK_FALSE(four.header.unknown);
    CHECK(unknown.behind == "x");
  }
}

TEST_CASE("what is not exactly a header of version 1 is an error, and the earliest byte tells") {
  const std::string zero("PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n", 37);
  for (const std::string& bytes : std::vector<std::string>{
           "GET / HTTP/1.1\r\n", "PROXZ", "proxy TCP4 ", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
           "PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
           "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
           "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
           "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n",
           "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY UNKNOWNS\r\n", "PROXY \r\n", zero,
           "PROXY UNKNOWN " + std::string(93, 'x') + "\r\n"}) {
    CAPTURE(bytes);
    CHECK(read(bytes).outcome == Outcome::kError);
    CHECK(read(bytes, 1).outcome == Outcome::kError);
  }
  CHECK(read("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n").outcome == Outcome::kComplete);
}

TEST_CASE("version 2 tells client and server, TLS included, and leaves what comes behind it") {
  for (const std::size_t piece : {0, 1, 5}) {
    const std::string ssl("\x20\x00\x05\x01\x00\x00\x00\x00", 8);
    const std::string name("\x02\x00\x03one", 6);
    const Result four = read(binary(0x21, 0x11, kIpv4 + name + ssl) + "GET", piece);
    REQUIRE(four.outcome == Outcome::kComplete);
    CHECK(four.header.proxied);
    CHECK(four.header.client_host == "192.0.2.1");
    CHECK(four.header.client_port == 56324);
    CHECK(four.header.server_host == "192.0.2.2");
    CHECK(four.header.server_port == 443);
    CHECK(four.header.tls);
    CHECK(four.behind == "GET");
    const std::string six = std::string(15, '\0') + "\x01" + std::string(15, '\0') + "\x02" +
                            std::string("\x00\x50\x1f\x90", 4);
    const Result result = read(binary(0x21, 0x21, six), piece);
    REQUIRE(result.outcome == Outcome::kComplete);
    CHECK(result.header.client_host == "::1");
    CHECK(result.header.client_port == 80);
    CHECK(result.header.server_port == 8080);
    CHECK_FALSE(result.header.tls);
  }
}

TEST_CASE("a connection of the proxy's own, or of a kind that is no stream, keeps its addresses") {
  CHECK_FALSE(read(binary(0x20, 0x00, "")).header.proxied);
  CHECK_FALSE(read(binary(0x20, 0x00, "")).header.unknown);
  CHECK(read(binary(0x21, 0x00, "whatever")).header.unknown);
  CHECK(read(binary(0x21, 0x12, kIpv4)).header.unknown);
  CHECK(read(binary(0x20, 0x11, kIpv4)).outcome == Outcome::kComplete);
  CHECK_FALSE(read(binary(0x20, 0x11, kIpv4)).header.proxied);
  CHECK(read(binary(0x21, 0x00, "whatever")).outcome == Outcome::kComplete);
  CHECK_FALSE(read(binary(0x21, 0x12, kIpv4)).header.proxied);
  const Result of_unix = read(binary(0x21, 0x31, std::string(216, 'x')));
  CHECK(of_unix.outcome == Outcome::kComplete);
  CHECK(of_unix.header.proxied);
  CHECK(of_unix.header.client_host.empty());
}

TEST_CASE("what is not exactly a header of version 2 is an error") {
  std::string huge = binary(0x21, 0x11, kIpv4);
  huge[14] = '\x7f';
  for (const std::string& bytes : std::vector<std::string>{
           "\r\n\r\nx", binary(0x31, 0x11, kIpv4), binary(0x22, 0x11, kIpv4),
           binary(0x21, 0x41, kIpv4), binary(0x21, 0x13, kIpv4),
           binary(0x21, 0x11, kIpv4.substr(1)), binary(0x21, 0x21, kIpv4),
           binary(0x21, 0x31, kIpv4), binary(0x21, 0x11, kIpv4 + "ab"),
           binary(0x21, 0x11, kIpv4 + std::string("\x01\x00\x02x", 4)),
           binary(0x21, 0x11, kIpv4 + std::string("\x20\x00\x01\x01", 4)), huge}) {
    CHECK(read(bytes).outcome == Outcome::kError);
    CHECK(read(bytes, 1).outcome == Outcome::kError);
  }
}
