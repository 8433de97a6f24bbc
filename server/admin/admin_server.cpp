// SPDX-License-Identifier: MIT
#include "admin_server.hpp"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "../../loop/log.hpp"
#include "../listener.hpp"
#include "control_socket.hpp"

namespace capricorn {
namespace {

/// Of the server's configuration what holds here too.
Config config_of(const Config& server) {
  Config config;
  config.access_log = false;
  config.lifespan = "off";
  config.ws = "none";
  config.proxy_headers = false;
  config.livez_max_lag = server.livez_max_lag;
  config.admin_host = server.admin_host;
  return config;
}

}  // namespace

AdminServer::AdminServer(const Config& config, Metrics& metrics, Loop& loop, ServerParent& parent)
    : config_(config_of(config)),
      loop_(loop),
      speaks_for_process_(parent.speaks_for_process()),
      app_(config_, metrics, loop, parent.siblings(), parent.loop_index()),
      server_(app_, config_, loop) {}

AdminServer::~AdminServer() { close(); }

void AdminServer::open(std::vector<ListeningSocket> sockets) {
  listeners_ = open_listeners(loop_, std::move(sockets), config_.backlog,
                              [this](Socket connection, const SocketAddress&) {
                                server_.start_connection(std::move(connection), nullptr);
                              });
  for (const auto& listener : listeners_) {
    log(LogLevel::kInfo, "Figures and probes on " + url_of(*listener));
  }
  if (speaks_for_process_) open_control_socket();
  for (const auto& listener : listeners_) listener->start();
  server_.begin();
}

void AdminServer::open_control_socket() {
  const std::string path = control_path(::getpid());
  try {
    Socket socket = listen_on_path(path, {.path_mode = kOwnerOnly});
    listeners_.push_back(std::make_unique<Listener>(
        loop_, std::move(socket), config_.backlog, path.starts_with('\0') ? "" : path,
        [this](Socket connection, const SocketAddress&) {
          if (may_control(connection.fd()))
            server_.start_connection(std::move(connection), nullptr);
        }));
  } catch (const std::system_error& error) {
    log(LogLevel::kDebug, std::string("no control socket: ") + error.what());
  }
}

void AdminServer::close() {
  for (const auto& listener : listeners_) listener->close();
  listeners_.clear();
  server_.end();
}

}  // namespace capricorn
