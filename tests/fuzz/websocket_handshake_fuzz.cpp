// SPDX-License-Identifier: MIT
#include <capricorn/http/websocket_handshake.hpp>

#include <string>

#include "fuzz.hpp"

using namespace capricorn;

/// An offer that is accepted is answered with what reads as an offer of the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string line(reinterpret_cast<const char*>(data), size);
  for (char& c : line) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  Headers headers{{"sec-websocket-extensions", line}, {"sec-websocket-protocol", line}};
  const WebSocketOffer offer = read_websocket_offer(headers);
  for (const std::string_view name : offer.subprotocols) {
    fuzz::require(!name.empty() && !name.contains(','), "a subprotocol is a list's member");
  }
  if (!offer.deflate) return 0;
  const auto bits = offer.deflate->server_max_window_bits;
  fuzz::require(!bits || (*bits >= 8 && *bits <= 15), "window bits are from 8 to 15");
  const std::string answer = format_deflate_answer(*offer.deflate);
  const WebSocketOffer again = read_websocket_offer(Headers{{"sec-websocket-extensions", answer}});
  fuzz::require(again.deflate && format_deflate_answer(*again.deflate) == answer,
                "an answer is read back");
  return 0;
}
