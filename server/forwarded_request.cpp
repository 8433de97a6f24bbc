// SPDX-License-Identifier: MIT
#include "forwarded_request.hpp"

#include <optional>
#include <string>
#include <vector>

#include "../http/authority.hpp"
#include "../http/forwarded.hpp"
#include "../http/request_target.hpp"

namespace capricorn {
namespace {

/// The nearest proxy's word: the last member of the last field of that name.
std::string_view last_word(const Headers& headers, std::string_view name) noexcept {
  std::string_view word;
  for (const Headers::Field field : headers) {
    if (field.name != name) continue;
    std::string_view list = field.value;
    word = take_last_member(list);
  }
  return word;
}

/// From the nearest hop outwards, for as long as they are trusted.
class Walk {
 public:
  explicit Walk(const TrustedPeers& trusted) noexcept : trusted_(trusted) {}

  /// False where the walk ends with this hop.
  bool step(std::string_view hop) {
    const std::optional<ForwardedNode> node = parse_forwarded_node(hop);
    if (!node) return false;  // who that is nobody knows: the last one who is known counts
    found_ = *node;
    return trusted_.trusts(node->host);
  }
  const ForwardedNode& found() const noexcept { return found_; }

 private:
  const TrustedPeers& trusted_;
  ForwardedNode found_;
};

ForwardedNode client_of_list(const Headers& headers, const TrustedPeers& trusted) {
  Walk walk(trusted);
  for (std::size_t i = headers.size(); i-- > 0;) {
    if (headers[i].name != "x-forwarded-for") continue;
    std::string_view list = headers[i].value;
    while (!list.empty()) {
      const std::string_view hop = take_last_member(list);
      if (!hop.empty() && !walk.step(hop)) return walk.found();
    }
  }
  return walk.found();
}

/// What the walk through Forwarded found: the element that tells of the client, whose scheme and
/// host are those that the client used.
struct ForwardedClient {
  ForwardedNode node;
  ForwardedElement element;
};

ForwardedClient client_of_elements(const Headers& headers, const TrustedPeers& trusted) {
  std::vector<ForwardedElement> elements;
  for (const Headers::Field field : headers) {
    if (field.name == "forwarded") parse_forwarded(field.value, elements);
  }
  Walk walk(trusted);
  ForwardedClient client;
  for (std::size_t i = elements.size(); i-- > 0;) {
    client.element = elements[i];
    if (!walk.step(elements[i].for_node)) break;
  }
  client.node = walk.found();
  return client;
}

bool has_x_forwarded(const Headers& headers) noexcept {
  for (const Headers::Field field : headers) {
    if (field.name.starts_with("x-forwarded-")) return true;
  }
  return false;
}

/// "shop.example:8443" of "shop.example" and 8443; a scheme's own port is left out.
std::string with_port(std::string_view host, int port, std::string_view scheme) {
  std::string text(split_authority(host).host);
  if (port != (scheme == "https" ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

/// Sets Host to what the client asked for; "" and 0 where the proxy does not say.
void set_host(RequestHead& head, std::string_view host, int port, std::string_view scheme) {
  const std::string_view before = head.headers.get(HeaderId::kHost).value_or("");
  std::string after(host.empty() ? before : host);
  if (port != 0 && !after.empty()) after = with_port(after, port, scheme);
  if (after != before && !after.empty() && is_valid_host(after)) head.set_host(after);
}

void read_elements(RequestHead& head, const TrustedPeers& trusted, ForwardedRequest& request) {
  std::string_view host = client_of_elements(head.headers, trusted).element.host;
  if (!host.empty()) set_host(head, host, 0, {});
  const ForwardedClient client = client_of_elements(head.headers, trusted);
  request.client_host = client.node.host;
  request.client_port = client.node.port;
  request.scheme = forwarded_scheme(client.element.proto);
}

void read_lists(RequestHead& head, const TrustedPeers& trusted, ForwardedRequest& request) {
  request.scheme = forwarded_scheme(last_word(head.headers, "x-forwarded-proto"));
  request.server_port = parse_port(last_word(head.headers, "x-forwarded-port")).value_or(0);
  const std::string_view host = last_word(head.headers, "x-forwarded-host");
  if (!host.empty() || request.server_port != 0) {
    set_host(head, host, request.server_port, request.scheme);
  }
  const ForwardedNode client = client_of_list(head.headers, trusted);
  request.client_host = client.host;
  request.client_port = client.port;
  std::string_view prefix = last_word(head.headers, "x-forwarded-prefix");
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (is_forwarded_prefix(prefix)) request.prefix = prefix;
}

}  // namespace

ForwardedRequest read_forwarded(RequestHead& head, const TrustedPeers& trusted,
                                ForwardedFields fields) {
  ForwardedRequest request;
  const bool lists = fields == ForwardedFields::kXForwarded ||
                     (fields == ForwardedFields::kAuto && has_x_forwarded(head.headers));
  if (lists)
    read_lists(head, trusted, request);
  else
    read_elements(head, trusted, request);
  return request;
}

}  // namespace capricorn
