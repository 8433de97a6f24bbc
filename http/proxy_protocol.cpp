// SPDX-License-Identifier: MIT
#include "proxy_protocol.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "authority.hpp"
#include "ip_literal.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kTextBegin = "PROXY ";
constexpr std::size_t kTextSize = 107;  // the longest line, with its CRLF
constexpr std::string_view kBinaryBegin("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kBinaryHead = 16;
// The specification's senders stay below 536 and may add certificates' names.
constexpr std::size_t kBinarySize = 4096;
constexpr std::size_t kUnixSize = 216;

enum Family : unsigned char { kUnspecified = 0, kIpv4 = 1, kIpv6 = 2, kUnix = 3 };

std::size_t number_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}

std::optional<std::uint16_t> parse_plain_port(std::string_view text) noexcept {
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  return leading_zero ? std::nullopt : parse_port(text);
}

std::string address_text(std::string_view bytes, int family) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family, bytes.data(), text, sizeof text);
  return text;
}

}  // namespace

ProxyHeaderParser::Outcome ProxyHeaderParser::parse(std::string_view& input) {
  if (input.empty()) return Outcome::kNeedMore;
  const char first = bytes_.empty() ? input[0] : bytes_[0];
  if (first == kBinaryBegin[0]) return parse_binary(input);
  if (first == kTextBegin[0]) return parse_text(input);
  return Outcome::kError;
}

/// Moves what is missing to `size` bytes; true where they are there.
bool ProxyHeaderParser::take(std::string_view& input, std::size_t size) {
  const std::size_t more = std::min(input.size(), size - bytes_.size());
  bytes_.append(input.substr(0, more));
  input.remove_prefix(more);
  return bytes_.size() == size;
}

ProxyHeaderParser::Outcome ProxyHeaderParser::parse_text(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const bool ended = end != input.npos;
  take(input, std::min(kTextSize, bytes_.size() + (ended ? end + 1 : input.size())));
  const std::size_t common = std::min(bytes_.size(), kTextBegin.size());
  if (std::string_view(bytes_).substr(0, common) != kTextBegin.substr(0, common)) {
    return Outcome::kError;
  }
  if (!bytes_.ends_with('\n')) {
    return bytes_.size() >= kTextSize ? Outcome::kError : Outcome::kNeedMore;
  }
  if (!bytes_.ends_with("\r\n")) return Outcome::kError;
  const std::string_view line(bytes_.data(), bytes_.size() - 2);
  return read_line(line.substr(kTextBegin.size())) ? Outcome::kComplete : Outcome::kError;
}

/// "TCP4 192.0.2.1 192.0.2.2 56324 443", "UNKNOWN" and whatever.
bool ProxyHeaderParser::read_line(std::string_view line) {
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return header_.unknown = true;
  const auto take_word = [&line] {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
  };
  const std::string_view protocol = take_word();
  if (protocol != "TCP4" && protocol != "TCP6") return false;
  const auto is_address = protocol == "TCP4" ? &is_ipv4_literal : &is_ipv6_literal;
  const std::string_view client = take_word();
  const std::string_view server = take_word();
  const std::optional<std::uint16_t> client_port = parse_plain_port(take_word());
  const std::optional<std::uint16_t> server_port = parse_plain_port(line);
  if (!is_address(client) || !is_address(server)) return false;
  if (!client_port || !server_port) return false;
  header_ = {.proxied = true,
             .client_host = std::string(client),
             .client_port = *client_port,
             .server_host = std::string(server),
             .server_port = *server_port};
  return true;
}

ProxyHeaderParser::Outcome ProxyHeaderParser::parse_binary(std::string_view& input) {
  if (bytes_.size() < kBinaryHead && !take(input, kBinaryHead)) {
    const std::size_t common = std::min(bytes_.size(), kBinaryBegin.size());
    const bool fits = kBinaryBegin.starts_with(std::string_view(bytes_).substr(0, common));
    return fits ? Outcome::kNeedMore : Outcome::kError;
  }
  if (!bytes_.starts_with(kBinaryBegin)) return Outcome::kError;
  const std::size_t size = kBinaryHead + number_at(bytes_, 14);
  if (size > kBinarySize) return Outcome::kError;
  if (!take(input, size)) return Outcome::kNeedMore;
  const auto version_and_command = static_cast<unsigned char>(bytes_[12]);
  if (version_and_command == 0x20) return Outcome::kComplete;  // LOCAL
  if (version_and_command != 0x21) return Outcome::kError;
  const std::string_view rest = std::string_view(bytes_).substr(kBinaryHead);
  return read_addresses(rest) ? Outcome::kComplete : Outcome::kError;
}

bool ProxyHeaderParser::read_addresses(std::string_view bytes) {
  const auto family = static_cast<unsigned char>(bytes_[13]) >> 4;
  const auto protocol = static_cast<unsigned char>(bytes_[13]) & 15;
  if (family > kUnix || protocol > 2) return false;
  // A family without a stream, or none at all, says nothing of a connection that is one.
  if (family == kUnspecified || protocol != 1) return header_.unknown = true;
  if (family == kUnix) {
    if (bytes.size() < kUnixSize) return false;
    bytes.remove_prefix(kUnixSize);
    header_.proxied = true;
  } else if (!read_tcp(bytes, family == kIpv4 ? AF_INET : AF_INET6)) {
    return false;
  }
  return read_extensions(bytes);
}

bool ProxyHeaderParser::read_tcp(std::string_view& bytes, int family) {
  const std::size_t size = family == AF_INET ? 4 : 16;
  if (bytes.size() < 2 * size + 4) return false;
  header_ = {.proxied = true,
             .client_host = address_text(bytes.substr(0, size), family),
             .client_port = static_cast<int>(number_at(bytes, 2 * size)),
             .server_host = address_text(bytes.substr(size, size), family),
             .server_port = static_cast<int>(number_at(bytes, 2 * size + 2))};
  bytes.remove_prefix(2 * size + 4);
  return true;
}

/// Type, length and value each (2.2); of them only whether the client spoke TLS is read.
bool ProxyHeaderParser::read_extensions(std::string_view bytes) {
  constexpr unsigned char kSsl = 0x20;
  while (!bytes.empty()) {
    if (bytes.size() < 3) return false;
    const auto type = static_cast<unsigned char>(bytes[0]);
    const std::size_t size = number_at(bytes, 1);
    if (bytes.size() - 3 < size) return false;
    const std::string_view value = bytes.substr(3, size);
    if (type == kSsl && value.size() < 5) return false;
    if (type == kSsl) header_.tls = (static_cast<unsigned char>(value[0]) & 1) != 0;
    bytes.remove_prefix(3 + size);
  }
  return true;
}

}  // namespace capricorn
