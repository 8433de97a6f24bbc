// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "../../config/config.hpp"
#include "../server.hpp"
#include "../sockets.hpp"
#include "admin_application.hpp"

namespace capricorn {

/// Serves the AdminApplication beside a server, on the same loop: on the admin address where there
/// is one, and on the control socket of the process where the loop speaks for that. Limits, TLS,
/// proxies and the access log are not for it. It is there before the application starts and after
/// it has stopped.
class AdminServer {
 public:
  AdminServer(const Config& config, Metrics& metrics, Loop& loop, ServerParent& parent);
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  ~AdminServer();

  /// On these sockets, of `bind_admin_sockets`, and the control socket. Without the latter it goes
  /// on: nobody but `capricorn top` misses it.
  void open(std::vector<ListeningSocket> sockets);
  void close();

 private:
  void open_control_socket();

  Config config_;
  Loop& loop_;
  bool speaks_for_process_;
  AdminApplication app_;
  HttpServer server_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace capricorn
