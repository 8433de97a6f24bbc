// SPDX-License-Identifier: MIT
#include "deadlines.hpp"

#include <algorithm>

namespace capricorn {
namespace {

// What each byte adds to the body's time in all: a second for 64 KiB.
constexpr Duration kBodyTimePerByte = std::chrono::nanoseconds(std::chrono::seconds(1)) / 65536;
// Slower than any modem: who takes less on the average is no reader.
constexpr std::uint64_t kReadBytesPerSecond = 256;

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

bool Deadlines::answer_unread(TimePoint now, const Transport& transport) noexcept {
  const std::optional<TimePoint> since = transport.blocked_since();
  if (!since) {
    unread_since_ = TimePoint{};
    return false;
  }
  if (unread_since_ == TimePoint{}) {
    unread_since_ = *since;
    taken_ = transport.bytes_taken();
  }
  const Duration limit = config_.timeout_unread_response;
  if (now - unread_since_ < limit) return false;
  const std::uint64_t taken = transport.bytes_taken();
  const auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(limit).count();
  const auto least = static_cast<std::uint64_t>(seconds * kReadBytesPerSecond);
  if (taken - taken_ < std::max<std::uint64_t>(least, 1)) return true;
  unread_since_ = now;
  taken_ = taken;
  return false;
}

}  // namespace capricorn
