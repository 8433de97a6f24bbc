// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../config/config.hpp"
#include "../loop/listener.hpp"

namespace capricorn {

/// An address cannot be listened on; what() is the sentence to print.
struct BindError : std::runtime_error {
  BindError(const std::string& sentence, int errno_value)
      : std::runtime_error(sentence), error(errno_value) {}
  int error;
};

/// The sockets that `config` asks for: one for each address of its host, or its Unix socket, or the
/// inherited one. They listen, but accept only after `start`. Throws BindError.
std::vector<std::unique_ptr<Listener>> open_listeners(Loop& loop, const Config& config,
                                                      const Listener::OnAccept& on_accept);

/// `http://127.0.0.1:8000`, `http://[::]:8000`, `unix socket /path`.
std::string url_of(const Listener& listener);

}  // namespace capricorn
