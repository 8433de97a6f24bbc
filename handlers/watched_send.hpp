// SPDX-License-Identifier: MIT
#pragma once

#include <variant>

#include "../http/application.hpp"

namespace capricorn {

/// Knows whether an answer has begun; early hints are none yet.
class WatchedSend final : public Send {
 public:
  /// `next` outlives it.
  explicit WatchedSend(Send& next) noexcept : next_(next) {}

  ValueTask<void> operator()(const SendEvent& event) override {
    started_ = started_ || std::holds_alternative<ResponseStart>(event) ||
               std::holds_alternative<WholeResponse>(event);
    return next_(event);
  }
  bool started() const noexcept { return started_; }

 private:
  Send& next_;
  bool started_ = false;
};

}  // namespace capricorn
