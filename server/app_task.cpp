// SPDX-License-Identifier: MIT
#include "app_task.hpp"

#include <exception>
#include <string>
#include <utility>

#include "../http/client_disconnect.hpp"
#include "../loop/log.hpp"
#include "cycle.hpp"
#include "server.hpp"

namespace capricorn {

namespace {

Task<> failing(std::exception_ptr error) {
  std::rethrow_exception(error);
  co_return;
}

/// The server's only catch-all: whatever the application throws, the client gets an answer.
[[gnu::cold]] void tell(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ClientDisconnect&) {  // nobody is there to be told, and nothing is wrong here
  } catch (const std::exception& exception) {
    log(LogLevel::kError, std::string("Exception in application: ") + exception.what());
  } catch (...) {  // one of the four places
    log(LogLevel::kError, "Exception in application: not a std::exception");
  }
}

}  // namespace

AppTask::AppTask(Cycle& cycle, std::source_location where)
    : TaskCore(cycle.server().loop(), nullptr, {}, where), cycle_(&cycle) {}

const PromiseBase* AppTask::outermost() const noexcept {
  return frame_ ? &frame_.promise() : nullptr;
}

std::coroutine_handle<> AppTask::begin() {
  set_label(cycle_->scope.route);
  try {
    frame_ = cycle_->server().app()(cycle_->scope, *cycle_, *cycle_).release();
  } catch (...) {  // thrown again by the coroutine: the application need not be one itself
    frame_ = failing(std::current_exception()).release();
  }
  frame_.promise().set_task(this);
  return frame_;
}

void AppTask::collect() {
  const Outcome<void>& outcome = frame_.promise().outcome();
  failed_ = !outcome.has_value();
  if (failed_ && !outcome.cancelled()) tell(outcome.exception());
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
