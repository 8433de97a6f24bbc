// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../loop/listener.hpp"
#include "sockets.hpp"

namespace capricorn {

/// Listeners of these sockets, which they own; they accept only after `start`.
std::vector<std::unique_ptr<Listener>> open_listeners(Loop& loop,
                                                      std::vector<ListeningSocket> sockets,
                                                      int backlog,
                                                      const Listener::OnAccept& on_accept);

/// `http://127.0.0.1:8000`, `http://[::]:8000`, `unix socket /path`.
std::string url_of(const Listener& listener);

}  // namespace capricorn
