// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "dependency_overrides.hpp"
#include "depends.hpp"
#include "invoke.hpp"
#include "invoke_websocket.hpp"
#include "middleware/http_middleware.hpp"
#include "openapi/document_info.hpp"
#include "pattern.hpp"
#include "router.hpp"

namespace capricorn {

struct AppOptions {
  std::string title = "capricorn";
  std::string summary = {};
  std::string description = {};  // Markdown
  std::string version = "0.1.0";
  std::string openapi_url = "/openapi.json";  // "": neither the document nor its pages
  std::vector<TagInfo> openapi_tags = {};
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
  std::size_t worker_threads = 0;  // for plain handlers; 0: the server's --worker-threads, or 40
  std::size_t max_queued_jobs = 1000;  // beyond them: 503; 0: no bound
  DependencyList dependencies = {};    // of every route, before its own
  bool strict_content_type = true;     // a body without a Content-Type is no JSON
};

/// An application of typed handlers. A handler that returns `Task<T>` runs on the loop, any other
/// in the app's worker threads. It is moved while it is built and stays where it is once it serves;
/// it keeps its handlers, captures included.
class App : public Application {
 public:
  explicit App(AppOptions options = {});
  App(App&&) noexcept;
  App& operator=(App&&) noexcept;
  ~App() override;

  template <class F>
  App& get(RoutePattern<std::type_identity_t<F>> pattern, F handler, RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kGet) | method_bit(Method::kHead),
                 make_endpoint(std::move(handler)), std::move(options));
  }
  template <class F>
  App& post(RoutePattern<std::type_identity_t<F>> pattern, F handler, RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kPost), make_endpoint(std::move(handler)),
                 std::move(options));
  }
  template <class F>
  App& put(RoutePattern<std::type_identity_t<F>> pattern, F handler, RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kPut), make_endpoint(std::move(handler)),
                 std::move(options));
  }
  template <class F>
  App& patch(RoutePattern<std::type_identity_t<F>> pattern, F handler, RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kPatch), make_endpoint(std::move(handler)),
                 std::move(options));
  }
  template <class F>
  App& delete_(RoutePattern<std::type_identity_t<F>> pattern, F handler,
               RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kDelete), make_endpoint(std::move(handler)),
                 std::move(options));
  }
  template <class F>
  App& options(RoutePattern<std::type_identity_t<F>> pattern, F handler,
               RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kOptions), make_endpoint(std::move(handler)),
                 std::move(options));
  }
  template <class F>
  App& head(RoutePattern<std::type_identity_t<F>> pattern, F handler, RouteOptions options = {}) {
    return route(pattern.text(), method_bit(Method::kHead), make_endpoint(std::move(handler)),
                 std::move(options));
  }
  template <class F>
  App& api_route(RoutePattern<std::type_identity_t<F>> pattern, MethodSet methods, F handler,
                 RouteOptions options = {}) {
    return route(pattern.text(), methods, make_endpoint(std::move(handler)), std::move(options));
  }

  /// A coroutine `Task<>(WebSocket&, ...)`. A handshake that does not fit its parameters, or that
  /// no route takes, is refused with 403.
  template <class F>
  App& websocket(RoutePattern<std::type_identity_t<F>> pattern, F handler,
                 WebSocketRouteOptions options = {}) {
    return websocket_route(pattern.text(), make_websocket_endpoint(std::move(handler)),
                           std::move(options));
  }

  /// Everything below `prefix` is the application's; its `root_path` then ends with the prefix.
  template <std::derived_from<Application> A>
  App& mount(std::string_view prefix, A application) {
    return mount(prefix, std::unique_ptr<Application>(new A(std::move(application))));
  }
  App& mount(std::string_view prefix, std::unique_ptr<Application> application);

  /// Puts an `M(Application& next, arguments...)` around the application; the last one added is the
  /// outermost. Errors of handlers are answers already when they pass it. Throws RuntimeError once
  /// the application serves, and what M's constructor throws.
  template <class M, class... A>
  App& add_middleware(A&&... arguments) {
    static_assert(std::is_base_of_v<Application, M>,
                  "a middleware is a class derived from Application");
    static_assert(std::is_constructible_v<M, Application&, A&&...>,
                  "a middleware is constructed as M(Application& next, arguments...)");
    return push_middleware(
        std::unique_ptr<Application>(new M(outermost(), std::forward<A>(arguments)...)));
  }
  /// The same for a coroutine `Task<Response>(Request&, CallNext)`, which calls `next(request)`.
  template <class F>
  App& middleware(F function) {
    return add_middleware<FunctionMiddleware<F>>(std::move(function));
  }

  /// A function or a coroutine without arguments, called before the first request is taken. What it
  /// throws keeps the server from starting.
  template <class F>
  App& on_startup(F hook) {
    return add_hook(true, std::make_unique<FunctionHook<F>>(std::move(hook)));
  }
  /// Called after the last request, the last one added first.
  template <class F>
  App& on_shutdown(F hook) {
    return add_hook(false, std::make_unique<FunctionHook<F>>(std::move(hook)));
  }

  const AppOptions& app_options() const noexcept;
  /// The OpenAPI document of all routes so far, made at the first call and kept; made anew, without
  /// what was changed in it, where a route was added since. Change it before the app serves. The
  /// App keeps it. Throws std::invalid_argument where an `openapi_extra` is no JSON object.
  nlohmann::ordered_json& openapi();
  /// Other functions in the place of dependencies, for tests.
  DependencyOverrides& dependency_overrides() noexcept;

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  struct State;
  struct Innermost;
  class Hook {
   public:
    virtual ~Hook() = default;
    virtual Task<> run() = 0;
  };
  template <class F>
  class FunctionHook final : public Hook {
    static_assert(std::is_invocable_v<F&>, "a hook is a function or a coroutine without arguments");

   public:
    explicit FunctionHook(F function) : function_(std::move(function)) {}
    Task<> run() override {
      if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        function_();
        co_return;
      } else {
        co_await function_();
      }
    }

   private:
    F function_;
  };

  App& route(std::string_view pattern, MethodSet methods, std::unique_ptr<Endpoint> endpoint,
             RouteOptions options);
  App& websocket_route(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
                       WebSocketRouteOptions options);
  App& add_hook(bool startup, std::unique_ptr<Hook> hook);
  Application& outermost() const noexcept;
  App& push_middleware(std::unique_ptr<Application> middleware);
  Task<> serve(Scope& scope, Receive& receive, Send& send);
  Executor* pool();
  Executor* pool_of(const Route& route);
  Task<> lifespan(Receive& receive, Send& send);
  Task<bool> run_startup(Send& send);
  Task<> run_shutdown(Send& send);
  // What these refer to lies in the caller's frame.
  Task<> serve_route(const Route& route, Scope& scope, Receive& receive, Send& send,
                     Request& request);
  Task<> serve_resolved(const Route& route, bool& sending, Scope& scope, Receive& receive,
                        Send& send, Request& request);
  Task<Response> resolve_and_call(const Route& route, Request& request,
                                  DependencyResolution& resolution);
  static Task<Response> in_time(const Route& route, Task<Response> call);
  static Response response_to(const std::exception_ptr& failure);
  Task<> serve_websocket(const Router::Match& match, Scope& scope, Receive& receive, Send& send);
  Task<> run_websocket(const Route& route, WebSocket& socket);
  Task<> call_websocket(const Route& route, WebSocket& socket);

  std::unique_ptr<State> state_;
};

}  // namespace capricorn
