// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <optional>
#include <vector>

#include "../http/application.hpp"
#include "dependency_overrides.hpp"
#include "dependency_resolution.hpp"
#include "exception_handlers.hpp"
#include "request.hpp"
#include "response.hpp"
#include "router.hpp"
#include "tail.hpp"
#include "thread_pools.hpp"

namespace capricorn {

/// What an application has for its routes.
struct RouteServices {
  explicit RouteServices(HandlerPoolOptions common) : pools(common) {}

  DependencyOverrides overrides;
  ExceptionHandlers exception_handlers;
  ThreadPools pools;
  Tails tails;                              // background tasks, and what is behind a co_yield
  std::vector<const RouteServices*> below;  // of the applications that are mounted
};

/// One request's way through its route, from its parameters to what comes behind its answer.
class RouteCall {
 public:
  /// What the references name outlives the task.
  static Task<> run(RouteServices& services, const APIRoute& route, RequestReference request,
                    Receive& receive, Send& send);

 private:
  RouteCall(RouteServices& services, const APIRoute& route, Request& request, Receive& receive,
            Send& send) noexcept
      : services_(services), route_(route), request_(request), receive_(receive), send_(send) {}
  RouteCall(const RouteCall&) = delete;

  Executor* executor() const;
  Task<> load_form();
  Task<> run_shaped();
  Task<> run_behind(bool answered, DependencyResolution* resolution, std::exception_ptr& failure);
  Task<Response> call(DependencyResolution* resolution);
  Task<Response> call_resolved(DependencyResolution* resolution);
  void finish(Response& response) const;
  Task<> send_error(std::exception_ptr failure);
  Task<> end_children();

  RouteServices& services_;
  const APIRoute& route_;
  Request& request_;
  Receive& receive_;
  Send& send_;
};

/// At the application's end: waits for what goes on behind answers, and cancels what is left after
/// `grace`, if that is set. Plain functions whose requests were cancelled, or had no time left, are
/// waited for however long they take: no thread can be ended, and what they use is there until
/// then.
Task<> finish_requests(RouteServices& services, std::optional<Duration> grace);

/// The same for a websocket, whose handler it ends with.
Task<> call_websocket(RouteServices& services, const APIRoute& route, WebSocket& socket);

}  // namespace capricorn
