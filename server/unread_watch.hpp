// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "../loop/transport.hpp"

namespace capricorn {

/// Tells a client on a bad line, who reads what is sent to it however slowly, from one who lets it
/// lie: by what its system acknowledged, not by what ours buffered.
class UnreadWatch {
 public:
  /// Whether it has read nothing for `limit`, or so slowly that only an attacker would. To be asked
  /// once a second.
  bool too_slow(TimePoint now, const Transport& transport, Duration limit) noexcept;
  /// Whether something lay unread when that was asked last.
  bool watches() const noexcept { return since_ != TimePoint{}; }

 private:
  TimePoint since_{};        // of what is looked at; none where nothing waits
  std::uint64_t taken_ = 0;  // by then
};

}  // namespace capricorn
