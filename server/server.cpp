// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>
#include <optional>

#include "../http/date.hpp"
#include "../loop/log.hpp"
#include "../loop/platform.hpp"
#include "../loop/run.hpp"
#include "../loop/sleep.hpp"
#include "../loop/socket_transport.hpp"
#include "../loop/timeout.hpp"
#include "../loop/watchdog.hpp"
#include "http_protocol.hpp"
#include "listener.hpp"
#include "logging.hpp"
#include "run.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;
constexpr Duration kQuietGrace = 1s;

RequestLimits limits_of(const Config& config) {
  const Limits& limits = config.limits;
  return {.request_line = limits.request_line,
          .head_bytes = limits.head_bytes,
          .head_fields = limits.head_fields,
          .trailer_bytes = limits.trailer_bytes,
          .chunk_extension_bytes = limits.chunk_extension_bytes};
}

}  // namespace

HttpServer::HttpServer(Application& app, const Config& config, Loop& loop)
    : app_(app),
      config_(config),
      loop_(loop),
      limits_(limits_of(config)),
      lifespan_(loop, app, config.lifespan, static_cast<std::size_t>(config.worker_threads)),
      should_exit_(loop),
      all_gone_(loop) {
  if (config.server_header) server_line_ = "server: capricorn\r\n";
  tell_date();
}

HttpServer::~HttpServer() { tick_.cancel(); }

int HttpServer::port() const noexcept {
  return listeners_.empty() ? 0 : listeners_.front()->address().port();
}

Task<int> HttpServer::serve() {
  log(LogLevel::kInfo, "Started server process [" + std::to_string(::getpid()) + "]");
  if (!co_await lifespan_.startup()) co_return 3;
  if (!startup()) {
    co_await lifespan_.shutdown();
    co_return 1;
  }
  co_await main_loop();
  co_await shutdown();
  co_await lifespan_.shutdown();
  flush_access_log();
  log(LogLevel::kInfo, "Finished server process [" + std::to_string(::getpid()) + "]");
  co_return 0;
}

bool HttpServer::startup() {
  try {
    if (sockets_.empty()) sockets_ = bind_sockets(config_);
    listeners_ = open_listeners(
        loop_, std::move(sockets_), config_.backlog,
        [this](Socket connection, const SocketAddress&) { accepted(connection.release()); });
  } catch (const BindError& error) {
    log(LogLevel::kError, error.what());
    return false;
  }
  on_tick();
  wait_for_signals();
  for (auto& listener : listeners_) {
    listener->start();
    log(LogLevel::kInfo, "Capricorn running on " + url_of(*listener) + " (Press CTRL+C to quit)");
  }
  return true;
}

void HttpServer::wait_for_signals() {
  for (const int signal : {SIGINT, SIGTERM}) {
    loop_.add_signal_handler(signal, [this] { stop(); });
  }
}

Task<> HttpServer::main_loop() { co_await should_exit_; }

void HttpServer::stop() {
  if (!should_exit_.done()) return should_exit_.set_result();
  forced_ = true;
  if (!all_gone_.done()) all_gone_.set_result();
}

void HttpServer::request_ends() noexcept {
  --requests_;
  if (config_.limit_max_requests > 0 && ++served_ == config_.limit_max_requests) {
    log(LogLevel::kWarning,
        "Maximum request limit of " + std::to_string(served_) + " exceeded. Terminating process.");
    if (!should_exit_.done()) stop();
  }
}

void HttpServer::accepted(int fd) {
  auto* transport = new SocketTransport(loop_, fd,
                                        {.shared_output = &output_,
                                         .linger = config_.timeout_lingering,
                                         .tell_reset_while_paused = true,
                                         .reset_on_abort = true});
  transport->start(std::make_unique<HttpProtocol>(*this, *transport));
}

void HttpServer::connection_gone(Connection& connection) noexcept {
  connection.unlink();
  check_all_gone();
}

void HttpServer::check_all_gone() {
  if (!draining() || !connections_.empty() || !websockets_.empty()) return;
  if (!all_gone_.done()) all_gone_.set_result();
}

void HttpServer::tell_date() {
  if (config_.date_header) date_line_ = "date: " + format_http_date(std::time(nullptr)) + "\r\n";
}

/// Once a second: the date, and who has waited too long.
void HttpServer::on_tick() {
  tell_date();
  const TimePoint now = loop_.cached_time();
  connections_.for_each([now](Connection& connection) { connection.check_deadline(now); });
  check_all_gone();
  tick_ = loop_.call_later(draining() ? 100ms : 1000ms, [this] { on_tick(); });
}

/// Each live connection gets one more answer, an idle one a quiet moment; then the rest is
/// cancelled.
Task<> HttpServer::shutdown() {
  log(LogLevel::kInfo, "Shutting down");
  shutdown_event_.set();
  for (auto& listener : listeners_) listener->drain_and_close();
  tick_.cancel();
  on_tick();
  connections_.for_each([](Connection& connection) { connection.shutdown(kQuietGrace); });
  if (!(connections_.empty() && websockets_.empty()) && !forced_) {
    log(LogLevel::kInfo, "Waiting for connections to close. (CTRL+C to force quit)");
    try {
      co_await timeout(config_.timeout_graceful_shutdown,
                       [this](Timeout&) -> Task<> { co_await all_gone_; });
    } catch (const TimeoutError&) {
      log(LogLevel::kError, "Cancel " + std::to_string(requests_) +
                                " running request(s), timeout graceful shutdown exceeded");
    }
  }
  connections_.for_each([](Connection& connection) { connection.transport().abort(); });
  co_await sleep(0s);
  co_await sleep(0s);
}

int run(Application& app, const Config& config) {
  configure_logging(config);
  std::signal(SIGPIPE, SIG_IGN);
  return_freed_memory();  // one large upload must not leave the process large for ever
  const bool uvicorn_name = config.loop == "asyncio" || config.loop == "uvloop";
  Loop loop(make_selector(uvicorn_name ? "auto" : config.loop));
  std::optional<Watchdog> watchdog;
  if (config.watchdog_timeout > 0ms) {
    watchdog.emplace(
        loop, WatchdogOptions{.threshold = config.watchdog_timeout, .dumps_on_sigquit = true});
  }
  HttpServer server(app, config, loop);
  const int exit_code = loop.run_until_complete(server.serve());
  shut_down(loop);
  return exit_code;
}

}  // namespace capricorn
