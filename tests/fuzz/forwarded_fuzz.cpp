// SPDX-License-Identifier: MIT
// Forwarded fields and the nodes of X-Forwarded-For.
#include <capricorn/http/forwarded.hpp>
#include <string>
#include <vector>

#include "fuzz.hpp"

using namespace capricorn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto inside = [&](std::string_view part) {
    return part.empty() ||
           (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
  };
  std::vector<ForwardedElement> elements;
  parse_forwarded(text, elements);
  for (const ForwardedElement& element : elements) {
    fuzz::require(inside(element.for_node) && inside(element.proto) && inside(element.host),
                  "views point into the field");
  }
  std::string_view list = text;
  while (!list.empty()) {
    const std::string_view member = take_last_member(list);
    fuzz::require(inside(member), "a member is part of its list");
    fuzz::require(member.find(',') == member.npos, "a member has no comma");
    if (const std::optional<ForwardedNode> node = parse_forwarded_node(member)) {
      fuzz::require(inside(node->host) && !node->host.empty(), "a node has a host");
      fuzz::require(node->port >= 0 && node->port <= 65535, "and a port");
      fuzz::require(parse_forwarded_node(node->host).has_value(), "a node's host is a node");
    }
  }
  return 0;
}
