// SPDX-License-Identifier: MIT
#include "app_lifespan.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "../loop/errors.hpp"
#include "../loop/log.hpp"
#include "../loop/loop.hpp"
#include "../loop/one_line.hpp"
#include "../loop/sleep.hpp"
#include "../loop/wait.hpp"
#include "failure_text.hpp"

namespace capricorn {

Task<> LifespanFunction::enter(App& app) {
  if (!co_await function_->enter(app)) {
    throw RuntimeError("the lifespan has ended without a co_yield");
  }
}

Task<> LifespanFunction::leave() {
  if (co_await function_->leave()) {
    throw RuntimeError("a lifespan has one co_yield, and came to another");
  }
}

Task<> AppLifespan::startup(App& app) {
  if (function_) co_await function_.enter(app);
  std::exception_ptr failure;
  try {
    // One that runs may add others.
    for (std::size_t i = 0; i < startup_.size(); ++i) co_await startup_[i]->run();
  } catch (...) {  // thrown again below
    failure = std::current_exception();
  }
  if (failure) {
    std::exception_ptr second;  // what came first is why it does not start
    co_await leave(second);
    std::rethrow_exception(failure);
  }
  serving_ = true;
  for (Periodic& periodic : periodic_) begin(periodic);
}

void AppLifespan::add_periodic(Duration interval, std::unique_ptr<detail::Hook> hook) {
  periodic_.push_back({interval, std::move(hook)});
  if (serving_) begin(periodic_.back());
}

void AppLifespan::begin(Periodic& periodic) {
  running_.push_back(get_running_loop().create_task(repeat(periodic), {.name = "every"}));
}

Task<> AppLifespan::repeat(Periodic& periodic) {
  TimePoint next = get_running_loop().time() + periodic.interval;
  while (true) {
    const TimePoint now = get_running_loop().time();
    if (next > now) co_await sleep(next - now);
    try {
      co_await periodic.hook->run();
    } catch (...) {  // told, not swallowed
      std::string line = "Exception in a periodic function: ";
      append_one_line(line, failure_text());
      log(LogLevel::kError, line);
    }
    // What was missed meanwhile is not made up for.
    next = std::max(next, get_running_loop().time() - periodic.interval) + periodic.interval;
  }
}

Task<> AppLifespan::stop_periodic() {
  serving_ = false;
  std::vector<AnyTask> running = std::move(running_);
  for (AnyTask& task : running) task.cancel("the application ends");
  co_await wait_until_done(std::move(running));
  const auto busy = [](const Periodic& periodic) { return periodic.hook->busy(); };
  while (std::ranges::any_of(periodic_, busy)) co_await sleep(std::chrono::milliseconds(10));
}

Task<> AppLifespan::leave(std::exception_ptr& failure) {
  if (!function_) co_return;
  try {
    co_await function_.leave();
  } catch (...) {  // the caller throws the first
    if (!failure) failure = std::current_exception();
  }
}

Task<> AppLifespan::shutdown() {
  co_await stop_periodic();
  std::exception_ptr failure;
  std::vector<detail::Hook*> left;
  for (std::size_t taken = 0;;) {
    // One that runs may add others.
    for (; taken < shutdown_.size(); ++taken) left.push_back(shutdown_[taken].get());
    if (left.empty()) break;
    detail::Hook* const last = left.back();
    left.pop_back();
    try {
      co_await last->run();
    } catch (...) {  // thrown again below
      if (!failure) failure = std::current_exception();
    }
  }
  co_await leave(failure);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace capricorn
