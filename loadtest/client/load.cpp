// SPDX-License-Identifier: MIT
#include "load.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace loadtest {

namespace {

constexpr double kNanoseconds = 1e9;
constexpr std::int64_t kSpin = 200'000;  // a timer of the kernel is not exact enough below this

std::int64_t after(double seconds) {
  return now() + static_cast<std::int64_t>(seconds * kNanoseconds);
}

}  // namespace

Load::Load(const Plan& plan, const Pace& pace)
    : plan_(plan),
      pace_(pace),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(static_cast<std::size_t>(pace.connections)),
      writable_(connections_.size(), true) {}

Load::~Load() { ::close(epoll_); }

bool Load::connect(double seconds) {
  const std::int64_t deadline = after(seconds);
  constexpr std::size_t kAtOnce = 128;  // fewer than any server's backlog
  std::size_t opened = 0;
  while (ready_ < connections_.size() && outcome_.lost == 0 && now() < deadline) {
    while (opened < connections_.size() && opened - ready_ < kAtOnce) open(opened++);
    turn(100);
  }
  return ready_ == connections_.size() && outcome_.lost == 0;
}

bool Load::touch(double seconds) {
  const std::int64_t deadline = after(seconds);
  std::uint64_t wanted = 0;
  const auto wait = [&](std::uint64_t unanswered) {
    while (wanted - outcome_.answers > unanswered && outcome_.lost == 0 && now() < deadline) {
      turn(100);
    }
    return wanted - outcome_.answers <= unanswered && outcome_.lost == 0;
  };
  for (const auto& connection : connections_) {
    connection->send(1, now());
    ++wanted;
    if (!wait(100)) return false;
  }
  return wait(0);
}

std::uint64_t Load::count_lost() {
  while (turn(0) > 0) continue;
  return outcome_.lost;
}

Outcome Load::run() {
  outcome_ = {};
  running_ = true;
  const std::int64_t begin = now();
  const auto end = begin + static_cast<std::int64_t>(pace_.seconds * kNanoseconds);
  if (pace_.rate > 0) {
    interval_ = static_cast<std::int64_t>(kNanoseconds / pace_.rate);
    next_due_ = begin;
    for (Slot slot = 0; slot < connections_.size(); ++slot) free_.push_back(slot);
  } else {
    for (Slot slot = 0; slot < connections_.size(); ++slot) {
      if (pace_.connect_each)
        open(slot);
      else
        connections_[slot]->send(pace_.pipeline, begin);
    }
  }
  while (now() < end) {
    if (interval_ > 0) send_due();
    turn(pause());
  }
  outcome_.seconds = static_cast<double>(now() - begin) / kNanoseconds;
  if (interval_ > 0) {
    send_due();  // where it was we who did not run, nobody has kept these from being sent
    count_unanswered();
  }
  for (const auto& connection : connections_) {
    if (connection) outcome_.refused += static_cast<std::uint64_t>(connection->refused());
  }
  return outcome_;
}

void Load::open(Slot slot) {
  connections_[slot] = std::make_unique<Connection>(plan_, now());
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u64 = slot;
  writable_[slot] = true;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[slot]->fd(), &event) < 0) {
    std::perror("epoll_ctl");
    std::exit(1);
  }
}

void Load::watch(Slot slot) {
  const bool wanted = connections_[slot]->wants_write();
  if (wanted == writable_[slot]) return;
  writable_[slot] = wanted;
  epoll_event event{};
  event.events = EPOLLIN | (wanted ? EPOLLOUT : 0U);
  event.data.u64 = slot;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connections_[slot]->fd(), &event);
}

int Load::turn(int milliseconds) {
  std::array<epoll_event, 512> events;
  const int number = ::epoll_wait(epoll_, events.data(), events.size(), milliseconds);
  for (int i = 0; i < number; ++i) {
    const Slot slot = events[static_cast<std::size_t>(i)].data.u64;
    if (connections_[slot]) advance(slot);
  }
  return number;
}

void Load::advance(Slot slot) {
  Connection& connection = *connections_[slot];
  const bool was_ready = connection.ready();
  const int answers = connection.advance();
  if (connection.ready() && !was_ready) {
    ++ready_;
    if (running_ && pace_.connect_each) connection.send(1, connection.began());
  }
  if (answers > 0) answered(slot, answers);
  if (!connections_[slot] || connections_[slot].get() != &connection) return;
  if (connection.lost()) {
    ++outcome_.lost;
    return replace(slot);
  }
  watch(slot);
}

void Load::answered(Slot slot, int number) {
  const std::int64_t time = now();
  Connection& connection = *connections_[slot];
  outcome_.answers += static_cast<std::uint64_t>(number);
  for (int i = 0; i < number && connection.under_way() > 0; ++i) {
    outcome_.latency.record(time - connection.take_intended());
  }
  if (!running_ || connection.under_way() > 0) return;
  if (pace_.connect_each) {
    outcome_.resumed += connection.resumed();
    replace(slot);
  } else if (interval_ > 0) {
    free_.push_back(slot);
  } else {
    connection.send(pace_.pipeline, time);
  }
}

/// A connection of one request makes room for the next, however it ended; of the others one that is
/// lost is gone.
void Load::replace(Slot slot) {
  outcome_.refused += static_cast<std::uint64_t>(connections_[slot]->refused());
  connections_[slot].reset();
  if (running_ && pace_.connect_each) open(slot);
}

void Load::send_due() {
  const std::int64_t time = now();
  while (next_due_ <= time && !free_.empty()) {
    const Slot slot = free_.front();
    free_.pop_front();
    if (!connections_[slot]) continue;
    connections_[slot]->send(1, next_due_);
    watch(slot);
    next_due_ += interval_;
  }
}

/// To leave them out would hide a server that stalls until the end.
void Load::count_unanswered() {
  const std::int64_t time = now();
  for (const auto& connection : connections_) {
    while (connection && connection->under_way() > 0) {
      outcome_.latency.record(time - connection->take_intended());
    }
  }
  for (; next_due_ + interval_ <= time; next_due_ += interval_) {
    ++outcome_.unsent;
    outcome_.latency.record(time - next_due_);
  }
}

/// How long the next poll may sleep, in milliseconds.
int Load::pause() const {
  if (interval_ == 0 || free_.empty()) return 100;
  return next_due_ - now() > kSpin + 1'000'000 ? 1 : 0;
}

}  // namespace loadtest
