// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "../config/config.hpp"
#include "../loop/task.hpp"
#include "admin/admin_server.hpp"
#include "metrics.hpp"
#include "server.hpp"
#include "sockets.hpp"

namespace capricorn {

/// Whether requests are counted.
bool measures_requests(const Config& config) noexcept;

/// Watches a server while it serves: its slot of the board, and who answers for it. They lie
/// beside the server and end after it.
class Observation {
 public:
  /// Without a board of its parent's it makes one for itself.
  Observation(const Config& config, HttpServer& server, Loop& loop, ServerParent& parent);
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
  ~Observation();

  /// HttpServer::serve, watched. Answers for it on `sockets`, of `bind_admin_sockets`; those of the
  /// configuration are made where there are none and nobody shares a board. The exit code.
  Task<int> serve(std::vector<ListeningSocket> sockets = {});

 private:
  bool open(std::vector<ListeningSocket> sockets);

  const Config& config_;
  HttpServer& server_;
  std::unique_ptr<MetricsBoard> own_board_;
  bool shared_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<AdminServer> admin_;
};

}  // namespace capricorn
