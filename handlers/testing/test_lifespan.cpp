// SPDX-License-Identifier: MIT
#include "test_lifespan.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace capricorn::detail {

Task<> TestLifespan::startup() {
  scope_.type = Scope::Type::kLifespan;
  task_ = get_running_loop().create_task(application_(scope_, *this, *this), {.name = "lifespan"});
  task_.add_done_callback([this](TaskHandle<>&) {
    ended_ = true;
    change_.set();
  });
  co_await wait_until(started_);
  if (failure_) co_await fail();
  // Who throws before it said anything does not speak this protocol (ASGI's lifespan).
  if (!started_ && !task_.cancelled()) static_cast<void>(task_.exception());
}

Task<> TestLifespan::shutdown() {
  if (!started_ || stop_asked_) co_return;
  stop_asked_ = true;
  change_.set();
  co_await wait_until(stopped_);
  if (failure_) co_await fail();
  co_await wait_until(ended_);
  task_.result();
}

Task<> TestLifespan::wait_until(bool& reached) {
  while (!reached && !failure_ && !ended_) {
    change_.clear();
    co_await change_.wait();
  }
}

/// It has nothing more to do.
Task<> TestLifespan::fail() {
  const std::string message = *std::exchange(failure_, std::nullopt);
  task_.cancel();
  co_await wait_until(ended_);
  if (!task_.cancelled()) task_.result();
  throw std::runtime_error(message);
}

ValueTask<ReceiveEvent> TestLifespan::operator()() {
  if (!std::exchange(told_start_, true)) return ReceiveEvent(LifespanStartup{});
  return wait_for_stop();
}

Task<ReceiveEvent> TestLifespan::wait_for_stop() {
  while (!stop_asked_) {
    change_.clear();
    co_await change_.wait();
  }
  co_return LifespanShutdown{};
}

ValueTask<void> TestLifespan::operator()(const SendEvent& event) {
  if (std::get_if<LifespanStartupComplete>(&event)) {
    started_ = true;
  } else if (std::get_if<LifespanShutdownComplete>(&event)) {
    stopped_ = true;
  } else if (const auto* start = std::get_if<LifespanStartupFailed>(&event)) {
    failure_ = start->message;
  } else if (const auto* stop = std::get_if<LifespanShutdownFailed>(&event)) {
    failure_ = stop->message;
  } else {
    throw std::logic_error("Expected a lifespan event, but got one of another protocol.");
  }
  change_.set();
  return {};
}

}  // namespace capricorn::detail
