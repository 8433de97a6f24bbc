// SPDX-License-Identifier: MIT
#include "connection_addresses.hpp"

#include <cstring>
#include <new>

namespace capricorn {

ConnectionAddresses::ConnectionAddresses(const Transport::Endpoint& client,
                                         const Transport::Endpoint& server)
    : block_(new(::operator new(sizeof(Block) + client.host.size() + server.host.size()))
                 Block{.references = 1,
                       .client_port = static_cast<std::uint16_t>(client.port),
                       .server_port = static_cast<std::uint16_t>(server.port),
                       .client_size = static_cast<std::uint16_t>(client.host.size()),
                       .server_size = static_cast<std::uint16_t>(server.host.size())}) {
  std::memcpy(text(), client.host.data(), client.host.size());
  std::memcpy(text() + client.host.size(), server.host.data(), server.host.size());
}

}  // namespace capricorn
