// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "../http/scope.hpp"
#include "../loop/sweep.hpp"
#include "../loop/task_handle.hpp"
#include "background_tasks.hpp"
#include "response.hpp"
#include "state.hpp"

namespace capricorn {

/// What a request has only where somebody asks for it. It belongs to the scope, as all Requests
/// that are made of that share it. Loop's thread only.
class RequestData {
 public:
  RequestData() = default;
  RequestData(const RequestData&) = delete;
  /// The last resort, where the request could not wait for them.
  ~RequestData() {
    for (AnyTask& child : children) {
      if (!child.done()) child.cancel("the request has ended");
    }
  }

  /// Made by the first who asks.
  static RequestData& of(Scope& scope) {
    RequestData* data = find(scope);
    return data ? *data : scope.extensions.emplace<RequestData>();
  }
  static RequestData* find(const Scope& scope) noexcept {
    return scope.extensions.get<RequestData>();
  }

  StateMap state;
  std::vector<AnyTask> children;  // which end with the request
  Sweep sweep_children;
};

/// What a handler and its dependencies say of their answer besides what they return. A middleware
/// may call the application several times: each call of a route has its own, and a thread that a
/// call has left behind keeps that call's. Made and found on the loop's thread.
class AnswerData {
 public:
  /// A route is called: what the one before has said is not about this answer.
  static void begin(Scope& scope) {
    if (find(scope)) scope.extensions.emplace<AnswerData>();
  }
  /// Made by the first who asks.
  static AnswerData& of(Scope& scope) {
    AnswerData* data = find(scope);
    return data ? *data : scope.extensions.emplace<AnswerData>();
  }
  static AnswerData* find(const Scope& scope) noexcept {
    return scope.extensions.get<AnswerData>();
  }

  /// What is taken as Response&; its status is 0 until one sets it.
  Response& response() {
    if (!response_) response_.emplace(0);
    return *response_;
  }
  bool has_response() const noexcept { return response_.has_value(); }

  BackgroundTasks background;

 private:
  std::optional<Response> response_;
};

}  // namespace capricorn
