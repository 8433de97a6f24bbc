// SPDX-License-Identifier: MIT
#include "test_loop.hpp"

#include <algorithm>
#include <optional>

namespace capricorn {
namespace {

constexpr TimePoint kBeginning{std::chrono::hours(1)};  // the same each time, not the clock's zero

}  // namespace

/// The clock is moved where a real loop sleeps: in its selector.
class TestLoop::Clock final : public Selector {
 public:
  explicit Clock(std::unique_ptr<Selector> inner) noexcept : inner_(std::move(inner)) {}

  void register_(IoWatcher& watcher, std::uint8_t events) override {
    inner_->register_(watcher, events);
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override { inner_->modify(watcher, events); }
  void unregister(IoWatcher& watcher) noexcept override { inner_->unregister(watcher); }
  const char* name() const noexcept override { return "virtual clock"; }

  void wake() noexcept override {
    woken_.store(true, std::memory_order_release);
    inner_->wake();
  }
  int wake_descriptor() const noexcept override { return inner_->wake_descriptor(); }

  void select(Duration timeout, std::vector<Event>& events) override {
    const std::size_t before = events.size();
    inner_->select(Duration::zero(), events);
    const bool woken = woken_.exchange(false, std::memory_order_acquire);
    if (timeout == Duration::zero() || woken || events.size() > before) return;
    if (loop->jobs_outside() > 0) {
      wait(events);
    } else if (until && (timeout < Duration::zero() || now + timeout > *until)) {
      now = *until;
      loop->stop();
    } else if (timeout < Duration::zero()) {
      wait(events);
    } else {
      now += timeout;
    }
  }

  TestLoop* loop = nullptr;
  TimePoint now = kBeginning;
  std::optional<TimePoint> until;  // advance() ends here

 private:
  void wait(std::vector<Event>& events) {
    inner_->select(Duration(-1), events);
    woken_.store(false, std::memory_order_relaxed);
  }

  std::unique_ptr<Selector> inner_;
  std::atomic<bool> woken_{false};
};

TestLoop::TestLoop(std::unique_ptr<Selector> selector)
    : Loop(std::make_unique<Clock>(std::move(selector)), kBeginning),
      clock_(static_cast<Clock&>(this->selector())) {
  clock_.loop = this;
}

TestLoop::~TestLoop() { close(); }

TimePoint TestLoop::time() const { return clock_.now; }

void TestLoop::advance(Delay by) {
  const TimePoint target = deadline(clock_.now, std::max<Duration>(by, Duration::zero()));
  if (is_running()) {
    clock_.now = target;
    set_cached_time(target);
    return;
  }
  clock_.until = target;
  struct Leave {
    Clock& clock;
    ~Leave() { clock.until.reset(); }
  } leave{clock_};
  run_forever();
}

}  // namespace capricorn
