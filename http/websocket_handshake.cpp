// SPDX-License-Identifier: MIT
#include "websocket_handshake.hpp"

#include <algorithm>

#include "base64.hpp"
#include "field_value.hpp"
#include "hash.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kKey = "sec-websocket-key";
constexpr std::string_view kVersion = "sec-websocket-version";
constexpr std::string_view kProtocol = "sec-websocket-protocol";
constexpr std::string_view kExtensions = "sec-websocket-extensions";

/// Base64 of 16 bytes: 22 digits and the padding.
bool is_key(std::string_view key) noexcept {
  return key.size() == 24 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, 22),
                             [](char c) { return is_ascii_alnum(c) || c == '+' || c == '/'; });
}

/// Reads what stands in lines of `sec-websocket-extensions` (RFC 6455, 9.1).
class ExtensionReader {
 public:
  explicit ExtensionReader(std::string_view text) noexcept : rest_(text) { skip_space(); }

  bool at_end() const noexcept { return rest_.empty(); }
  bool take(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    skip_space();
    return true;
  }
  /// "" where there is none.
  std::string_view take_token() noexcept {
    const std::string_view token = rest_.substr(0, token_size(rest_));
    rest_.remove_prefix(token.size());
    skip_space();
    return token;
  }
  /// A token, or one in quotes; "" where there is none.
  std::string_view take_value() noexcept {
    if (!rest_.starts_with('"')) return take_token();
    const std::size_t end = rest_.find('"', 1);
    if (end == std::string_view::npos) return {};
    const std::string_view value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    skip_space();
    return is_token(value) ? value : std::string_view();
  }

 private:
  void skip_space() noexcept {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// RFC 7692, 7.1.2: a number from 8 to 15 without leading zeros.
std::optional<int> window_bits(std::string_view text) noexcept {
  if (text == "8" || text == "9") return text[0] - '0';
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') {
    return 10 + text[1] - '0';
  }
  return std::nullopt;
}

/// One offer of permessage-deflate, as its parameters come.
struct DeflateOffer {
  WebSocketDeflateOptions options;
  bool client_window_named = false;

  /// False where no such parameter may stand there.
  bool add(const Parameter& parameter) noexcept {
    if (parameter.name == "server_no_context_takeover") {
      return !parameter.value && !std::exchange(options.server_no_context_takeover, true);
    }
    if (parameter.name == "client_no_context_takeover") {
      return !parameter.value && !std::exchange(options.client_no_context_takeover, true);
    }
    if (parameter.name == "client_max_window_bits") {  // it may come without a value
      return !std::exchange(client_window_named, true) &&
             (!parameter.value || window_bits(*parameter.value));
    }
    if (parameter.name != "server_max_window_bits" || !parameter.value) return false;
    if (options.server_max_window_bits) return false;
    options.server_max_window_bits = window_bits(*parameter.value);
    return options.server_max_window_bits.has_value();
  }
};

/// Reads one line. What is no list of extensions ends it: nothing behind that is accepted.
std::optional<WebSocketDeflateOptions> first_deflate_offer(std::string_view line) noexcept {
  ExtensionReader reader(line);
  while (!reader.at_end()) {
    if (reader.take(',')) continue;
    const std::string_view name = reader.take_token();
    if (name.empty()) return std::nullopt;
    DeflateOffer offer;
    bool acceptable = name == "permessage-deflate";
    while (reader.take(';')) {
      Parameter parameter{reader.take_token(), std::nullopt};
      if (parameter.name.empty()) return std::nullopt;
      if (reader.take('=')) {
        parameter.value = reader.take_value();
        if (parameter.value->empty()) return std::nullopt;
      }
      acceptable = acceptable && offer.add(parameter);
    }
    if (!reader.at_end() && !reader.take(',')) return std::nullopt;
    if (acceptable) return offer.options;
  }
  return std::nullopt;
}

}  // namespace

bool asks_for_websocket(const RequestHead& head) noexcept {
  if (!head.upgrade || !lists_token(head.headers, "upgrade", "websocket")) return false;
  return head.headers.get(kKey) || head.headers.get(kVersion);
}

ParseError check_websocket_handshake(const RequestHead& head) noexcept {
  if (head.http_minor == 0) return {400, "A WebSocket handshake needs HTTP/1.1."};
  if (head.method != Method::kGet || head.has_body()) {
    return {400, "A WebSocket handshake is a GET without a body."};
  }
  if (!lists_token(head.headers, "connection", "upgrade")) {
    return {400, "A WebSocket handshake has 'Connection: Upgrade'."};
  }
  if (single_value(head.headers, kVersion) != "13") {
    return {426, "The WebSocket version must be 13."};
  }
  const auto key = single_value(head.headers, kKey);
  if (!key || !is_key(*key)) return {400, "Invalid Sec-WebSocket-Key."};
  for (const Headers::Field field : head.headers) {
    if (field.name != kProtocol) continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view member = take_member(list);
      if (!member.empty() && !is_token(member)) return {400, "Invalid Sec-WebSocket-Protocol."};
    }
  }
  return {};
}

WebSocketOffer read_websocket_offer(const Headers& headers) {
  WebSocketOffer offer;
  for (const Headers::Field field : headers) {
    if (field.name == kKey) offer.key = field.value;
    if (field.name == kExtensions && !offer.deflate) {
      offer.deflate = first_deflate_offer(field.value);
    }
    if (field.name != kProtocol) continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view member = take_member(list);
      if (!member.empty()) offer.subprotocols.push_back(member);
    }
  }
  return offer;
}

std::string websocket_accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return base64_encode(hash_digest(HashAlgorithm::kSha1, text));
}

std::string format_deflate_answer(const WebSocketDeflateOptions& options) {
  std::string answer = "permessage-deflate";
  if (options.server_no_context_takeover) answer += "; server_no_context_takeover";
  if (options.client_no_context_takeover) answer += "; client_no_context_takeover";
  if (options.server_max_window_bits) {
    answer += "; server_max_window_bits=" + std::to_string(*options.server_max_window_bits);
  }
  return answer;
}

}  // namespace capricorn
