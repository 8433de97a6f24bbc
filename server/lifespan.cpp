// SPDX-License-Identifier: MIT
#include "lifespan.hpp"

#include <stdexcept>
#include <utility>

#include "../loop/log.hpp"

namespace capricorn {
namespace {

void set(Future<>& future) {
  if (!future.done()) future.set_result();
}

/// What an application throws at once, as it need not be a coroutine itself, ends the task, too.
Task<> run(Application& application, Scope& scope, Receive& receive, Send& send) {
  co_await application(scope, receive, send);
}

Task<ReceiveEvent> shutdown_when(Future<Duration> asked) {
  const Duration grace = co_await asked;
  co_return LifespanShutdown{grace};
}

}  // namespace

Lifespan::Lifespan(Loop& loop, Application& application, std::string mode,
                   std::size_t worker_threads)
    : loop_(loop),
      application_(application),
      mode_(std::move(mode)),
      started_(loop),
      stop_asked_(loop),
      stopped_(loop),
      never_(loop) {
  scope_.type = Scope::Type::kLifespan;
  scope_.worker_threads = worker_threads;
}

Task<bool> Lifespan::startup() {
  if (mode_ == "off") co_return true;
  log(LogLevel::kInfo, "Waiting for application startup.");
  task_ = loop_.create_task(run(application_, scope_, receive_, send_), {.name = "lifespan"});
  task_.add_done_callback([this](const TaskHandle<>& task) { application_ended(task); });
  co_await started_;
  if (startup_failed_ || (error_occurred_ && mode_ == "on")) {
    log(LogLevel::kError, "Application startup failed. Exiting.");
    co_return false;
  }
  log(LogLevel::kInfo, "Application startup complete.");
  co_return true;
}

Task<> Lifespan::shutdown(Duration grace) {
  if (mode_ == "off" || !task_ || error_occurred_) co_return;
  log(LogLevel::kInfo, "Waiting for application shutdown.");
  if (!stop_asked_.done()) stop_asked_.set_result(grace);
  co_await stopped_;
  if (shutdown_failed_ || (error_occurred_ && mode_ == "on")) {
    log(LogLevel::kError, "Application shutdown failed. Exiting.");
  } else {
    log(LogLevel::kInfo, "Application shutdown complete.");
  }
}

void Lifespan::application_ended(const TaskHandle<>& task) {
  TaskHandle<> ended = task;
  if (ended.cancelled()) {
    error_occurred_ = true;
  } else if (const std::exception_ptr exception = ended.exception()) {
    error_occurred_ = true;
    if (startup_failed_ || shutdown_failed_) {
      // It said so itself.
    } else if (mode_ == "auto" && !started_.done()) {
      log(LogLevel::kInfo, "ASGI 'lifespan' protocol appears unsupported.");
    } else {
      loop_.call_exception_handler({"Exception in 'lifespan' protocol", exception, "lifespan"});
    }
  }
  set(started_);
  set(stopped_);
}

ValueTask<ReceiveEvent> Lifespan::Events::operator()() {
  switch (received_++) {
    case 0: return ReceiveEvent(LifespanStartup{});
    case 1: return shutdown_when(lifespan_.stop_asked_);
    default: return shutdown_when(lifespan_.never_);  // ends by cancellation
  }
}

ValueTask<void> Lifespan::Answers::operator()(const SendEvent& event) {
  Lifespan& l = lifespan_;
  const auto* startup_failed = std::get_if<LifespanStartupFailed>(&event);
  const auto* shutdown_failed = std::get_if<LifespanShutdownFailed>(&event);
  if (startup_failed || std::holds_alternative<LifespanStartupComplete>(event)) {
    l.refuse_unless(!l.started_.done());
    l.startup_failed_ = startup_failed != nullptr;
    if (startup_failed && !startup_failed->message.empty()) {
      log(LogLevel::kError, startup_failed->message);
    }
    set(l.started_);
  } else if (shutdown_failed || std::holds_alternative<LifespanShutdownComplete>(event)) {
    l.refuse_unless(l.started_.done() && !l.stopped_.done());
    l.shutdown_failed_ = shutdown_failed != nullptr;
    if (shutdown_failed && !shutdown_failed->message.empty()) {
      log(LogLevel::kError, shutdown_failed->message);
    }
    set(l.stopped_);
  } else {
    l.refuse_unless(false);
  }
  return {};
}

void Lifespan::refuse_unless(bool in_order) const {
  if (!in_order) throw std::logic_error("Got an event that is not expected in 'lifespan' state.");
}

}  // namespace capricorn
