// SPDX-License-Identifier: MIT
#pragma once

#include "loop.hpp"

namespace capricorn {

/// A loop for tests, whose clock stands still while anything runs: where nothing is ready it jumps
/// to the next deadline, so that a test of an hour takes no time and gives the same result each
/// time. `run(main(), {.loop_factory = [] { return std::make_unique<TestLoop>(); }})`, or
/// `TestLoop loop; loop.run_until_complete(main());`.
///
/// Real things are looked at before each jump. It never jumps while work of this loop's is in an
/// executor: the wait for it is real, and its virtual time zero. It knows nothing of other threads
/// and processes, nor of peers: where a deadline stands against one of those, the deadline wins.
/// Without any deadline it waits for them.
class TestLoop final : public Loop {
 public:
  /// Around a selector of one's own.
  explicit TestLoop(std::unique_ptr<Selector> selector = make_default_selector());
  ~TestLoop() override;

  TimePoint time() const override;
  /// Between runs: runs what falls due within `by`, each at its own time, and what comes of it,
  /// until nothing is ready. Within a callback or a task: moves the clock, and what fell due comes
  /// with the next pass.
  void advance(Delay by);

 private:
  class Clock;
  Clock& clock_;
};

}  // namespace capricorn
