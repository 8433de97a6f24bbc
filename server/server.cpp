// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <optional>
#include <random>
#include <utility>

#include "../http/date.hpp"
#include "../http/field_value.hpp"
#include "../loop/log.hpp"
#include "../loop/one_line.hpp"
#include "../loop/platform.hpp"
#include "../loop/report_exception.hpp"
#include "../loop/sleep.hpp"
#include "../loop/socket_transport.hpp"
#include "../loop/timeout.hpp"
#include "../loop/tls_transport.hpp"
#include "../loop/wait.hpp"
#include "app_task.hpp"
#include "http_protocol.hpp"
#include "listener.hpp"
#include "logging.hpp"
#include "metrics.hpp"
#include "proxy_handshake.hpp"
#include "stop_signals.hpp"
#include "tls.hpp"
#include "tls_handshake.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;

RequestLimits limits_of(const Config& config) {
  const Limits& limits = config.limits;
  return {.request_line = limits.request_line,
          .head_bytes = limits.head_bytes,
          .head_fields = limits.head_fields,
          .trailer_bytes = limits.trailer_bytes,
          .chunk_extension_bytes = limits.chunk_extension_bytes};
}

ForwardedFields fields_of(std::string_view name) {
  if (name == "x-forwarded") return ForwardedFields::kXForwarded;
  return name == "forwarded" ? ForwardedFields::kForwarded : ForwardedFields::kAuto;
}

std::uint64_t max_requests_of(const Config& config) {
  const std::uint64_t jitter = config.limit_max_requests_jitter;
  if (config.limit_max_requests == 0 || jitter == 0) return config.limit_max_requests;
  std::random_device seed;
  return config.limit_max_requests + std::uniform_int_distribution<std::uint64_t>(0, jitter)(seed);
}

bool has_effect(int signal, void (*effect)(int)) noexcept {
  struct sigaction found{};
  return ::sigaction(signal, nullptr, &found) == 0 && found.sa_handler == effect;
}

/// Under nohup, and in a worker, whose supervisor decides.
bool is_ignored(int signal) noexcept { return has_effect(signal, SIG_IGN); }

/// Unless the application has a use for it.
bool ends_process(int signal) noexcept { return has_effect(signal, SIG_DFL); }

bool has_terminal() noexcept {
  return static_cast<bool>(Socket(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)));
}

}  // namespace

HttpServer::HttpServer(Application& app, const Config& config, Loop& loop, ServerParent* parent)
    : app_(app),
      config_(config),
      loop_(loop),
      parent_(parent ? *parent : nobody_),
      lifespan_(loop, app, config.lifespan, static_cast<std::size_t>(config.worker_threads)),
      trusted_(config.forwarded_allow_ips),
      forwarded_fields_(fields_of(config.forwarded_headers)),
      limits_(limits_of(config)),
      max_requests_(max_requests_of(config)),
      should_exit_(loop),
      all_gone_(loop) {
  for (const std::string& header : config.headers) {
    const std::size_t colon = header.find(':');
    const std::string_view value =
        std::string_view(header).substr(std::min(colon + 1, header.size()));
    headers_.append(std::string_view(header).substr(0, colon), trim_ows(value));
  }
  tell_date();
}

HttpServer::~HttpServer() {
  loop_.cancel_timer(tick_);
  while (!proxy_handshakes_.empty()) delete &proxy_handshakes_.front();
}

void HttpServer::set_metrics(Metrics* metrics) noexcept {
  metrics_ = metrics;
  measured_ = metrics && metrics->measures_requests() ? metrics : nullptr;
}

int HttpServer::port() const noexcept {
  return listeners_.empty() ? 0 : listeners_.front()->address().port();
}

Task<int> HttpServer::serve() {
  log(LogLevel::kInfo, "Started server process [" + std::to_string(::getpid()) + "]");
  if (!load_tls()) co_return 3;
  wait_for_signals();
  if (!co_await lifespan_.startup()) co_return 3;
  if (!startup()) {
    co_await lifespan_.shutdown(0s);
    co_return 1;
  }
  co_await main_loop();
  const TimePoint end = deadline(loop_.cached_time(), config_.timeout_graceful_shutdown);
  co_await shutdown();
  const Duration left = end - loop_.cached_time();
  co_await lifespan_.shutdown(forced_ ? 0s : std::max<Duration>(left, 0s));
  log(LogLevel::kInfo, "Finished server process [" + std::to_string(::getpid()) + "]");
  co_return 0;
}

bool HttpServer::load_tls() {
  if (!ServerTls::wanted(config_)) return true;
  try {
    tls_ = std::make_unique<ServerTls>(config_);
    return true;
  } catch (const TlsError& error) {
    log(LogLevel::kError, error.what());
    return false;
  }
}

bool HttpServer::startup() {
  try {
    if (sockets_.empty()) sockets_ = bind_sockets(config_);
    for (const ListeningSocket& socket : sockets_) passed_.push_back(was_passed(socket));
    listeners_ = open_listeners(loop_, std::move(sockets_), config_.backlog,
                                [this](Socket connection, const SocketAddress& peer) {
                                  accepted(std::move(connection), peer);
                                });
  } catch (const BindError& error) {
    log(LogLevel::kError, error.what());
    return false;
  }
  on_tick();
  wait_for_stop_signals();
  if (metrics_) metrics_->begins_to_accept();
  for (auto& listener : listeners_) {
    listener->start();
    std::string url = url_of(*listener);
    if (tls_ && url.starts_with("http:")) url.insert(4, "s");
    log(LogLevel::kInfo, "Capricorn running on " + url + " (Press CTRL+C to quit)");
  }
  parent_.ready();
  return true;
}

/// From before the application starts, which may take its time.
void HttpServer::wait_for_signals() {
  if (!parent_.speaks_for_process()) return;
  loop_.add_signal_handler(SIGUSR1, [] { reopen_log_files(); });
  if (tls_) {
    loop_.add_signal_handler(SIGHUP, [this] {
      tls_->reload();
      parent_.reloaded();
    });
  } else if (!is_ignored(SIGHUP)) {
    loop_.add_signal_handler(SIGHUP, [this, before = has_terminal()] { hung_up(before); });
  }
  if (ends_process(SIGUSR2)) {
    loop_.add_signal_handler(SIGUSR2, [] {
      log(LogLevel::kWarning,
          "Received SIGUSR2: without --workers nobody hands over to a new binary.");
    });
  }
  deliver(SIGUSR1);
  deliver(SIGHUP);
}

/// Whoever closes a terminal means the end, whoever sends the signal otherwise a reload.
void HttpServer::hung_up(bool had_terminal) {
  if (had_terminal && !has_terminal()) {
    ::raise(SIGTERM);
  } else {
    log(LogLevel::kInfo, "Received SIGHUP: without TLS and --workers there is nothing to reload.");
    parent_.reloaded();
  }
}

/// Until it serves there is nothing to be ended gracefully: they do what they do by default, even
/// where the application hangs.
void HttpServer::wait_for_stop_signals() {
  if (!parent_.speaks_for_process()) return;
  loop_.add_signal_handler(SIGTERM, [this] { stop(); });
  if (parent_.leaves_interrupt()) loop_.add_signal_handler(SIGINT, [this] { stop(); });
  if (when_stoppable_) when_stoppable_();
}

Task<> HttpServer::main_loop() {
  co_await should_exit_;
  if (when_stopping_) when_stopping_(false);
  if (metrics_) metrics_->stage(MetricsSlot::Stage::kStopping);
  parent_.stopping();
  co_await wait_for_parent();
  co_await wait_before_shutdown();
}

/// Who signals all processes of a server tells us before our parent does, which keeps the sockets
/// open until then: who comes meanwhile would find nobody that accepts.
Task<> HttpServer::wait_for_parent() {
  const TimePoint end = loop_.time() + kParentsTurn;
  while (!parent_.means_stop() && !forced_ && loop_.time() < end) co_await sleep(5ms);
}

/// Load balancers take their time to send nothing more here. A second signal ends that.
Task<> HttpServer::wait_before_shutdown() {
  if (config_.shutdown_delay == 0ms || parent_.others_serve() || forced_) co_return;
  log(LogLevel::kInfo, "Serving on for " + std::to_string(config_.shutdown_delay.count()) +
                           " ms before the shutdown.");
  try {
    // Not for all_gone_: the deadline would cancel that future, which the shutdown waits for.
    co_await timeout(config_.shutdown_delay,
                     [this](Timeout&) -> Task<> { co_await forced_event_.wait(); });
  } catch (const TimeoutError&) {
    co_return;
  }
}

void HttpServer::stop() {
  if (!should_exit_.done()) return should_exit_.set_result();
  if (!parent_.second_stop_counts()) return;
  forced_event_.set();
  if (!std::exchange(forced_, true)) {
    parent_.forced();
    if (when_stopping_) when_stopping_(true);
  }
  if (!all_gone_.done()) all_gone_.set_result();
}

void HttpServer::request_ends() noexcept {
  --requests_;
  if (max_requests_ > 0 && ++served_ == max_requests_) [[unlikely]]
    served_enough();
}

/// Where there is no memory to say so, the next request tries again.
void HttpServer::served_enough() noexcept {
  try {
    ask_replacement(RestartReason::kMaxRequests,
                    "Maximum request limit of " + std::to_string(served_) + " exceeded.");
  } catch (const std::bad_alloc&) {
    --served_;
  }
}

void HttpServer::ask_replacement(RestartReason reason, const std::string& sentence) {
  if (should_exit_.done() || parent_.ask_replacement(reason, sentence)) return;
  log(LogLevel::kWarning, sentence + " Terminating process.");
  stop();
}

void HttpServer::check_memory() {
  if (config_.worker_max_memory == 0 || resident_memory() <= config_.worker_max_memory) return;
  ask_replacement(
      RestartReason::kMemory,
      "Memory limit of " + std::to_string(config_.worker_max_memory) + " bytes exceeded.");
}

void HttpServer::request_refused(Method method, int status) noexcept {
  if (!measured_) return;
  const RequestError error = status == 408   ? RequestError::kTimeout
                             : status >= 500 ? RequestError::kStatus
                                             : RequestError::kNone;
  measured_->request_ended({.kind = {.method = method,
                                     .scheme = tls_ ? UrlScheme::kHttps : UrlScheme::kHttp,
                                     .error = error,
                                     .status = static_cast<std::uint16_t>(status)},
                            .route = {}});
}

void HttpServer::accepted(Socket connection, const SocketAddress& peer) {
  if (!config_.proxy_protocol) return start_connection(std::move(connection), nullptr);
  const bool from_proxy =
      peer.family() == AF_UNIX ? trusted_.trusts_unix(peer.host()) : trusted_.trusts(peer.host());
  if (!from_proxy) return start_connection(std::move(connection), nullptr);
  serve_or_refuse([&] {
    auto* handshake = new ProxyHandshake(*this, std::move(connection), config_.timeout_headers);
    proxy_handshakes_.push_back(*handshake);
    if (draining()) handshake->shutdown(kQuietGrace);
  });
}

void HttpServer::forwarded_ignored(std::string_view peer) {
  if (std::exchange(forwarded_ignored_, true)) return;
  std::string line = "Ignored the X-Forwarded-* or Forwarded fields of ";
  append_one_line(line, peer.empty() ? "a Unix socket's client" : peer);  // it names its own socket
  log(LogLevel::kWarning, line + ", who is not in --forwarded-allow-ips. This is told once.");
}

void HttpServer::start_connection(Socket connection, const ProxyHeader* proxied) {
  if (metrics_) metrics_->connection_accepted();
  serve_or_refuse([&] { start_protocol(std::move(connection), proxied); });
}

/// The system may refuse to watch one more; the connections that are there go on.
template <class F>
void HttpServer::serve_or_refuse(F serve) {
  try {
    serve();
  } catch (const std::system_error& error) {
    log(LogLevel::kError, std::string("Cannot serve a connection: ") + error.what());
  }
}

void HttpServer::start_protocol(Socket connection, const ProxyHeader* proxied) {
  auto transport =
      std::make_unique<SocketTransport>(loop_, connection.fd(),
                                        SocketTransportOptions{.shared_output = &output_,
                                                               .linger = config_.timeout_lingering,
                                                               .tell_reset_while_paused = true,
                                                               .reset_on_abort = true});
  static_cast<void>(connection.release());  // the transport's, now that there is one
  SocketTransport& socket = *transport;
  std::unique_ptr<Protocol> protocol =
      tls_ ? over_tls(socket, proxied) : std::make_unique<HttpProtocol>(*this, socket, proxied);
  if (draining()) connections_.back().shutdown(kQuietGrace);  // the one that was made just now
  socket.start(std::move(protocol));
  static_cast<void>(transport.release());  // its own from now on
}

std::unique_ptr<Protocol> HttpServer::over_tls(Transport& socket, const ProxyHeader* proxied) {
  auto engine = std::make_unique<TlsEngine>(tls_->context().state(), true, "");
  auto tls = std::make_unique<TlsTransport>(
      loop_, socket, std::move(engine),
      TlsTransportOptions{.shared_output = &plain_output_, .open_after_eof = true});
  auto handshake = std::make_unique<TlsHandshake>(*this, *tls, proxied);
  TlsHandshake& watcher = *handshake;
  tls->start(std::move(handshake), watcher);
  return tls;
}

void HttpServer::connection_gone(Connection& connection) noexcept {
  connection.unlink();
  check_all_gone();
}

void HttpServer::check_all_gone() {
  if (!draining() || !nobody_left()) return;
  if (!all_gone_.done()) all_gone_.set_result();
}

bool HttpServer::nobody_left() const noexcept { return !some_wait_ && nobody_served(); }

bool HttpServer::nobody_served() const noexcept {
  return connections_.empty() && proxy_handshakes_.empty() && running_handlers() == 0;
}

/// Those of clients that are gone, too, and what goes on behind answers.
bool HttpServer::is_handler(const TaskCore& task) const noexcept {
  const auto* handler = dynamic_cast<const AppTask*>(&task);
  return handler && handler->serves(*this);
}

std::size_t HttpServer::running_handlers() const noexcept {
  std::size_t count = 0;
  loop_.tasks().for_each(
      [&](TaskListNode& node) { count += is_handler(static_cast<TaskCore&>(node)); });
  return count;
}

/// All or nothing: answers take the one part's size from the other.
void HttpServer::tell_date() {
  std::string lines;
  if (config_.date_header && !headers_.get(HeaderId::kDate)) {
    lines = "date: " + format_http_date(std::time(nullptr)) + "\r\n";
  }
  const std::size_t date_size = lines.size();
  if (config_.server_header && !headers_.get(HeaderId::kServer)) lines += "server: capricorn\r\n";
  default_lines_ = std::move(lines);
  date_size_ = date_size;
}

/// Once a second, or as often as a watchdog wants to hear: the date, and who has waited too long.
/// The next one is due whatever this throws, or nobody's time would ever be over again.
void HttpServer::on_tick() {
  const Duration most = draining() ? 100ms : 1000ms;
  loop_.schedule_at(tick_, loop_.time() + std::min(most, parent_.beat()));
  tell_date();
  sweep();
  if (some_wait_) accept_last();
  check_all_gone();
  if (tls_) tls_->reload_if_changed();
  check_memory();
  parent_.alive();
}

/// A connection for which something cannot be done leaves the others' turns alone.
void HttpServer::check_deadline(Connection& connection, TimePoint now) {
  try {
    connection.check_deadline(now);
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // told, not swallowed
    report_exception(loop_, "Exception in a connection's timeout");
    connection.transport().abort();
  }
}

void HttpServer::sweep() {
  const TimePoint now = loop_.cached_time();
  if (!metrics_) {
    return connections_.for_each([&](Connection& each) { check_deadline(each, now); });
  }
  Metrics::Server figures{.active_requests = requests_};
  connections_.for_each([&](Connection& connection) {
    ++figures.connections[static_cast<std::size_t>(connection.state())];
    check_deadline(connection, now);
  });
  figures.connections[static_cast<std::size_t>(ConnectionState::kHandshake)] +=
      proxy_handshakes_.size();
  metrics_->tick(figures);
}

void HttpServer::end() {
  loop_.cancel_timer(tick_);
  connections_.for_each([](Connection& connection) { connection.transport().abort(); });
}

/// The last that accepts turns others away first, unless the sockets are to outlive it.
void HttpServer::close_listeners() {
  turns_away_ = metrics_ && metrics_->ends_accepting() && parent_.ends_for_good();
  accept_last();
}

/// Where descriptors are used up some wait on, for those of the connections that end meanwhile; as
/// long as there are any.
void HttpServer::accept_last() {
  const bool in_vain = some_wait_ && nobody_served();
  bool all = true;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (!listeners_[i]->drain_and_close(turns_away_ && !passed_[i])) all = false;
  }
  some_wait_ = !all && !in_vain;
}

/// Each live connection gets one more answer, an idle one a quiet moment; then the rest is
/// cancelled: whatever the handlers use is there until they have ended.
Task<> HttpServer::shutdown() {
  log(LogLevel::kInfo, "Shutting down");
  shutdown_event_.set();
  close_listeners();
  proxy_handshakes_.for_each([](ProxyHandshake& handshake) { handshake.shutdown(kQuietGrace); });
  loop_.cancel_timer(tick_);
  on_tick();
  connections_.for_each([](Connection& connection) { connection.shutdown(kQuietGrace); });
  if (!nobody_left() && !forced_) {
    log(LogLevel::kInfo, "Waiting for connections to close. (CTRL+C to force quit)");
    try {
      co_await timeout(config_.timeout_graceful_shutdown,
                       [this](Timeout&) -> Task<> { co_await all_gone_; });
    } catch (const TimeoutError&) {
      log(LogLevel::kError, "Cancel " + std::to_string(running_handlers()) +
                                " running request(s), timeout graceful shutdown exceeded");
    }
  }
  some_wait_ = false;
  for (const auto& listener : listeners_) listener->close();
  proxy_handshakes_.for_each([](ProxyHandshake& handshake) { handshake.abort(); });
  connections_.for_each([](Connection& connection) { connection.transport().abort(); });
  co_await cancel_handlers();
  co_await sleep(0s);
  co_await sleep(0s);
}

/// One that does not end though cancelled is not waited for: a task of the loop, it is until then.
Task<> HttpServer::cancel_handlers() {
  std::vector<AnyTask> running = all_tasks(loop_);
  std::erase_if(running, [this](const AnyTask& task) { return !is_handler(task.core()); });
  if (running.empty()) co_return;
  for (AnyTask& handler : running) handler.cancel("the server stops");
  co_await wait_until_done(std::move(running), forced_ ? Duration::zero() : kCancelledGrace);
}

}  // namespace capricorn
