// SPDX-License-Identifier: MIT
#include "app_task.hpp"

#include <cxxabi.h>

#include <exception>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "../http/client_disconnect.hpp"
#include "../loop/log.hpp"
#include "../loop/symbol.hpp"
#include "cycle.hpp"
#include "log_line.hpp"
#include "server.hpp"

namespace capricorn {

namespace {

Task<> failing(std::exception_ptr error) {
  std::rethrow_exception(error);
  co_return;
}

/// None where there is no memory for it.
Task<>::Handle fail(const std::exception_ptr& error) noexcept {
  try {
    return failing(error).release();
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "Out of memory: a request is not answered by the application.");
    return nullptr;
  }
}

/// "Exception in application: no such row (std::out_of_range, GET /users/{id})", in one line: what
/// is said may be a client's words.
void log_exception(std::string_view what, const char* type, const Scope& scope) {
  std::string line = "Exception in application: ";
  append_one_line(line, what);
  line += " (" + demangle(type);
  if (!scope.method_name.empty()) line += ", " + std::string(scope.method_name);
  line += ' ';
  append_one_line(line, scope.route.empty() ? scope.path : scope.route);
  log(LogLevel::kError, line + ")");
}

/// The server's only catch-all: whatever the application throws, the client gets an answer.
[[gnu::cold]] void tell(const std::exception_ptr& error, const Scope& scope) {
  try {
    std::rethrow_exception(error);
  } catch (const ClientDisconnect&) {  // nobody is there to be told, and nothing is wrong here
  } catch (const std::exception& exception) {
    log_exception(exception.what(), typeid(exception).name(), scope);
  } catch (const CancelledError& error) {
    const char* const what = "what it awaited was cancelled";
    log_exception(error.message.empty() ? what : error.message, typeid(error).name(), scope);
  } catch (...) {  // one of the four places
    const std::type_info* const type = abi::__cxa_current_exception_type();
    log_exception("not a std::exception", type == nullptr ? "unknown" : type->name(), scope);
  }
}

}  // namespace

AppTask::AppTask(Cycle& cycle, std::source_location where)
    : TaskCore(cycle.server().loop(), nullptr, {}, where), cycle_(&cycle) {}

const PromiseBase* AppTask::outermost() const noexcept {
  return frame_ ? &frame_.promise() : nullptr;
}

bool AppTask::serves(const HttpServer& server) const noexcept {
  return cycle_ && &cycle_->server() == &server;
}

std::coroutine_handle<> AppTask::begin() {
  set_label(cycle_->scope.route);
  try {
    frame_ = cycle_->server().app()(cycle_->scope, *cycle_, *cycle_).release();
  } catch (...) {  // thrown again by the coroutine: the application need not be one itself
    frame_ = fail(std::current_exception());
    if (!frame_) return nullptr;
  }
  frame_.promise().set_task(this);
  return frame_;
}

void AppTask::collect() {
  const Outcome<void>& outcome = frame_.promise().outcome();
  failed_ = !outcome.has_value();
  // A cancellation that nobody asked of this task came from what it awaited.
  const bool given_up = outcome.cancelled() && cancelling() > 0;
  if (failed_ && !given_up) tell(outcome.exception(), cycle_->scope);
  finish(outcome.cancelled() ? State::kCancelled : State::kFinished);
}

/// The cycle last: what the application holds may be the cycle's.
void AppTask::destroy_frame() noexcept {
  Cycle* const cycle = std::exchange(cycle_, nullptr);
  if (!cycle) return;
  drop_label();
  if (frame_) std::exchange(frame_, nullptr).destroy();
  cycle->app_ended(failed_);
}

}  // namespace capricorn
