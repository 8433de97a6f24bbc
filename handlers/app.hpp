// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "api_router.hpp"
#include "app_lifespan.hpp"
#include "dependency_overrides.hpp"
#include "depends.hpp"
#include "errors.hpp"
#include "exception_handlers.hpp"
#include "middleware/http_middleware.hpp"
#include "openapi/document_info.hpp"
#include "pattern.hpp"
#include "route_methods.hpp"
#include "route_path.hpp"
#include "router.hpp"
#include "state.hpp"
#include "thread_pools.hpp"

namespace capricorn {

struct AppOptions {
  std::string title = "capricorn";
  std::string summary = {};
  std::string description = {};  // Markdown
  std::string version = "0.1.0";
  std::string openapi_url = "/openapi.json";  // "": neither the document nor its pages
  std::vector<TagInfo> openapi_tags = {};
  ExternalDocs openapi_external_docs = {};
  std::vector<ServerInfo> servers = {};
  std::string docs_url = "/docs";    // Swagger UI; "": none
  std::string redoc_url = "/redoc";  // "": none
  std::string swagger_ui_oauth2_redirect_url = "/docs/oauth2-redirect";
  std::string swagger_ui_init_oauth = {};  // JSON text of an object, as are
  std::string swagger_ui_parameters = {};  // Swagger UI's own options
  std::string terms_of_service = {};       // a URL
  ContactInfo contact = {};
  LicenseInfo license_info = {};
  bool root_path_in_servers = true;
  bool debug = false;  // what no handler answers becomes a page that shows it: never in production
  std::size_t worker_threads = 0;  // for plain handlers; 0: the server's --worker-threads, or 40
  std::size_t max_queued_jobs = 1000;  // beyond them: 503; 0: no bound
  DependencyList dependencies = {};    // of every route, before its own
  bool strict_content_type = true;     // a body without a Content-Type is no JSON
  LifespanFunction lifespan = {};      // AsyncGenerator<> lifespan(App& app)
  bool redirect_slashes = true;  // 307 to the path with a slash at its end, or without, that exists
  // Of every route
  AdditionalResponses responses = {};
  bool deprecated = false;
  bool include_in_schema = true;
};

namespace detail {

/// Of a middleware that names its options' type: whether these arguments are such options alone.
template <class M, class... A>
inline constexpr bool are_options = false;
template <class M, class A>
  requires requires { typename M::Options; }
inline constexpr bool are_options<M, A> =
    std::is_same_v<std::remove_cvref_t<A>, typename M::Options>;

}  // namespace detail

/// An application of typed handlers. A handler that returns `Task<T>` runs on the loop, any other
/// in the app's worker threads. It is moved while it is built and stays where it is once it serves;
/// it keeps its handlers, captures included.
class App : public Application, public RouteMethods<App, RoutePattern> {
 public:
  explicit App(AppOptions options = {});
  App(App&&) noexcept;
  App& operator=(App&&) noexcept;
  ~App() override;

  /// The routes that `router` has now, behind those that were declared before; what the options say
  /// comes on top. Throws std::invalid_argument for a pattern that cannot be.
  App& include_router(const APIRouter& router, const RouterOptions& options = {});

  /// Everything below `prefix` is the application's; its `root_path` then ends with the prefix.
  /// What stands for a `{name}` of the prefix, handlers read by `Path<T, "name", FromMount{}>`.
  /// By its name `url_for` has the addresses below it: `url_for("static", {{"path", "/a.css"}})`,
  /// and of another App's routes `url_for("shop:read_item", ...)`; of one without, by theirs alone.
  /// Throws std::invalid_argument for a prefix that cannot be.
  template <std::derived_from<Application> A>
  App& mount(std::string_view prefix, A application, std::string_view name = {}) {
    return mount(prefix, std::shared_ptr<Application>(new A(std::move(application))), name);
  }
  App& mount(std::string_view prefix, std::shared_ptr<Application> application,
             std::string_view name = {});

  /// What is sent to a host is the application's, unless a route or mount that was declared before
  /// takes it: "api.example.org", or "{tenant}.example.org" for any text in that place, which
  /// handlers read by `Path<std::string, "tenant", FromMount{}>`. Case and port do not count.
  /// Starlette's Host. Throws std::invalid_argument for a pattern that cannot be.
  template <std::derived_from<Application> A>
  App& host(std::string_view pattern, A application) {
    return host(pattern, std::unique_ptr<Application>(new A(std::move(application))));
  }
  App& host(std::string_view pattern, std::unique_ptr<Application> application);

  /// A convertor for the patterns of routes that are declared later, which then are written
  /// `runtime("/reports/{day:date}")`: `fits` says whether a segment, decoded, may stand there.
  /// What it is read into is the Path<> parameter's. Throws std::invalid_argument for a name that
  /// is taken, or no word.
  App& register_url_convertor(std::string_view name, bool (*fits)(std::string_view segment));

  /// Puts an `M(Application& next, arguments...)` around the application; the last one added is the
  /// outermost. Errors of handlers are answers already when they pass it. Throws RuntimeError once
  /// the application serves, and what M's constructor throws.
  template <class M, class... A>
    requires(!detail::are_options<M, A...>)
  App& add_middleware(A&&... arguments) {
    static_assert(std::is_base_of_v<Application, M>,
                  "a middleware is a class derived from Application");
    static_assert(std::is_constructible_v<M, Application&, A&&...>,
                  "a middleware is constructed as M(Application& next, arguments...)");
    return push_middleware(
        std::unique_ptr<Application>(new M(outermost(), std::forward<A>(arguments)...)));
  }
  /// With options in braces, of an M that names their type:
  /// `add_middleware<CORSMiddleware>({.allow_origins = {"*"}})`.
  template <class M>
  App& add_middleware(typename M::Options options) {
    return push_middleware(std::unique_ptr<Application>(new M(outermost(), std::move(options))));
  }
  /// The same for a coroutine `Task<Response>(Request&, CallNext)`, which calls `next(request)`.
  template <class F>
  App& middleware(F function) {
    return add_middleware<FunctionMiddleware<F>>(std::move(function));
  }

  /// A function or a coroutine without arguments, called before the first request is taken, within
  /// the lifespan. What it throws keeps the server from starting.
  template <class F>
  App& on_startup(F hook) {
    lifespan().add_startup(std::make_unique<detail::FunctionHook<F>>(std::move(hook)));
    return *this;
  }
  /// Called after the last request, the last one added first.
  template <class F>
  App& on_shutdown(F hook) {
    lifespan().add_shutdown(std::make_unique<detail::FunctionHook<F>>(std::move(hook)));
    return *this;
  }
  /// Calls `function` each `interval` while the application serves, first one interval behind its
  /// start, or behind this call where it serves already; never twice at a time. A coroutine runs on
  /// the loop, a plain function in a thread; what it throws is logged. Loop's thread.
  template <class F>
  App& every(Duration interval, F function) {
    lifespan().add_periodic(interval,
                            std::make_unique<detail::PeriodicHook<F>>(std::move(function)));
    return *this;
  }

  /// Answers what a handler or a dependency throws, by its class or one of its bases: the most
  /// derived of those that have a handler. `function(Request&, const E&)` gives a Response or a
  /// Task<Response>, and runs on the loop. That of std::exception answers what nobody else does; as
  /// an error of the server's it is logged all the same.
  ///
  /// `function(WebSocket&, const E&)` is a coroutine Task<> for what websockets' routes throw:
  /// it closes the websocket, or it is closed with 1000. Where there is none of its class, one of
  /// requests answers a handshake that is not accepted yet.
  template <class E, class F>
  App& exception_handler(F function) {
    exception_handlers().add<E>(std::move(function));
    return handlers_changed();
  }
  /// Answers an HTTPException of that status, also the application's own 404 and 405; 500 also what
  /// nobody else answers, where it takes a std::exception.
  template <class F>
  App& exception_handler(int status, F function) {
    constexpr bool kAny = std::is_invocable_v<F&, Request&, const std::exception&> ||
                          std::is_invocable_v<F&, WebSocket&, const std::exception&>;
    using E = std::conditional_t<kAny, std::exception, HTTPException>;
    exception_handlers().add<E>(status, std::move(function));
    return handlers_changed();
  }

  ExceptionHandlers& exception_handlers() noexcept;

  /// Threads of their own for the plain functions of routes with `.pool = name`, which are declared
  /// later. Throws std::invalid_argument where there are some of that name.
  App& thread_pool(std::string_view name, HandlerPoolOptions options = {});

  using PathParameters = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  /// The path of the route of that name, or below the mount of that name, with these values in it,
  /// percent-encoded. Throws NoMatchFound where none has that name and exactly these parameters.
  std::string url_path_for(std::string_view name, PathParameters parameters = {}) const;
  std::string url_path_for(std::string_view name, PathValues parameters) const;
  /// The same, and what it is the path of.
  NamedPath named_path(std::string_view name, PathValues parameters) const;

  /// What the application keeps for its handlers.
  StateMap& state() noexcept;
  const AppOptions& app_options() const noexcept;
  /// In the order of their declaration.
  std::span<const std::unique_ptr<APIRoute>> routes() const noexcept;
  /// The OpenAPI document of all routes so far, made at the first call and kept; made anew, without
  /// what was changed in it, where a route was added since. Change it before the app serves. The
  /// App keeps it. Throws std::invalid_argument where an `openapi_extra` is no JSON object.
  nlohmann::ordered_json& openapi();
  /// Requests that the application sends to those who asked for them: described in the document
  /// like routes, `app.webhooks().post("/new-order", [](Body<Order>) -> Task<> { co_return; })`,
  /// and served by nobody.
  APIRouter& webhooks() noexcept;
  /// Other functions in the place of dependencies, for tests.
  DependencyOverrides& dependency_overrides() noexcept;

  // For RouteMethods
  App& declare(RouteDeclaration route);
  App& declare(std::string_view pattern, MethodSet methods, std::unique_ptr<RouteEndpoint> endpoint,
               const RouteOptions& options);
  App& declare(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
               const WebSocketRouteOptions& options);

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;
  std::optional<std::size_t> route_count() const override { return routes().size(); }

 private:
  struct Parts;
  struct Innermost;

  std::optional<NamedPath> find_path(std::string_view name, PathValues values) const;
  Application& outermost() const noexcept;
  App& push_middleware(std::unique_ptr<Application> middleware);
  CAPRICORN_CORO_WRAPPER Task<> serve(Scope& scope, Receive& receive, Send& send);
  AppLifespan& lifespan() noexcept;
  App& handlers_changed();
  void place_below(std::string_view prefix);
  CAPRICORN_CORO_WRAPPER Task<> enter(Scope& scope, Receive& receive, Send& send);
  Task<> serve_guarded(Scope& scope, Receive& receive, Send& send);
  Task<> serve_lifespan(Scope& scope, Receive& receive, Send& send);
  Task<> serve_options(Scope& scope, Send& send);
  Task<> serve_mount(Router::Match match, std::string_view path, Scope& scope, Receive& receive,
                     Send& send);
  Task<> serve_host(const Router::Host& host, std::string netloc, Scope& scope, Receive& receive,
                    Send& send);
  Task<> serve_unmatched(Router::Match match, std::string_view path, Scope& scope, Receive& receive,
                         Send& send);
  bool has_twin(std::string_view path) const;
  Task<> serve_websocket(Router::Match match, Scope& scope, Receive& receive, Send& send);
  Task<> run_websocket(const APIRoute& route, WebSocket& socket);

  std::unique_ptr<Parts> parts_;
};

}  // namespace capricorn
