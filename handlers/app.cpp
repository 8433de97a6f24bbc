// SPDX-License-Identifier: MIT
#include "app.hpp"

#include <optional>
#include <variant>
#include <vector>

#include "../loop/thread_pool_executor.hpp"
#include "../loop/timeout.hpp"
#include "middleware/middleware_stack.hpp"
#include "openapi/documentation.hpp"

namespace capricorn {

/// What the innermost middleware calls. An App may have moved since that was made, this has not.
struct App::Innermost final : Application {
  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    return app->serve(scope, receive, send);
  }
  App* app = nullptr;
};

struct App::State {
  explicit State(AppOptions given) : options(std::move(given)), documentation(options, router) {}

  AppOptions options;
  Router router;
  Documentation documentation;
  DependencyOverrides overrides;
  std::vector<std::unique_ptr<Hook>> startup;
  std::vector<std::unique_ptr<Hook>> shutdown;
  Innermost innermost;
  MiddlewareStack middleware;
  std::unique_ptr<ThreadPoolExecutor> pool;  // last: its jobs use the handlers
};

App::App(AppOptions options) : state_(std::make_unique<State>(std::move(options))) {
  state_->documentation.add_routes(state_->router);
}
App::App(App&&) noexcept = default;
App& App::operator=(App&&) noexcept = default;
App::~App() = default;

const AppOptions& App::app_options() const noexcept { return state_->options; }
nlohmann::ordered_json& App::openapi() { return state_->documentation.document(); }
DependencyOverrides& App::dependency_overrides() noexcept { return state_->overrides; }

namespace {

void prepend(DependencyList& list, const DependencyList& before) {
  list.insert(list.begin(), before.begin(), before.end());
}

}  // namespace

App& App::route(std::string_view pattern, MethodSet methods, std::unique_ptr<Endpoint> endpoint,
                RouteOptions options) {
  prepend(options.dependencies, state_->options.dependencies);
  state_->router.add(pattern, methods, std::move(endpoint), std::move(options));
  return *this;
}

App& App::websocket_route(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
                          WebSocketRouteOptions options) {
  prepend(options.dependencies, state_->options.dependencies);
  state_->router.add_websocket(pattern, std::move(endpoint), std::move(options));
  return *this;
}

App& App::mount(std::string_view prefix, std::unique_ptr<Application> application) {
  state_->router.mount(prefix, std::move(application));
  return *this;
}

App& App::add_hook(bool startup, std::unique_ptr<Hook> hook) {
  (startup ? state_->startup : state_->shutdown).push_back(std::move(hook));
  return *this;
}

Application& App::outermost() const noexcept {
  return state_->middleware.around(state_->innermost);
}

App& App::push_middleware(std::unique_ptr<Application> middleware) {
  state_->middleware.push(std::move(middleware));
  return *this;
}

/// Null where nothing of the route runs there.
Executor* App::pool_of(const Route& route) {
  const bool plain =
      route.endpoint->is_plain() ||
      (route.dependencies && route.dependencies->plan(state_->overrides)->has_plain());
  return plain ? pool() : nullptr;
}

Executor* App::pool() {
  if (!state_->pool) {
    const std::size_t threads = state_->options.worker_threads;
    state_->pool = std::make_unique<ThreadPoolExecutor>(
        ThreadPoolOptions{threads ? threads : 40, state_->options.max_queued_jobs, "handlers"});
  }
  return state_->pool.get();
}

namespace {

// The path below what a proxy or a mount took off already.
std::string_view route_path(const Scope& scope) {
  std::string_view path = scope.path;
  if (!path.starts_with(scope.root_path)) return path;
  const std::string_view rest = path.substr(scope.root_path.size());
  return rest.empty() || rest.front() == '/' ? rest : path;
}

Response not_allowed(MethodSet allowed) {
  Response response = error_response(405, "Method Not Allowed");
  response.headers().append("allow", allow_header(allowed));
  return response;
}

/// `OPTIONS *` asks for the server as a whole (RFC 9110, 9.3.7).
Response server_options() {
  Response response(204);
  response.headers().append("allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  return response;
}

Response too_busy() {
  Response response = error_response(503, "Service Unavailable");
  response.headers().append("retry-after", "1");
  return response;
}

}  // namespace

Task<> App::operator()(Scope& scope, Receive& receive, Send& send) {
  state_->middleware.seal();
  if (state_->middleware.empty()) return serve(scope, receive, send);
  state_->innermost.app = this;
  return outermost()(scope, receive, send);
}

Task<> App::serve(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kLifespan) {
    std::size_t& threads = state_->options.worker_threads;
    if (threads == 0) threads = scope.worker_threads;
    co_await lifespan(receive, send);
    co_return;
  }
  if (scope.raw_path == "*") {
    Response all = server_options();
    co_return co_await all.send(scope, send);
  }
  const std::string_view path = route_path(scope);
  const bool websocket = scope.type == Scope::Type::kWebSocket;
  const Router::Match match =
      websocket ? state_->router.match_websocket(path) : state_->router.match(scope.method, path);
  if (match.mount && path.size() > match.mount->prefix.size()) {
    const std::size_t taken = scope.path.size() - path.size() + match.mount->prefix.size();
    scope.route = match.mount->prefix;
    scope.root_path = scope.path.substr(0, taken);
    co_await (*match.mount->application)(scope, receive, send);
    co_return;
  }
  if (websocket) {
    co_await serve_websocket(match, scope, receive, send);
    co_return;
  }
  if (match.route) {
    scope.route = match.route->pattern;
    if (match.route->options.max_body > 0) scope.max_body = match.route->options.max_body;
    scope.cancel_on_eof = match.route->options.cancel_on_eof;
    const RequestReference request(new Request(scope, receive));
    request->set_path_params(match.params);
    request->set_strict_content_type(state_->options.strict_content_type);
    co_return co_await serve_route(*match.route, scope, receive, send, *request);
  }
  Response response = match.mount     ? redirect_slashes(scope)
                      : match.allowed ? not_allowed(match.allowed)
                                      : error_response(404, "Not Found");
  co_await response.send(scope, send);
}

/// What no route takes is refused, as Starlette does.
Task<> App::serve_websocket(const Router::Match& match, Scope& scope, Receive& receive,
                            Send& send) {
  const RequestReference request(new Request(scope, receive));
  WebSocket socket(*request, receive, send);
  if (!match.route) {
    co_await socket.close();
    co_return;
  }
  scope.route = match.route->pattern;
  const std::size_t max_message = match.route->websocket_options.max_message;
  if (max_message > 0) scope.max_message = max_message;
  request->set_path_params(match.params);
  co_await run_websocket(*match.route, socket);
}

Task<> App::call_websocket(const Route& route, WebSocket& socket) {
  if (!route.dependencies) co_return co_await (*route.websocket)(socket, nullptr);
  const auto resolution = DependencyResolution::begin(route.dependencies->plan(state_->overrides),
                                                      socket.request(), &socket);
  std::exception_ptr failure;
  try {
    co_await resolution->resolve(pool(), false);
    co_await (*route.websocket)(socket, resolution.get());
  } catch (...) {  // thrown again below
    failure = std::current_exception();
  }
  co_await resolution->leave(DependencyScope::kFunction, failure);
  co_await resolution->leave(DependencyScope::kRequest, failure);
  if (failure) std::rethrow_exception(failure);
}

/// What is no way to end it goes on to the server, which closes it with 1011.
Task<> App::run_websocket(const Route& route, WebSocket& socket) {
  std::optional<WebSocketException> end;
  std::optional<Response> denial;
  try {
    co_await call_websocket(route, socket);
  } catch (const WebSocketDisconnect&) {  // it sent to a client that is gone
  } catch (const WebSocketException& exception) {
    end = exception;
  } catch (const RequestValidationError&) {
    end.emplace(1008);
  } catch (const HTTPException& exception) {
    if (socket.application_state() != WebSocketState::kConnecting) throw;
    denial = response_for(exception);
  }
  if (denial) co_await socket.send_denial_response(std::move(*denial));
  if (end && socket.application_state() != WebSocketState::kDisconnected) {
    co_await socket.close(end->code(), end->reason());
  }
}

Task<> App::serve_route(const Route& route, Scope& scope, Receive& receive, Send& send,
                        Request& request) {
  std::optional<Response> response;
  std::exception_ptr failure;
  bool sending = false;
  try {
    if (route.dependencies) {
      co_await serve_resolved(route, sending, scope, receive, send, request);
      co_return;
    }
    Task<Response> call = (*route.endpoint)(request, pool_of(route), nullptr);
    if (route.options.timeout == Duration::zero())
      response = co_await std::move(call);
    else
      response = co_await in_time(route, std::move(call));
  } catch (...) {  // answered, or thrown again
    failure = std::current_exception();
  }
  if (failure && sending) std::rethrow_exception(failure);
  if (failure) response = response_to(failure);
  co_await response->send(scope, receive, send);
}

/// What is thrown is thrown at each co_yield on the way out; what comes out of the last is the
/// request's. `sending` says whether an answer has begun.
Task<> App::serve_resolved(const Route& route, bool& sending, Scope& scope, Receive& receive,
                           Send& send, Request& request) {
  const auto resolution =
      DependencyResolution::begin(route.dependencies->plan(state_->overrides), request, nullptr);
  std::optional<Response> response;
  std::exception_ptr failure;
  try {
    response = co_await in_time(route, resolve_and_call(route, request, *resolution.get()));
  } catch (...) {  // thrown again below
    failure = std::current_exception();
  }
  co_await resolution->leave(DependencyScope::kFunction, failure);
  sending = response && !failure;
  if (sending) {
    try {
      co_await response->send(scope, receive, send);
    } catch (...) {  // thrown again below
      failure = std::current_exception();
    }
  }
  co_await resolution->leave(DependencyScope::kRequest, failure);
  if (failure) std::rethrow_exception(failure);
  if (!sending) {
    throw RuntimeError("a dependency has caught the request's error and not thrown it again");
  }
}

/// As in FastAPI the body is read first.
Task<Response> App::resolve_and_call(const Route& route, Request& request,
                                     DependencyResolution& resolution) {
  const Endpoint::Properties& properties = route.endpoint->properties();
  if (properties.reads_body) co_await request.body();
  if (properties.reads_form) co_await request.form();
  Executor* const executor = pool_of(route);
  co_await resolution.resolve(executor, properties.plain);
  co_return co_await (*route.endpoint)(request, executor, &resolution);
}

/// Within the route's time, or 504.
Task<Response> App::in_time(const Route& route, Task<Response> call) {
  if (route.options.timeout == Duration::zero()) co_return co_await std::move(call);
  try {
    co_return co_await timeout(route.options.timeout, std::move(call));
  } catch (const TimeoutError&) {
    throw HTTPException(504);
  }
}

// CancelledError passes, and what is no answer of the handler's goes on to the server.
Response App::response_to(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const HTTPException& exception) {
    return response_for(exception);
  } catch (const RequestValidationError& error) {
    return response_for(error.errors());
  } catch (const QueueFull&) {
    return too_busy();
  } catch (const ClientDisconnect&) {
    return Response(499);  // nobody reads it; nginx's number
  }
}

Task<> App::lifespan(Receive& receive, Send& send) {
  while (true) {
    const ReceiveEvent event = co_await receive();
    if (std::holds_alternative<LifespanStartup>(event)) {
      const bool started = co_await run_startup(send);
      if (!started) co_return;
    } else {
      co_await run_shutdown(send);
      co_return;
    }
  }
}

Task<bool> App::run_startup(Send& send) {
  std::optional<std::string> failure;
  try {
    for (const auto& hook : state_->startup) co_await hook->run();
  } catch (const std::exception& exception) {
    failure = exception.what();
  }
  const SendEvent event =
      failure ? SendEvent(LifespanStartupFailed{*failure}) : LifespanStartupComplete{};
  co_await send(event);
  co_return !failure;
}

Task<> App::run_shutdown(Send& send) {
  std::optional<std::string> failure;
  for (auto hook = state_->shutdown.rbegin(); hook != state_->shutdown.rend(); ++hook) {
    try {
      co_await (*hook)->run();
    } catch (const std::exception& exception) {
      if (!failure) failure = exception.what();
    }
  }
  const SendEvent event =
      failure ? SendEvent(LifespanShutdownFailed{*failure}) : LifespanShutdownComplete{};
  co_await send(event);
}

}  // namespace capricorn
