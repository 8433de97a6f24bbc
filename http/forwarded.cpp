// SPDX-License-Identifier: MIT
#include "forwarded.hpp"

#include <algorithm>

#include "authority.hpp"
#include "field_value.hpp"
#include "headers.hpp"
#include "ip_literal.hpp"

namespace capricorn {
namespace {

void skip_blanks(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// `token` or `"quoted"` at the front.
std::optional<std::string_view> take_value(std::string_view& text) noexcept {
  if (!text.starts_with('"')) {
    const std::string_view token = text.substr(0, token_size(text));
    text.remove_prefix(token.size());
    return token.empty() ? std::nullopt : std::optional(token);
  }
  const std::size_t end = text.find_first_of("\"\\", 1);
  if (end == text.npos || text[end] == '\\') return std::nullopt;
  const std::string_view quoted = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return quoted;
}

/// One `name=value` into the element; each name may stand once in it (RFC 7239, 4).
bool take_pair(std::string_view& field, ForwardedElement& element) noexcept {
  const std::string_view name = field.substr(0, token_size(field));
  field.remove_prefix(name.size());
  if (name.empty() || !field.starts_with('=')) return false;
  field.remove_prefix(1);
  const std::optional<std::string_view> value = take_value(field);
  if (!value) return false;
  std::string_view* place = equals_ignoring_case(name, "for")     ? &element.for_node
                            : equals_ignoring_case(name, "proto") ? &element.proto
                            : equals_ignoring_case(name, "host")  ? &element.host
                                                                  : nullptr;
  if (!place) return true;
  if (!place->empty()) return false;
  *place = *value;
  return true;
}

/// What one proxy adds, up to the comma behind it; nothing where that is malformed.
std::optional<ForwardedElement> take_element(std::string_view& field) noexcept {
  ForwardedElement element;
  for (bool more = true; more;) {
    if (!take_pair(field, element)) return std::nullopt;
    skip_blanks(field);
    more = field.starts_with(';');
    if (!more) break;
    field.remove_prefix(1);
    skip_blanks(field);
    more = !field.empty() && field[0] != ',';  // RFC 7239's grammar allows an empty pair
  }
  return field.empty() || field.starts_with(',') ? std::optional(element) : std::nullopt;
}

}  // namespace

std::optional<ForwardedNode> parse_forwarded_node(std::string_view text) {
  if (is_ipv6_literal(text) || is_ipv4_literal(text)) return ForwardedNode{text};
  const auto [host, digits] = split_authority(text);
  const std::string_view address = without_brackets(host);
  const bool bracketed = address.size() < host.size();
  if (bracketed ? !is_ipv6_literal(address) : !is_ipv4_literal(address)) return std::nullopt;
  if (text.ends_with(']')) return ForwardedNode{address};
  const std::optional<std::uint16_t> port = parse_port(digits);
  if (!port) return std::nullopt;
  return ForwardedNode{address, *port};
}

void parse_forwarded(std::string_view field, std::vector<ForwardedElement>& elements) {
  for (skip_blanks(field); !field.empty(); skip_blanks(field)) {
    if (field.starts_with(',')) {  // behind an element, or of an empty member of the list
      field.remove_prefix(1);
      continue;
    }
    const std::string_view begin = field;
    if (const auto element = take_element(field)) {
      elements.push_back(*element);
    } else {
      // At the first comma, be it in quotes: a client may have opened these to hide what follows.
      elements.clear();
      field = begin.substr(std::min(begin.find(','), begin.size()));
    }
  }
}

std::string_view take_last_member(std::string_view& list) noexcept {
  const std::size_t comma = list.rfind(',');
  const std::string_view member = list.substr(comma == list.npos ? 0 : comma + 1);
  list = list.substr(0, comma == list.npos ? 0 : comma);
  return trim_ows(member);
}

std::string_view forwarded_scheme(std::string_view text) noexcept {
  if (equals_ignoring_case(text, "https") || equals_ignoring_case(text, "wss")) return "https";
  if (equals_ignoring_case(text, "http") || equals_ignoring_case(text, "ws")) return "http";
  return {};
}

bool is_forwarded_prefix(std::string_view text) noexcept {
  if (text.empty()) return true;
  // "//host" would be another site's address in a redirect.
  if (text[0] != '/' || text.starts_with("//")) return false;
  return std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '\\' && c != ',';
  });
}

}  // namespace capricorn
