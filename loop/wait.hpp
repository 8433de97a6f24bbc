// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "ensure_future.hpp"

namespace capricorn {

enum ReturnWhen : unsigned char { FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED };

struct WaitOptions {
  std::optional<Delay> timeout = {};
  ReturnWhen return_when = ALL_COMPLETED;
};

template <class H>
struct WaitResult {
  std::vector<H> done;
  std::vector<H> pending;
};

/// Waits for some of several futures, or for a time, and leaves them alone.
class WaitWaiter final : public SimpleWaiter {
 public:
  WaitWaiter(std::vector<FutureCore*> futures, WaitOptions options);
  ~WaitWaiter() { give_up(); }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    TaskCore& waiting = *self.promise().task();
    prepare(waiting.loop());  // first: there may be no memory for it
    park(waiting, self);
    subscribe();
  }
  void await_resume() { check_cancelled(); }

 private:
  struct Child final : FutureCore::Subscriber {
    void run() override { wait->child_done(*future); }
    TaskCore* for_task() noexcept override { return wait->task(); }
    WaitWaiter* wait = nullptr;
    FutureCore* future = nullptr;
  };
  struct Timer final : TimerNode {
    void run() override { wait->finish(); }
    TaskCore* for_task() noexcept override { return wait->task(); }
    WaitWaiter* wait = nullptr;
  };
  void prepare(Loop& loop);
  void subscribe() noexcept;
  void child_done(FutureCore& child);
  void give_up() noexcept override;

  std::vector<FutureCore*> futures_;
  std::unique_ptr<Child[]> children_;
  WaitOptions options_;
  std::size_t pending_ = 0;
  Timer timer_;
};

/// Waits until the condition holds or the time is over; cancels nothing and throws nothing of
/// theirs. One that is given twice counts once. Throws std::invalid_argument for an empty set and
/// for a future of another loop.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.wait
template <class H>
Task<WaitResult<H>> wait(std::vector<H> futures, WaitOptions options = {}) {
  static_assert(!detail::is_coroutine<H>, "Passing coroutines is forbidden, use tasks explicitly.");
  if (futures.empty()) throw std::invalid_argument("Set of Tasks/Futures is empty.");
  detail::drop_duplicates(futures);
  std::vector<FutureCore*> cores;
  for (const H& each : futures) {
    check_loop(each.core(), get_running_loop());
    cores.push_back(&each.core());
  }
  co_await WaitWaiter(std::move(cores), options);
  WaitResult<H> result;
  for (H& each : futures) (each.done() ? result.done : result.pending).push_back(std::move(each));
  co_return result;
}

/// The same for tasks whose results nobody needs, until all are done or the time is over; those
/// that are done already count.
Task<> wait_until_done(std::vector<AnyTask> tasks, std::optional<Delay> timeout = {});

}  // namespace capricorn
