// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "../http/request_parser.hpp"
#include "trusted_peers.hpp"

namespace capricorn {

/// Which of the two families of fields is read.
enum class ForwardedFields : std::uint8_t { kAuto, kXForwarded, kForwarded };

/// What a trusted proxy says of a request. "" and 0 where it does not say. Views point into the
/// head's fields, and live as long as these.
struct ForwardedRequest {
  std::string_view client_host;
  int client_port = 0;
  std::string_view scheme;  // "http", "https"
  std::string_view prefix;  // a path, without "/" at its end
  int server_port = 0;
};

/// Reads what the head's sender, who is trusted, says of the client: the nearest hop that is not
/// trusted itself, or the farthest where all are. A host that it names takes the place of the
/// head's Host field. With kAuto Forwarded counts where there is no X-Forwarded-* at all.
ForwardedRequest read_forwarded(RequestHead& head, const TrustedPeers& trusted,
                                ForwardedFields fields);

}  // namespace capricorn
