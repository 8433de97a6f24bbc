// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/websocket_handshake.hpp>

#include <string>
#include <vector>

using namespace capricorn;

namespace {

constexpr RequestLimits kLimits{8192, 16384, 100, 8192, 16384};

const std::string kUpgrade = "Upgrade: websocket\r\n";
const std::string kConnection = "Connection: Upgrade\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string kVersion = "Sec-WebSocket-Version: 13\r\n";

/// "none" where it is no handshake, else the status of its refusal, 0 for a good one.
std::string verdict(const std::string& line, const std::string& fields) {
  RequestParser parser(kLimits);
  const std::string request = line + "\r\nHost: a\r\n" + fields + "\r\n";
  std::string_view input = request;
  REQUIRE(parser.parse(input) == RequestParser::Event::kHead);
  if (!asks_for_websocket(parser.head())) return "none";
  return std::to_string(check_websocket_handshake(parser.head()).status);
}
std::string verdict(const std::string& fields) { return verdict("GET /ws HTTP/1.1", fields); }

/// The answer to these lines of offers, "none" where all are declined.
std::string answer(std::initializer_list<std::string_view> lines) {
  Headers headers;
  for (const std::string_view line : lines) headers.append("sec-websocket-extensions", line);
  const WebSocketOffer offer = read_websocket_offer(headers);
  return offer.deflate ? format_deflate_answer(*offer.deflate) : "none";
}

}  // namespace

TEST_CASE("a good handshake is one, whatever the case and the lists") {
  CHECK(verdict(kUpgrade + kConnection + kKey + kVersion) == "0");
  CHECK(verdict("Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n" + kKey + kVersion) ==
        "0");
  CHECK(verdict("Upgrade: h2c, websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\n" +
                kKey + kVersion) == "0");
  CHECK(verdict(kUpgrade + kConnection + kKey + kVersion +
                "Sec-WebSocket-Protocol: chat, superchat\r\n") == "0");
}

TEST_CASE("what is wrong with a handshake is said with 400 or 426") {
  const std::string good = kUpgrade + kConnection + kKey + kVersion;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {verdict("POST /ws HTTP/1.1", good), "400"},
      {verdict("HEAD /ws HTTP/1.1", good), "400"},
      {verdict("GET /ws HTTP/1.0", good), "400"},
      {verdict("GET /ws HTTP/1.1", good + "Content-Length: 3\r\n"), "400"},
      {verdict(kUpgrade + kKey + kVersion), "400"},
      {verdict(kUpgrade + "Connection: keep-alive\r\n" + kKey + kVersion), "400"},
      {verdict(kUpgrade + "Connection: upgraded\r\n" + kKey + kVersion), "400"},
      {verdict(kUpgrade + kConnection + kVersion), "400"},
      {verdict(good + kKey), "400"},
      {verdict(kUpgrade + kConnection + kVersion + "Sec-WebSocket-Key:\r\n"), "400"},
      {verdict(kUpgrade + kConnection + kVersion + "Sec-WebSocket-Key: c2hvcnQ=\r\n"), "400"},
      {verdict(kUpgrade + kConnection + kVersion +
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE=\r\n"),
       "400"},
      {verdict(kUpgrade + kConnection + kVersion +
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n"),
       "400"},
      {verdict(kUpgrade + kConnection + kKey), "426"},
      {verdict(kUpgrade + kConnection + kKey + "Sec-WebSocket-Version: 8\r\n"), "426"},
      {verdict(kUpgrade + kConnection + kKey + "Sec-WebSocket-Version: 013\r\n"), "426"},
      {verdict(good + kVersion), "426"},
      {verdict(good + "Sec-WebSocket-Protocol: a b\r\n"), "400"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO(i);
    CHECK(cases[i].first == cases[i].second);
  }
}

TEST_CASE("another upgrade is not ours to judge") {
  CHECK(verdict("") == "none");
  CHECK(verdict("Upgrade: h2c\r\n" + kConnection) == "none");
  CHECK(verdict("Upgrade: h2c\r\n" + kConnection + kKey + kVersion) == "none");
  CHECK(verdict(kUpgrade + kConnection) == "none");
  CHECK(verdict("POST /echo HTTP/1.1", kUpgrade + kConnection + "Content-Length: 2\r\n") == "none");
}

TEST_CASE("the accept key is that of RFC 6455") {
  CHECK(websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("subprotocols are read in their order") {
  Headers headers{{"sec-websocket-protocol", "chat, , superchat"},
                  {"sec-websocket-protocol", "v2.json"}};
  const WebSocketOffer offer = read_websocket_offer(headers);
  CHECK(offer.subprotocols == std::vector<std::string_view>{"chat", "superchat", "v2.json"});
}

TEST_CASE("an offer of permessage-deflate is accepted with what it asks of the server") {
  CHECK(answer({"permessage-deflate"}) == "permessage-deflate");
  CHECK(answer({"permessage-deflate; client_max_window_bits"}) == "permessage-deflate");
  CHECK(answer({"permessage-deflate; client_max_window_bits=10"}) == "permessage-deflate");
  CHECK(answer({"permessage-deflate;server_no_context_takeover ; client_no_context_takeover"}) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  CHECK(answer({"permessage-deflate; server_max_window_bits=10"}) ==
        "permessage-deflate; server_max_window_bits=10");
  CHECK(answer({"permessage-deflate; server_max_window_bits=\"15\""}) ==
        "permessage-deflate; server_max_window_bits=15");
  CHECK(answer({"permessage-deflate; server_max_window_bits=8"}) ==
        "permessage-deflate; server_max_window_bits=8");
}

TEST_CASE("a bad offer is declined, and the next one considered") {
  for (const std::string_view bad : {
           "permessage-deflate; server_max_window_bits",
           "permessage-deflate; server_max_window_bits=7",
           "permessage-deflate; server_max_window_bits=16",
           "permessage-deflate; server_max_window_bits=010",
           "permessage-deflate; server_max_window_bits=+9",
           "permessage-deflate; server_max_window_bits=99999999999999999999",
           "permessage-deflate; server_max_window_bits=9; server_max_window_bits=10",
           "permessage-deflate; client_max_window_bits=7",
           "permessage-deflate; client_max_window_bits; client_max_window_bits",
           "permessage-deflate; client_max_window_bits=x",
           "permessage-deflate; server_no_context_takeover=1",
           "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
           "permessage-deflate; client_no_context_takeover=true",
           "permessage-deflate; unknown",
           "x-webkit-deflate-frame",
           "permessage-bzip2",
       }) {
    INFO(bad);
    CHECK(answer({bad}) == "none");
    CHECK(answer({std::string(bad) + ", permessage-deflate"}) == "permessage-deflate");
    CHECK(answer({bad, "permessage-deflate"}) == "permessage-deflate");
  }
}

TEST_CASE("what is no list of extensions is declined") {
  for (const std::string_view bad :
       {"", ",", ";", "=", "permessage-deflate;", "permessage-deflate; =1", "permessage-deflate x",
        "permessage-deflate; server_max_window_bits=", "permessage-deflate; a=\"", "\"", "(",
        "permessage-deflate; server_max_window_bits=\"\"",
        "permessage-deflate; server_max_window_bits=\"1 0\""}) {
    INFO(bad);
    CHECK(answer({bad}) == "none");
  }
}
