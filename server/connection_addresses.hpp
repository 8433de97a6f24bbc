// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "../loop/transport.hpp"

namespace capricorn {

/// Who talks to whom on a connection, as text, both in one block that is no larger than they are.
/// Its copies share it: a handler may go on with its request when the connection is gone. Loop's
/// thread.
class ConnectionAddresses {
 public:
  ConnectionAddresses(const Transport::Endpoint& client, const Transport::Endpoint& server);
  ConnectionAddresses(const ConnectionAddresses& other) noexcept : block_(other.block_) {
    ++block_->references;
  }
  ConnectionAddresses& operator=(const ConnectionAddresses&) = delete;
  ~ConnectionAddresses() {
    if (--block_->references == 0) ::operator delete(block_);
  }

  std::string_view client_host() const noexcept { return {text(), block_->client_size}; }
  int client_port() const noexcept { return block_->client_port; }
  std::string_view server_host() const noexcept {
    return {text() + block_->client_size, block_->server_size};
  }
  int server_port() const noexcept { return block_->server_port; }

 private:
  /// The hosts stand behind it.
  struct Block {
    std::uint32_t references;
    std::uint16_t client_port;
    std::uint16_t server_port;
    std::uint16_t client_size;
    std::uint16_t server_size;
  };
  char* text() const noexcept { return reinterpret_cast<char*>(block_ + 1); }

  Block* block_;
};

}  // namespace capricorn
