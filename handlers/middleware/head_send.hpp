// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <variant>

#include "../../http/application.hpp"

namespace capricorn {

/// The way out of a middleware that changes the head of an answer and nothing else. The head that
/// it sends on is its own copy; it outlives the response.
class HeadSend : public Send {
 public:
  explicit HeadSend(Send& next) noexcept : next_(next) {}

  ValueTask<void> operator()(const SendEvent& event) final {
    if (const auto* whole = std::get_if<WholeResponse>(&event)) {
      const int status = take(whole->status, whole->headers);
      return next_(WholeResponse{status, headers_, whole->body});
    }
    if (const auto* start = std::get_if<ResponseStart>(&event)) {
      const int status = take(start->status, start->headers);
      return next_(ResponseStart{status, headers_});
    }
    return next_(event);
  }

  bool started() const noexcept { return started_; }

 protected:
  ~HeadSend() = default;
  virtual void edit(int& status, Headers& headers) = 0;

 private:
  int take(int status, const Headers& headers) {
    headers_ = headers.clone();
    if (!std::exchange(started_, true)) edit(status, headers_);
    return status;
  }

  Send& next_;
  Headers headers_;
  bool started_ = false;
};

}  // namespace capricorn
