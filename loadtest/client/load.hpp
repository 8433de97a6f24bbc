// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "connection.hpp"
#include "histogram.hpp"

namespace loadtest {

/// How much of it, for how long, and at which pace.
struct Pace {
  int connections = 64;
  int pipeline = 1;  // requests in one write
  double seconds = 2;
  double rate = 0;            // a second; 0: the next as soon as the last is answered
  bool connect_each = false;  // a connection for each request
};

/// What came of it.
struct Outcome {
  std::uint64_t answers = 0;
  std::uint64_t refused = 0;  // answers that are not 2xx
  std::uint64_t lost = 0;     // connections that ended before we did
  std::uint64_t resumed = 0;  // handshakes that went on with a session
  std::uint64_t unsent = 0;   // requests that were due and found no free connection until the end
  double seconds = 0;
  // From the moment a request was meant to leave. At a fixed rate what has no answer at the end,
  // sent or not, has its part by the time that it has waited.
  Histogram latency;
};

/// A load on one thread. At a fixed rate a request that finds every connection busy waits, and its
/// time counts from when it was due: a server that stalls cannot hide it (coordinated omission).
class Load {
 public:
  Load(const Plan& plan, const Pace& pace);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// Connects everything; false where that takes more than `seconds` or a connection is lost.
  bool connect(double seconds);
  /// One request on each connection, for what a server makes at the first; false where one is lost
  /// or that takes more than `seconds`.
  bool touch(double seconds);
  /// How many connections have been lost by now.
  std::uint64_t count_lost();
  Outcome run();

 private:
  using Slot = std::size_t;

  void open(Slot slot);
  void watch(Slot slot);
  int turn(int milliseconds);
  void advance(Slot slot);
  void answered(Slot slot, int number);
  void replace(Slot slot);
  void send_due();
  void count_unanswered();
  int pause() const;

  const Plan& plan_;
  const Pace pace_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<bool> writable_;  // whether epoll was asked for writing
  std::deque<Slot> free_;       // with a fixed rate: without a request under way
  std::size_t ready_ = 0;
  bool running_ = false;
  std::int64_t next_due_ = 0;
  std::int64_t interval_ = 0;
  Outcome outcome_;
};

}  // namespace loadtest
