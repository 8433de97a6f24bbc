// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace capricorn {

// What proxies tell of the requests that they pass on: Forwarded (RFC 7239) and its elders
// X-Forwarded-*. Views point into the field's value. Whom to believe is the server's to decide.

/// A node: "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711".
struct ForwardedNode {
  std::string_view host;  // without brackets
  int port = 0;           // 0 where none was said
};
/// Nothing where it is no IP address: "unknown", "_hidden", anything else.
std::optional<ForwardedNode> parse_forwarded_node(std::string_view text);

/// What one proxy adds. "" where it does not say.
struct ForwardedElement {
  std::string_view for_node;
  std::string_view proto;
  std::string_view host;
};
/// Adds the elements of one field, the client's first. Where one is malformed it is left out with
/// all before it, those of earlier fields too: of them nobody knows who wrote them, and what stands
/// behind it a nearer proxy has added. (A quoted pair counts as malformed: no node, host or scheme
/// needs one.)
void parse_forwarded(std::string_view field, std::vector<ForwardedElement>& elements);

/// Takes the member behind the last comma off the list, without the spaces around it.
std::string_view take_last_member(std::string_view& list) noexcept;

/// "https" for https and wss, "http" for http and ws, in any case; "" for anything else.
std::string_view forwarded_scheme(std::string_view text) noexcept;

/// Whether a prefix may stand before paths: "" or one that begins with "/" and a segment, of
/// visible ASCII without what would end a path.
bool is_forwarded_prefix(std::string_view text) noexcept;

}  // namespace capricorn
