// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/http/application.hpp>

namespace capricorn::test {

/// Counts the events that an application sends: how many calls an answer costs, of which its bytes
/// tell nothing. Put around it.
class SendCounter final : public Application {
 public:
  explicit SendCounter(Application& next) noexcept : next_(next) {}

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    struct Counting final : Send {
      Counting(int& to, Send& next) noexcept : count(to), send(next) {}
      ValueTask<void> operator()(const SendEvent& event) override {
        ++count;
        return send(event);
      }
      int& count;
      Send& send;
    };
    if (scope.type != Scope::Type::kLifespan) events_ = 0;
    Counting counting(events_, send);
    co_await next_(scope, receive, counting);
  }

  /// Of the last request, or of the lifespan behind it.
  int events() const noexcept { return events_; }

 private:
  Application& next_;
  int events_ = 0;
};

}  // namespace capricorn::test
