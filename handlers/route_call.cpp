// SPDX-License-Identifier: MIT
#include "route_call.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include "../loop/log.hpp"
#include "../loop/loop.hpp"
#include "../loop/sleep.hpp"
#include "../loop/timeout.hpp"
#include "../loop/wait.hpp"
#include "errors.hpp"
#include "request_data.hpp"
#include "response_model.hpp"

namespace capricorn {
namespace {

/// Null where nothing of the route runs in a pool.
Executor* executor_of(RouteServices& services, const APIRoute& route, bool plain_handler) {
  const bool plain =
      plain_handler || (route.resolved && route.resolved->plan(services.overrides)->has_plain());
  return plain ? &route.pool->executor() : nullptr;
}

DependencyResolution::Reference begin(RouteServices& services, const APIRoute& route,
                                      Request& request, WebSocket* socket) {
  if (!route.resolved) return {};
  return DependencyResolution::begin(route.resolved->plan(services.overrides), request, socket);
}

}  // namespace

Executor* RouteCall::executor() const {
  return executor_of(services_, route_, route_.endpoint->is_plain());
}

// ---------------------------------------------------------------- the short way

/// Lies with its request in one frame.
Task<> RouteCall::run(RouteServices& services, const APIRoute& route, RequestReference request,
                      Receive& receive, Send& send) {
  RouteCall call(services, route, *request, receive, send);
  if (!route.simple) [[unlikely]]
    co_return co_await call.run_shaped();
  std::optional<Response> response;
  std::exception_ptr failure;
  const RouteEndpoint::Properties& properties = route.endpoint->properties();
  try {
    if (properties.reads_body) co_await request->body();
    if (properties.reads_form) co_await call.load_form();
    if (properties.bodies.size() > 1) request->set_embeds_bodies(true);
    response.emplace(co_await (*route.endpoint)(*request, call.executor(), nullptr));
  } catch (...) {  // answered, or thrown again
    failure = std::current_exception();
  }
  try {
    if (response && response->is_whole()) [[likely]] {
      const SendEvent whole = response->whole();  // not by a coroutine of the response's
      co_await send(whole);
    } else if (response) {
      co_await response->send(request->scope(), receive, send);
    }
  } catch (...) {  // thrown again, behind the end of the request's tasks
    failure = std::current_exception();
  }
  if (RequestData::find(request->scope())) co_await call.end_children();
  if (failure) [[unlikely]] {
    if (response) std::rethrow_exception(failure);
    co_await call.send_error(failure);
  }
}

/// And of its files those whose bytes the handler takes.
Task<> RouteCall::load_form() {
  const std::span<const std::string_view> files = route_.endpoint->properties().files;
  const FormData& form = co_await request_.form();
  if (!files.empty()) co_await detail::load_files(form, files);
}

Task<> RouteCall::send_error(std::exception_ptr failure) {
  Response response = co_await services_.exception_handlers.respond(request_, std::move(failure));
  co_await response.send(request_.scope(), receive_, send_);
}

/// A request's tasks end with it.
Task<> RouteCall::end_children() {
  std::vector<AnyTask> children = std::move(RequestData::of(request_.scope()).children);
  std::erase_if(children, [](const AnyTask& child) { return child.done(); });
  for (AnyTask& child : children) child.cancel("the request has ended");
  co_await wait_until_done(std::move(children));
}

// ---------------------------------------------------------------- with all that a route may have

/// What is thrown is thrown at each co_yield on the way out; what comes out of the last is the
/// request's.
Task<> RouteCall::run_shaped() {
  Scope& scope = request_.scope();
  std::optional<Response> response;
  std::exception_ptr failure;
  AnswerData::begin(scope);
  const auto resolution = begin(services_, route_, request_, nullptr);
  try {
    response = co_await call(resolution.get());
  } catch (...) {  // answered below, or thrown again
    failure = std::current_exception();
  }
  if (resolution) co_await resolution->leave(DependencyScope::kFunction, failure);
  const bool answered = response && !failure;
  if (answered) {
    try {
      co_await response->send(scope, receive_, send_);
    } catch (...) {  // thrown again below
      failure = std::current_exception();
    }
  }
  co_await run_behind(answered, resolution.get(), failure);
  if (failure && answered) std::rethrow_exception(failure);
  if (failure) co_return co_await send_error(failure);
  if (!answered) {
    throw RuntimeError("a dependency has caught the request's error and not thrown it again");
  }
}

/// Background tasks, then the dependencies that they may still use.
Task<> RouteCall::run_behind(bool answered, DependencyResolution* resolution,
                             std::exception_ptr& failure) {
  const bool has_data = RequestData::find(request_.scope()) != nullptr;
  AnswerData* const said = AnswerData::find(request_.scope());
  if (!has_data && !said && !resolution) co_return;
  Tail tail(services_.tails);
  try {
    if (has_data) co_await end_children();
    const bool goes_on = said && answered && !failure && !said->background.empty();
    if (goes_on) co_await said->background.run(&route_.pool->executor());
  } catch (...) {  // the caller throws it again
    failure = std::current_exception();
  }
  if (resolution) co_await resolution->leave(DependencyScope::kRequest, failure);
}

/// Within the route's time, or 504. A TimeoutError of the handler's own is a failure as any other.
Task<Response> RouteCall::call(DependencyResolution* resolution) {
  if (route_.options.timeout == Duration::zero()) co_return co_await call_resolved(resolution);
  bool in_time = false;
  try {
    co_return co_await timeout(route_.options.timeout, [&](Timeout& deadline) -> Task<Response> {
      try {
        co_return co_await call_resolved(resolution);
      } catch (const TimeoutError&) {
        in_time = !deadline.expired();
        throw;
      }
    });
  } catch (const TimeoutError&) {
    if (in_time) throw;
    throw HTTPException(504);
  }
}

/// As in FastAPI the body is read first.
Task<Response> RouteCall::call_resolved(DependencyResolution* resolution) {
  const RouteEndpoint::Properties& properties = route_.endpoint->properties();
  Executor* const pool = executor();
  if (properties.reads_body) co_await request_.body();
  if (properties.reads_form) co_await load_form();
  if (properties.bodies.size() > 1) request_.set_embeds_bodies(true);
  if (resolution) {
    if (resolution->plan().embeds_bodies()) request_.set_embeds_bodies(true);
    co_await resolution->resolve(pool, properties.plain);
  }
  Response response = co_await (*route_.endpoint)(request_, pool, resolution);
  if (resolution && !resolution->errors().empty()) {
    // What is left of the dependencies comes first: it may refuse the request for another reason.
    co_await resolution->resolve_tail(pool);
    throw RequestValidationError(std::move(resolution->errors()));
  }
  if (!properties.returns_response && !request_.refused()) finish(response);
  co_return response;
}

/// What the route and the handler's Response& say of the answer to a value.
void RouteCall::finish(Response& response) const {
  shape_response(route_.options, route_.endpoint->properties().result, response);
  AnswerData* const said = AnswerData::find(request_.scope());
  if (said && said->has_response()) {
    const Response& joined = said->response();
    if (joined.status() != 0) response.set_status(joined.status());
    for (const Headers::Field field : joined.headers()) {
      if (field.id == HeaderId::kContentType)
        response.headers().set(field.name, field.value);
      else
        response.headers().append(field.name, field.value);
    }
  }
  if (!is_body_allowed(response.status())) drop_body(response);
}

namespace {

constexpr Duration kLook = std::chrono::milliseconds(10);
constexpr Duration kMoment = std::chrono::milliseconds(100);
constexpr Duration kLeast = std::chrono::seconds(1);  // for those who had to wait for a thread

Task<> end_tails(Tails& tails, std::optional<Duration> grace) {
  if (tails.empty()) co_return;
  co_await wait_until_done(tasks_of(tails), grace);
  std::vector<AnyTask> left = tasks_of(tails);
  for (AnyTask& task : left) task.cancel("the application ends");
  co_await wait_until_done(std::move(left));
}

std::size_t job_count(const RouteServices& services) {
  std::size_t count = services.pools.job_count();
  for (const RouteServices* mounted : services.below) count += job_count(*mounted);
  return count;
}

/// No thread can be ended. One that has just answered is at its job for a moment longer.
Task<> end_jobs(const RouteServices& services) {
  const auto tell_at = std::chrono::steady_clock::now() + kMoment;
  bool told = false;
  while (const std::size_t jobs = job_count(services)) {
    if (!told && std::chrono::steady_clock::now() > tell_at) {
      log(LogLevel::kWarning, "Waiting for " + std::to_string(jobs) +
                                  (jobs == 1 ? " plain function" : " plain functions") +
                                  " of requests that are over. (CTRL+C to force quit)");
      told = true;
    }
    co_await sleep(kLook);
  }
}

}  // namespace

Task<> finish_requests(RouteServices& services, std::optional<Duration> grace) {
  co_await end_tails(services.tails, grace);
  co_await end_jobs(services);
  for (int pass = 0; pass < 3; ++pass) co_await sleep(Duration::zero());  // the last one comes back
  co_await end_tails(late_leaves(), grace ? std::optional(std::max(*grace, kLeast)) : grace);
}

// ---------------------------------------------------------------- websockets

Task<> call_websocket(RouteServices& services, const APIRoute& route, WebSocket& socket) {
  if (!route.resolved) co_return co_await (*route.websocket)(socket, nullptr);
  const auto resolution = begin(services, route, socket.request(), &socket);
  std::exception_ptr failure;
  try {
    co_await resolution->resolve(executor_of(services, route, false), false);
    co_await (*route.websocket)(socket, resolution.get());
  } catch (...) {  // thrown again below
    failure = std::current_exception();
  }
  co_await resolution->leave(DependencyScope::kFunction, failure);
  co_await resolution->leave(DependencyScope::kRequest, failure);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace capricorn
