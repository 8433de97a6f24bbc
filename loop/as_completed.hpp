// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "ensure_future.hpp"

namespace capricorn {

/// The order in which futures end. Pinned: it is subscribed to each of them.
class CompletionOrder {
 public:
  CompletionOrder(std::vector<FutureCore*> futures, std::optional<Delay> timeout);
  CompletionOrder(const CompletionOrder&) = delete;
  ~CompletionOrder();

  std::size_t left() const noexcept { return left_; }

  /// Gives the index of the next that ended; throws TimeoutError for each that did not in time.
  class Next final : public SimpleWaiter {
   public:
    explicit Next(CompletionOrder& order) noexcept : order_(order) {}
    ~Next() { give_up(); }
    bool await_ready() const noexcept { return order_.left_ == 0 || order_.known(); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> self) {
      park(*self.promise().task(), self);
      order_.waiting_ = this;
    }
    std::optional<std::size_t> await_resume();

   private:
    friend class CompletionOrder;
    void give_up() noexcept override {
      if (order_.waiting_ == this) order_.waiting_ = nullptr;
    }
    CompletionOrder& order_;
  };

 private:
  struct Child final : FutureCore::Subscriber {
    void run() override { order->ended(index); }
    TaskCore* for_task() noexcept override {
      return order->waiting_ ? order->waiting_->task() : nullptr;
    }
    CompletionOrder* order = nullptr;
    std::size_t index = 0;
  };
  struct Timer final : TimerNode {
    void run() override { order->time_is_over(); }
    CompletionOrder* order = nullptr;
  };
  bool known() const noexcept { return !ended_.empty() || timed_out_; }
  void ended(std::size_t index);
  void time_is_over();

  Loop& loop_;
  std::unique_ptr<Child[]> children_;
  Timer timer_;
  std::deque<std::size_t> ended_;
  std::size_t left_;
  Next* waiting_ = nullptr;
  bool timed_out_ = false;
};

/// What as_completed returns: `while (auto next = co_await results.next()) use(co_await *next);`
template <class H>
class Completions {
 public:
  Completions(std::vector<H> futures, std::optional<Delay> timeout) : futures_(std::move(futures)) {
    std::vector<FutureCore*> cores;
    for (const H& each : futures_) cores.push_back(&each.core());
    order_ = std::make_unique<CompletionOrder>(std::move(cores), timeout);
  }

  class Next {
   public:
    explicit Next(Completions& results) noexcept : results_(results), inner_(*results.order_) {}
    bool await_ready() const noexcept { return inner_.await_ready(); }
    template <class P>
    void await_suspend(std::coroutine_handle<P> self) {
      inner_.await_suspend(self);
    }
    std::optional<H> await_resume() {
      const std::optional<std::size_t> index = inner_.await_resume();
      return index ? std::optional<H>(results_.futures_[*index]) : std::nullopt;
    }

   private:
    Completions& results_;
    CompletionOrder::Next inner_;
  };
  /// The next that is done, nothing after the last; throws TimeoutError once for each that was not
  /// done in time. One await at a time.
  Next next() noexcept { return Next(*this); }

 private:
  std::vector<H> futures_;
  std::unique_ptr<CompletionOrder> order_;
};

/// The futures themselves, in the order in which they end; one that is given twice comes once. What
/// is late lives on. Throws std::invalid_argument for a future of another loop.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed
template <class A>
auto as_completed(std::vector<A> awaitables, std::optional<Delay> timeout = std::nullopt) {
  using H = decltype(ensure_future(std::declval<A>()));
  std::vector<H> futures;
  futures.reserve(awaitables.size());
  for (A& each : awaitables) futures.push_back(ensure_future(std::move(each)));
  detail::drop_duplicates(futures);
  return Completions<H>(std::move(futures), timeout);
}

}  // namespace capricorn
