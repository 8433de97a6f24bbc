// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include "../http/request_parser.hpp"
#include "../loop/buffer.hpp"
#include "../loop/runnable.hpp"
#include "deadlines.hpp"

namespace capricorn {

class Cycle;
class HttpProtocol;

/// What a connection needs from the first byte of a request to the end of its answer, and no
/// longer: an idle one has none.
struct PendingRequest {
  struct Resume final : Runnable {
    void run() override;
    HttpProtocol* protocol = nullptr;
  };

  PendingRequest(const RequestLimits& limits, const Config& config)
      : parser(limits), deadlines(config) {}
  /// Nothing here is to be remembered: another connection may have it.
  bool over() const noexcept {
    return !cycle && !answered && parser.between_requests() && backlog.empty() &&
           !resume.linked() && !deadlines.watches_unread();
  }

  std::unique_ptr<PendingRequest> next_free;

  RequestParser parser;
  Buffer backlog;  // input that waits for an answer, or for a handler to read its body
  Resume resume;
  Deadlines deadlines;
  Cycle* cycle = nullptr;
  bool cycle_started = false;
  bool answered = false;  // what is left of its body is read and dropped
  bool close_when_complete = false;
};

/// Those that are free: the last one goes to the connection that is next, so that connections which
/// are busy by turns share memory that the cache holds.
class FreeRequests {
 public:
  /// What the requests are made with; outlives them.
  FreeRequests(const RequestLimits& limits, const Config& config) noexcept
      : limits_(limits), config_(config) {}

  /// Into a pointer that is null.
  void take(std::unique_ptr<PendingRequest>& request) {
    if (!first_) return make(request);
    --count_;
    // Swapped, not moved: on the way of each request, where nothing is to be destroyed.
    request.swap(first_);
    request->next_free.swap(first_);
  }
  /// One that is over; null after it.
  void give_back(std::unique_ptr<PendingRequest>& request) noexcept {
    if (count_ == kMost) return request.reset();
    ++count_;
    request->next_free.swap(first_);
    request.swap(first_);
  }

 private:
  // As many as are under way at a time where answers come at once; where handlers wait there are
  // more, whose memory is given back.
  static constexpr int kMost = 64;

  void make(std::unique_ptr<PendingRequest>& request);

  const RequestLimits& limits_;
  const Config& config_;
  std::unique_ptr<PendingRequest> first_;
  int count_ = 0;
};

}  // namespace capricorn
