// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "../config/config.hpp"
#include "../loop/transport.hpp"
#include "unread_watch.hpp"

namespace capricorn {

/// How long one connection may keep us waiting, phase by phase. Nothing here is a timer: a phase
/// stores when it ends, and the server's sweep compares once a second, so that a deadline is held
/// to within a second and costs a request nothing.
class Deadlines {
 public:
  enum class Phase : std::uint8_t {
    kHead,     // a request's, and before it the connection's first byte: in all
    kBody,     // each pause, and in all as fast as a minimum rate
    kHandler,  // until the answer begins; none by default
    kIdle,     // between requests
  };

  explicit Deadlines(const Config& config) noexcept : config_(config) {}

  /// Anew, for another connection: in `phase` until `deadline`.
  void start(Phase phase, TimePoint deadline) noexcept {
    phase_ = phase;
    deadline_ = deadline;
  }
  /// Entering the same phase again begins it anew only for a body, whose pauses are limited.
  void enter(Phase phase, TimePoint now) noexcept;
  Phase phase() const noexcept { return phase_; }
  TimePoint deadline() const noexcept { return deadline_; }
  /// A request with a body: its time in all begins with the phase kBody, and stands still in
  /// others.
  void body_begins(TimePoint now) noexcept;
  /// A body that comes fast enough may be of any size.
  void body_came(std::size_t bytes) noexcept;
  /// Whatever the phase, not beyond.
  void end_by(TimePoint when) noexcept;
  /// The phase may last.
  void lift() noexcept { deadline_ = TimePoint::max(); }

  bool passed(TimePoint now) const noexcept { return now >= deadline_; }
  /// Whether the client reads its answers too slowly. To be asked once a second.
  bool answer_unread(TimePoint now, const Transport& transport) noexcept {
    return unread_.too_slow(now, transport, config_.timeout_unread_response);
  }
  /// Whether an answer lay unread when that was asked last.
  bool watches_unread() const noexcept { return unread_.watches(); }

 private:
  const Config& config_;
  TimePoint deadline_{};
  TimePoint body_deadline_{};  // in the phase kBody
  Duration body_left_{};       // in others
  UnreadWatch unread_;
  Phase phase_ = Phase::kHead;
};

}  // namespace capricorn
