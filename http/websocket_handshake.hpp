// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "request_parser.hpp"

namespace capricorn {

/// What both sides agreed on for permessage-deflate (RFC 7692, 7.1).
struct WebSocketDeflateOptions {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_max_window_bits;
};

/// What a client's opening handshake offers. Views point into its headers.
struct WebSocketOffer {
  std::string_view key;
  std::vector<std::string_view> subprotocols;
  std::optional<WebSocketDeflateOptions> deflate;  // the first offer that can be accepted
};

/// Whether this is an opening handshake, be it a good one: it wants to upgrade to "websocket" and
/// has a key or a version. Any other upgrade is not taken, and the request an ordinary one.
bool asks_for_websocket(const RequestHead& head) noexcept;
/// What is wrong with it (RFC 6455, 4.2.1): 400, or 426 for another version than 13; a status of 0
/// where it is good.
ParseError check_websocket_handshake(const RequestHead& head) noexcept;
/// Of a good one.
WebSocketOffer read_websocket_offer(const Headers& headers);
/// The answer to its key.
std::string websocket_accept_key(std::string_view key);
/// The value of sec-websocket-extensions that accepts the offer.
std::string format_deflate_answer(const WebSocketDeflateOptions& options);

}  // namespace capricorn
