// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../config/config.hpp"
#include "../http/application.hpp"
#include "../http/request_parser.hpp"
#include "../http/response_writer.hpp"
#include "../loop/event.hpp"
#include "../loop/future.hpp"
#include "connection.hpp"
#include "forwarded_request.hpp"
#include "lifespan.hpp"
#include "pending_request.hpp"
#include "server_parent.hpp"
#include "sockets.hpp"
#include "trusted_peers.hpp"

namespace capricorn {

class Listener;
class Metrics;
class ProxyHandshake;
struct ProxyHeader;
class ServerTls;
class TaskCore;

/// One loop's server: startup, serve, shutdown. Owns the listeners and knows every connection.
class HttpServer {
 public:
  /// All outlive it; without a parent nobody looks after it.
  HttpServer(Application& app, const Config& config, Loop& loop, ServerParent* parent = nullptr);
  HttpServer(const HttpServer&) = delete;
  ~HttpServer();

  /// Before `serve`: what it is to accept from. Else it makes its sockets itself.
  void take_sockets(std::vector<ListeningSocket> sockets) { sockets_ = std::move(sockets); }
  /// Counts requests and connections there; the caller's, who keeps it until the loop has ended.
  void set_metrics(Metrics* metrics) noexcept;
  /// For who accepts by itself and calls `start_connection`, instead of `serve`: until `end`, which
  /// drops what is open.
  void begin() { on_tick(); }
  void end();
  /// Runs from start to stop; the exit code.
  Task<int> serve();
  /// A second call forces the end, where the parent lets it count.
  void stop();
  /// To be called when it begins to stop, and where that is forced. Before `serve`.
  void when_stopping(std::function<void(bool forced)> told) { when_stopping_ = std::move(told); }
  /// Once it has its handlers of the signals that stop it. Before `serve`.
  void when_stoppable(std::function<void()> told) { when_stoppable_ = std::move(told); }
  int port() const noexcept;

  // For its connections
  Application& app() noexcept { return app_; }
  const Config& config() const noexcept { return config_; }
  const RequestLimits& limits() const noexcept { return limits_; }
  Loop& loop() noexcept { return loop_; }
  bool logs_requests() const noexcept { return config_.access_log; }
  /// Null where requests are not measured.
  Metrics* metrics() const noexcept { return measured_; }
  /// How long a connection on which nothing is asked for stays open while the server stops.
  static constexpr Duration kQuietGrace = std::chrono::seconds(1);
  bool draining() const noexcept { return shutdown_event_.is_set(); }
  Event& shutdown_event() noexcept { return shutdown_event_; }
  bool overloaded() const noexcept {
    return config_.limit_concurrency > 0 && requests_ >= config_.limit_concurrency;
  }
  DefaultHeaders default_headers() const noexcept {
    return {default_lines_, date_size_, headers_.size() > 0 ? &headers_ : nullptr};
  }
  void connection_made(Connection& connection) noexcept { connections_.push_back(connection); }
  void connection_gone(Connection& connection) noexcept;
  FreeRequests& free_requests() noexcept { return free_requests_; }
  /// Each connection has a place where its requests' fields are remembered, and shares it where
  /// there are many.
  std::uint8_t next_place() noexcept { return next_place_++ % kPlaces; }
  KnownFields& known_fields(std::uint8_t place) noexcept { return known_fields_[place]; }
  void request_begins() noexcept { ++requests_; }
  void request_ends() noexcept;
  /// Without ever reaching the application.
  void request_refused(Method method, int status) noexcept;
  /// Takes an accepted socket over. One that the system refuses to watch is closed, and logged.
  void accepted(Socket connection, const SocketAddress& peer);
  /// Serves HTTP on it, with what a proxy said of the connection if one did.
  void start_connection(Socket connection, const ProxyHeader* proxied);
  const TrustedPeers& trusted_peers() const noexcept { return trusted_; }
  ForwardedFields forwarded_fields() const noexcept { return forwarded_fields_; }
  /// Somebody who is not trusted sent forwarded fields: told once.
  void forwarded_ignored(std::string_view peer);

 private:
  /// A timer that needs no memory: it comes again whatever there is none for.
  struct Tick final : TimerNode {
    explicit Tick(HttpServer& s) noexcept : server(s) {}
    void run() override { server.on_tick(); }
    HttpServer& server;
  };
  static constexpr std::size_t kPlaces = 16;
  // For a handler that is cancelled at the end, and what its dependencies clean up.
  static constexpr Duration kCancelledGrace = std::chrono::seconds(1);
  static constexpr Duration kParentsTurn = std::chrono::milliseconds(200);

  bool load_tls();
  bool startup();
  template <class F>
  void serve_or_refuse(F serve);
  void start_protocol(Socket connection, const ProxyHeader* proxied);
  std::unique_ptr<Protocol> over_tls(Transport& socket, const ProxyHeader* proxied);
  Task<> main_loop();
  Task<> wait_for_parent();
  Task<> wait_before_shutdown();
  void served_enough() noexcept;
  void ask_replacement(RestartReason reason, const std::string& sentence);
  void close_listeners();
  void accept_last();
  Task<> shutdown();
  Task<> cancel_handlers();
  void tell_date();
  void sweep();
  void check_deadline(Connection& connection, TimePoint now);
  void on_tick();
  bool nobody_left() const noexcept;
  bool nobody_served() const noexcept;
  bool is_handler(const TaskCore& task) const noexcept;
  std::size_t running_handlers() const noexcept;
  void check_all_gone();
  void check_memory();
  void wait_for_signals();
  void wait_for_stop_signals();
  void hung_up(bool had_terminal);

  // Server
  Application& app_;
  const Config& config_;
  Loop& loop_;
  ServerParent nobody_;
  ServerParent& parent_;
  Lifespan lifespan_;
  std::vector<ListeningSocket> sockets_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<bool> passed_;        // which of them somebody else keeps
  std::unique_ptr<ServerTls> tls_;  // null: plain HTTP
  Tick tick_{*this};

  // Connections
  IntrusiveList<Connection> connections_;
  IntrusiveList<ProxyHandshake> proxy_handshakes_;
  TrustedPeers trusted_;
  ForwardedFields forwarded_fields_;
  bool forwarded_ignored_ = false;

  // Requests
  RequestLimits limits_;
  FreeRequests free_requests_{limits_, config_};
  std::array<KnownFields, kPlaces> known_fields_;
  std::uint8_t next_place_ = 0;
  std::size_t requests_ = 0;
  std::uint64_t served_ = 0;
  std::uint64_t max_requests_;
  Metrics* metrics_ = nullptr;
  Metrics* measured_ = nullptr;  // the same where it measures requests

  // Answers
  Buffer output_;
  Buffer plain_output_;        // what becomes `output_` once it is encrypted
  std::string default_lines_;  // the date's and the server's
  std::size_t date_size_ = 0;
  Headers headers_;  // with each answer

  // End
  Future<void> should_exit_;
  Future<void> all_gone_;
  Event shutdown_event_;
  Event forced_event_;
  std::function<void(bool)> when_stopping_;
  std::function<void()> when_stoppable_;
  bool forced_ = false;
  bool turns_away_ = false;  // listeners, before they close
  bool some_wait_ = false;   // at listeners that close, for descriptors
};

}  // namespace capricorn
