// SPDX-License-Identifier: MIT
#include "deadlines.hpp"

#include <algorithm>

namespace capricorn {
namespace {

// What each byte adds to the body's time in all: a second for 64 KiB.
constexpr Duration kBodyTimePerByte = std::chrono::nanoseconds(std::chrono::seconds(1)) / 65536;

}  // namespace

void Deadlines::enter(Phase phase, TimePoint now) noexcept {
  const bool same = phase == phase_;
  if (same && phase != Phase::kBody) return;
  if (phase_ == Phase::kBody && !same) body_left_ = body_deadline_ - now;
  phase_ = phase;
  switch (phase) {
    case Phase::kHead: deadline_ = now + config_.timeout_headers; break;
    case Phase::kBody:
      if (!same) body_deadline_ = now + body_left_;
      deadline_ = std::min(now + config_.timeout_body_idle, body_deadline_);
      break;
    case Phase::kHandler:
      deadline_ = config_.timeout_handler > Duration::zero() ? now + config_.timeout_handler
                                                             : TimePoint::max();
      break;
    case Phase::kIdle: deadline_ = now + config_.timeout_keep_alive; break;
  }
}

void Deadlines::body_begins(TimePoint now) noexcept {
  body_left_ = config_.timeout_body;
  body_deadline_ = now + body_left_;
}

void Deadlines::body_came(std::size_t bytes) noexcept {
  body_left_ += kBodyTimePerByte * bytes;
  body_deadline_ += kBodyTimePerByte * bytes;
}

void Deadlines::end_by(TimePoint when) noexcept { deadline_ = std::min(deadline_, when); }

}  // namespace capricorn
