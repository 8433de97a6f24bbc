// SPDX-License-Identifier: MIT
#include "app.hpp"

#include <optional>
#include <variant>
#include <vector>

#include "../http/client_disconnect.hpp"
#include "../loop/throw_trace.hpp"
#include "debug_page.hpp"
#include "failure_text.hpp"
#include "middleware/middleware_stack.hpp"
#include "middleware/scope_url.hpp"
#include "openapi/documentation.hpp"
#include "route_call.hpp"
#include "route_path.hpp"
#include "watched_send.hpp"

namespace capricorn {

/// What the innermost middleware calls. An App may have moved since that was made, this has not.
struct App::Innermost final : Application {
  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    return app->serve(scope, receive, send);
  }
  App* app = nullptr;
};

struct App::Parts {
  struct Mounted {
    std::string prefix;
    std::string name;
    App* app;  // null: another application
  };
  explicit Parts(AppOptions given)
      : options(std::move(given)),
        documentation(options, router, webhooks),
        services({options.worker_threads ? options.worker_threads : 40, options.max_queued_jobs}) {}

  AppOptions options;
  StateMap state;
  AppLifespan lifespan;
  Router router;
  APIRouter webhooks;
  Documentation documentation;
  Innermost innermost;
  MiddlewareStack middleware;
  std::vector<Mounted> mounted;
  bool guarded = false;    // there is an answer to what nobody else answers
  RouteServices services;  // last: the jobs of its pools use the handlers
};

App::App(AppOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {
  parts_->documentation.add_routes(parts_->router);
  parts_->lifespan.set_function(parts_->options.lifespan);
  parts_->guarded = parts_->options.debug;
  if (parts_->options.debug) trace_throws();
}
App::App(App&&) noexcept = default;
App& App::operator=(App&&) noexcept = default;
App::~App() = default;

StateMap& App::state() noexcept { return parts_->state; }
const AppOptions& App::app_options() const noexcept { return parts_->options; }
std::span<const std::unique_ptr<APIRoute>> App::routes() const noexcept {
  return parts_->router.routes();
}
nlohmann::ordered_json& App::openapi() { return parts_->documentation.document(); }
APIRouter& App::webhooks() noexcept { return parts_->webhooks; }
DependencyOverrides& App::dependency_overrides() noexcept { return parts_->services.overrides; }
AppLifespan& App::lifespan() noexcept { return parts_->lifespan; }
ExceptionHandlers& App::exception_handlers() noexcept {
  return parts_->services.exception_handlers;
}

// ---------------------------------------------------------------- declarations

App& App::declare(RouteDeclaration route) {
  if (route.mounted) return mount(route.pattern, std::move(route.mounted), route.options.name);
  const AppOptions& options = parts_->options;
  apply({.dependencies = options.dependencies,
         .responses = options.responses,
         .deprecated = options.deprecated,
         .include_in_schema = options.include_in_schema},
        route);
  HandlerPool& pool = parts_->services.pools.get(route.options.pool);
  parts_->router.add(std::move(route), &pool);
  return *this;
}

App& App::declare(std::string_view pattern, MethodSet methods,
                  std::unique_ptr<RouteEndpoint> endpoint, const RouteOptions& options) {
  return declare(make_declaration(pattern, methods, std::move(endpoint), options));
}

App& App::declare(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
                  const WebSocketRouteOptions& options) {
  return declare(make_declaration(pattern, std::move(endpoint), options));
}

App& App::include_router(const APIRouter& router, const RouterOptions& options) {
  for (RouteDeclaration& route : included_routes(router, options)) declare(std::move(route));
  return *this;
}

App& App::mount(std::string_view prefix, std::shared_ptr<Application> application,
                std::string_view name) {
  auto* app = dynamic_cast<App*>(application.get());
  parts_->router.mount(prefix, std::move(application));
  parts_->mounted.push_back(
      {std::string(prefix.substr(0, prefix.find_last_not_of('/') + 1)), std::string(name), app});
  if (app) {
    parts_->services.below.push_back(&app->parts_->services);
    // One that is mounted twice is called by its first place.
    if (!app->parts_->router.is_below()) app->place_below(prefix);
  }
  return *this;
}

void App::place_below(std::string_view prefix) {
  parts_->router.place_below(prefix);
  for (const Parts::Mounted& mounted : parts_->mounted) {
    if (mounted.app) mounted.app->place_below(prefix);
  }
}

App& App::host(std::string_view pattern, std::unique_ptr<Application> application) {
  const auto* app = dynamic_cast<const App*>(application.get());
  parts_->router.host(pattern, std::move(application));
  if (app) parts_->services.below.push_back(&app->parts_->services);
  return *this;
}

App& App::register_url_convertor(std::string_view name, bool (*fits)(std::string_view segment)) {
  parts_->router.add_convertor(name, fits);
  return *this;
}

App& App::thread_pool(std::string_view name, HandlerPoolOptions options) {
  parts_->services.pools.add(name, options);
  return *this;
}

App& App::handlers_changed() {
  parts_->guarded = parts_->options.debug || exception_handlers().answers_any();
  return *this;
}

Application& App::outermost() const noexcept {
  return parts_->middleware.around(parts_->innermost);
}

App& App::push_middleware(std::unique_ptr<Application> middleware) {
  parts_->middleware.push(std::move(middleware));
  return *this;
}

std::string App::url_path_for(std::string_view name, PathParameters parameters) const {
  return url_path_for(name, PathValues(parameters.begin(), parameters.size()));
}

std::string App::url_path_for(std::string_view name, PathValues given) const {
  return named_path(name, given).path;
}

NamedPath App::named_path(std::string_view name, PathValues given) const {
  if (std::optional<NamedPath> found = find_path(name, given)) return std::move(*found);
  throw NoMatchFound(name, given);
}

std::optional<NamedPath> App::find_path(std::string_view name, PathValues values) const {
  for (const auto& route : parts_->router.routes()) {
    if (route->name() != name) continue;
    if (std::optional<std::string> path = route_path(*route, values)) {
      return NamedPath{.path = std::move(*path), .websocket = route->websocket != nullptr};
    }
  }
  for (const Parts::Mounted& mounted : parts_->mounted) {
    const std::string& own = mounted.name;
    if (!own.empty() && name == own) {
      if (std::optional<std::string> path = path_below(mounted.prefix, values)) {
        return NamedPath{.path = std::move(*path)};
      }
    }
    const bool inside = own.empty() || (name.starts_with(own) && name.substr(own.size(), 1) == ":");
    if (!mounted.app || !inside) continue;
    std::vector<PathValues::value_type> rest;
    const std::optional<std::string> prefix = prefix_path(mounted.prefix, values, rest);
    if (!prefix) continue;
    const std::string_view inner = own.empty() ? name : name.substr(own.size() + 1);
    if (std::optional<NamedPath> found = mounted.app->find_path(inner, rest)) {
      found->path.insert(0, *prefix);
      return found;
    }
  }
  return std::nullopt;
}

// ---------------------------------------------------------------- serving

namespace {

HTTPException unmatched(MethodSet allowed) {
  if (!allowed) return HTTPException(404);
  return HTTPException(405, "", {{"allow", allow_header(allowed)}});
}

/// With those of mounts and hosts around.
PathParams with_outer(const PathParams& params, const Scope& scope) {
  PathParams all = params;
  if (const auto* outer = scope.extensions.get<OuterPathParams>()) [[unlikely]] {
    all.append_outer(outer->params);
  }
  return all;
}

}  // namespace

Task<> App::operator()(Scope& scope, Receive& receive, Send& send) {
  parts_->middleware.seal();
  scope.app = this;
  if (parts_->guarded && scope.type == Scope::Type::kHttp) [[unlikely]] {
    return serve_guarded(scope, receive, send);
  }
  return enter(scope, receive, send);
}

/// From outside in.
Task<> App::enter(Scope& scope, Receive& receive, Send& send) {
  if (parts_->middleware.empty()) [[likely]]
    return serve(scope, receive, send);
  parts_->innermost.app = this;
  return outermost()(scope, receive, send);
}

/// Where debug mode or a handler answers what is the server's: it is thrown on all the same, as it
/// has to be logged, once.
Task<> App::serve_guarded(Scope& scope, Receive& receive, Send& send) {
  WatchedSend watched(send);
  std::exception_ptr failure;
  try {
    co_await enter(scope, receive, watched);
  } catch (const ClientDisconnect&) {
    throw;
  } catch (const std::exception&) {  // thrown again below
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (!watched.started()) {
    const RequestReference request(new Request(scope, receive));
    Response response;
    if (parts_->options.debug)
      response = debug_page(scope, failure);
    else
      response = co_await exception_handlers().respond_to_any(*request, failure);
    co_await response.send(scope, send);
  }
  std::rethrow_exception(failure);
}

/// Finds who answers. No coroutine: what is found here costs none.
Task<> App::serve(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kLifespan) [[unlikely]]
    return serve_lifespan(scope, receive, send);
  if (scope.raw_path == "*") [[unlikely]]
    return serve_options(scope, send);
  const std::string_view path = path_below_root(scope.path, scope.root_path);
  const bool websocket = scope.type == Scope::Type::kWebSocket;
  const Router::Match match =
      websocket ? parts_->router.match_websocket(path) : parts_->router.match(scope.method, path);
  if (parts_->router.has_hosts()) [[unlikely]] {
    const std::string netloc = netloc_of(scope);
    if (const auto* host = parts_->router.match_host(split_authority(netloc).host, match)) {
      return serve_host(*host, netloc, scope, receive, send);
    }
  }
  if (match.mount && path.size() > match.taken) [[unlikely]] {
    return serve_mount(match, path, scope, receive, send);
  }
  if (websocket) [[unlikely]]
    return serve_websocket(match, scope, receive, send);
  if (!match.route) [[unlikely]]
    return serve_unmatched(match, path, scope, receive, send);
  scope.route = match.route->full_pattern;
  if (match.route->options.max_body > 0) scope.max_body = match.route->options.max_body;
  scope.cancel_on_eof = match.route->options.cancel_on_eof;
  RequestReference request(new Request(scope, receive));
  request->set_path_params(with_outer(match.params, scope));
  request->set_strict_content_type(parts_->options.strict_content_type);
  return RouteCall::run(parts_->services, *match.route, std::move(request), receive, send);
}

/// `OPTIONS *` asks for the server as a whole (RFC 9110, 9.3.7).
Task<> App::serve_options(Scope& scope, Send& send) {
  Response response(204);
  response.headers().append("allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  co_await response.send(scope, send);
}

namespace {

/// While another application serves: what stands outside of it finds this App's place again.
struct Inside {
  Scope& scope;
  Application* app = scope.app;
  std::string_view root_path = scope.root_path;
  ~Inside() {
    scope.app = app;
    scope.root_path = root_path;
  }
};

}  // namespace

Task<> App::serve_host(const Router::Host& host, std::string netloc, Scope& scope, Receive& receive,
                       Send& send) {
  const Inside inside{scope};
  if (!host.name.empty()) {
    auto& outer =
        scope.extensions.emplace<OuterPathParams>(with_outer({}, scope), std::move(netloc));
    const std::string_view name = split_authority(outer.host).host;
    const std::size_t size = name.size() - host.before.size() - host.behind.size();
    PathParams own;
    own.append(host.name, name.substr(host.before.size(), size));
    own.append_outer(outer.params);
    outer.params = own;
  }
  co_await (*host.application)(scope, receive, send);
}

Task<> App::serve_mount(Router::Match match, std::string_view path, Scope& scope, Receive& receive,
                        Send& send) {
  const Inside inside{scope};
  if (match.params.size() > 0) {
    scope.extensions.emplace<OuterPathParams>(with_outer(match.params, scope));
  }
  const std::size_t taken = scope.path.size() - path.size() + match.taken;
  scope.route = match.mount->full_prefix;
  scope.root_path = scope.path.substr(0, taken);
  co_await (*match.mount->application)(scope, receive, send);
}

Task<> App::serve_unmatched(Router::Match match, std::string_view path, Scope& scope,
                            Receive& receive, Send& send) {
  const bool elsewhere =
      parts_->options.redirect_slashes && !match.allowed && (match.mount || has_twin(path));
  if (elsewhere) {
    Response redirect = redirect_slashes(scope);
    co_return co_await redirect.send(scope, send);
  }
  if (exception_handlers().empty()) {
    Response response = response_for(unmatched(match.allowed));
    co_return co_await response.send(scope, send);
  }
  const RequestReference request(new Request(scope, receive));
  Response response = co_await exception_handlers().respond(
      *request, std::make_exception_ptr(unmatched(match.allowed)));
  co_await response.send(scope, receive, send);
}

/// Whether a route has the path with a slash at its end, or without those that it has.
bool App::has_twin(std::string_view path) const {
  if (path.empty() || path == "/") return false;
  std::string_view twin = path;
  Buffer longer;
  if (path.ends_with('/')) {
    twin.remove_suffix(path.size() - path.find_last_not_of('/') - 1);
  } else {
    longer.append(path);
    longer.push_back('/');
    twin = longer.view();
  }
  const Router::Match match = parts_->router.match(Method::kGet, twin);
  return match.route || match.allowed || match.mount;
}

// ---------------------------------------------------------------- websockets

/// What no route takes is refused, as Starlette does.
Task<> App::serve_websocket(Router::Match match, Scope& scope, Receive& receive, Send& send) {
  const RequestReference request(new Request(scope, receive));
  WebSocket socket(*request, receive, send);
  if (!match.route) {
    co_await socket.close();
    co_return;
  }
  scope.route = match.route->full_pattern;
  const std::size_t max_message = match.route->websocket_options.max_message;
  if (max_message > 0) scope.max_message = max_message;
  request->set_path_params(with_outer(match.params, scope));
  co_await run_websocket(*match.route, socket);
}

Task<> App::run_websocket(const APIRoute& route, WebSocket& socket) {
  std::exception_ptr failure;
  try {
    co_await call_websocket(parts_->services, route, socket);
  } catch (...) {  // answered below, or thrown again
    failure = std::current_exception();
  }
  if (failure) co_await exception_handlers().respond(socket, std::move(failure));
}

// ---------------------------------------------------------------- lifespan

Task<> App::serve_lifespan(Scope& scope, Receive& receive, Send& send) {
  if (parts_->options.worker_threads == 0 && scope.worker_threads > 0) {
    parts_->services.pools.common().set_threads(scope.worker_threads);
  }
  while (true) {
    const ReceiveEvent event = co_await receive();
    const bool starts = std::holds_alternative<LifespanStartup>(event);
    std::optional<std::string> failure;
    try {
      if (starts) {
        co_await parts_->lifespan.startup(*this);
      } else {
        co_await finish_requests(parts_->services, std::get<LifespanShutdown>(event).grace);
        co_await parts_->lifespan.shutdown();
      }
    } catch (...) {  // told by the answer
      failure = failure_text();
    }
    const SendEvent answer = starts    ? failure ? SendEvent(LifespanStartupFailed{*failure})
                                                 : SendEvent(LifespanStartupComplete{})
                                : failure ? SendEvent(LifespanShutdownFailed{*failure})
                                       : SendEvent(LifespanShutdownComplete{});
    co_await send(answer);
    if (!starts || failure) co_return;
  }
}

}  // namespace capricorn
