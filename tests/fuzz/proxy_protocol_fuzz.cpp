// SPDX-License-Identifier: MIT
// PROXY protocol headers, whole and in pieces.
#include <capricorn/http/proxy_protocol.hpp>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;
using Outcome = ProxyHeaderParser::Outcome;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t seed = input.choose(16);
  ProxyHeaderParser whole;
  std::string_view rest = input.rest();
  const Outcome expected = whole.parse(rest);
  if (expected == Outcome::kNeedMore) fuzz::require(rest.empty(), "who needs more took all");

  ProxyHeaderParser pieces;
  Outcome outcome = Outcome::kNeedMore;
  std::size_t taken = 0;
  fuzz::feed_in_pieces(input.rest(), seed, [&](std::string_view piece) {
    if (outcome != Outcome::kNeedMore) return;
    const std::size_t before = piece.size();
    outcome = pieces.parse(piece);
    taken += before - piece.size();
  });
  fuzz::require(outcome == expected, "pieces are read as the whole");
  if (expected == Outcome::kComplete) {
    fuzz::require(taken == input.rest().size() - rest.size(), "the header ends at one place");
    fuzz::require(pieces.header().client_host == whole.header().client_host, "one client");
    fuzz::require(whole.header().client_port >= 0 && whole.header().client_port <= 65535, "a port");
  }
  return 0;
}
