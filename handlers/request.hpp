// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "../http/application.hpp"
#include "../http/client_disconnect.hpp"
#include "../http/cookie.hpp"
#include "../http/trace_context.hpp"
#include "../http/url.hpp"
#include "../loop/async_generator.hpp"
#include "../loop/buffer.hpp"
#include "../loop/frame_pool.hpp"
#include "../loop/loop.hpp"
#include "../loop/task.hpp"
#include "../loop/task_handle.hpp"
#include "form_data.hpp"
#include "lazy_value.hpp"
#include "route_path.hpp"

namespace capricorn {

class App;
class BaseUser;
class CookieSession;
class StateMap;
struct AuthCredentials;

struct ClientAddress {
  std::string_view host;
  int port = 0;
};

struct PathParam {
  std::string_view name;
  std::string_view value;
};
inline constexpr std::size_t kMaxPathParams = 8;

/// The values that the router found, in the pattern's order, and then those of the mounts and hosts
/// around it. They live as long as the scope.
class PathParams {
 public:
  PathParams() noexcept {}
  PathParams(const PathParams& other) noexcept { *this = other; }
  PathParams& operator=(const PathParams& other) noexcept {
    count_ = other.count_;
    if (count_ > 0) std::memcpy(params_, other.params_, count_ * sizeof(PathParam));
    return *this;
  }

  void append(std::string_view name, std::string_view value) { params_[count_++] = {name, value}; }
  std::optional<std::string_view> get(std::string_view name) const noexcept {
    for (const PathParam& param : *this) {
      if (param.name == name) return param.value;
    }
    return std::nullopt;
  }
  /// Adds those of a mount or host around, unless there is one of that name. Throws RuntimeError
  /// for more than kMaxPathParams.
  void append_outer(const PathParams& outer);
  std::size_t size() const noexcept { return count_; }
  const PathParam* begin() const noexcept { return params_; }
  const PathParam* end() const noexcept { return params_ + count_; }

 private:
  union {  // only those that count are ever written
    PathParam params_[kMaxPathParams];
  };
  std::size_t count_ = 0;
};

/// What mounts and hosts have found in their patterns for the application that they lead to: one of
/// the scope's extensions.
struct OuterPathParams {
  PathParams params;
  std::string host;  // that a value of a host's is a part of
};

/// One request as a handler sees it. It holds a reference on the server's cycle, so that all views
/// stay valid while it lives; a plain handler's job keeps it alive beyond a cancelled coroutine,
/// and may look at it while the loop answers 504: what came with the head, query parameters and
/// cookies too, is for any thread.
class Request {
 public:
  Request(Scope& scope, Receive& receive) noexcept;
  Request(const Request&) = delete;  // a handler takes it as Request&
  Request& operator=(const Request&) = delete;

  std::string_view method() const noexcept { return scope_->method_name; }
  /// Percent-decoded, and as ASGI has it: it begins with `root_path`.
  std::string_view path() const noexcept { return scope_->path; }
  /// The prefix that a proxy or a mount has taken for the application that this request is of.
  std::string_view root_path() const noexcept { return root_path_; }
  /// The path as routes see it, for whoever compares it with one: Starlette's get_route_path.
  std::string_view path_below_root() const noexcept;
  std::string_view query_string() const noexcept { return scope_->query_string; }
  const Headers& headers() const noexcept { return scope_->headers; }
  const QueryParams& query_params();
  const PathParams& path_params() const noexcept { return path_params_; }
  const Cookies& cookies();
  /// Throws RuntimeError where no SessionMiddleware stands around the application.
  CookieSession& session();
  // Who asks, and what they may do. Throw RuntimeError where no AuthenticationMiddleware stands
  // around the application. They live as long as the scope.
  const BaseUser& user() const;
  const AuthCredentials& auth() const;
  /// Throws RuntimeError where the user is of another class.
  template <class U>
  const U& user() const {
    if (const auto* asked_for = dynamic_cast<const U*>(&user())) return *asked_for;
    throw_other_user();
  }
  /// What a RequestIdMiddleware gave it; "" without one.
  std::string_view request_id() const noexcept { return scope_->request_id; }
  /// The trace it belongs to (`traceparent`), to be passed on by calls that it makes:
  /// `request.trace()->child().traceparent()`. Nothing where the caller named none, unless the
  /// server's log asks for one: then a new one is made.
  std::optional<TraceContext> trace() const noexcept;
  /// Of the last event that an EventSource got before it came again.
  std::optional<std::string_view> last_event_id() const noexcept {
    return headers().get("last-event-id");
  }
  ClientAddress client() const noexcept { return {scope_->client_host, scope_->client_port}; }
  Scope& scope() const noexcept { return *scope_; }

  /// The whole body, read once and kept; throws ClientDisconnect, and std::runtime_error ("Stream
  /// consumed") where it was streamed before. On the loop only.
  Task<std::string_view> body();
  /// Throws nlohmann::json::parse_error where the body is no JSON, is deeper than 128 levels, or
  /// has an integer that does not fit into 64 bits.
  Task<nlohmann::json> json();
  /// The body as a form (multipart/form-data or application/x-www-form-urlencoded), read while it
  /// comes, once, and kept with its files until the request ends; empty where it is no form. In
  /// place of `body`. Throws HTTPException (400) and ClientDisconnect. On the loop only.
  Task<FormData&> form(FormLimits limits = {});
  /// The body in pieces as it arrives, once; the whole in one where `body` has read it. A piece
  /// lives until the next. While nobody asks for more, the client is kept from sending. The request
  /// outlives the generator.
  AsyncGenerator<std::string_view> stream();
  /// The next piece of `stream`, nothing at its end.
  Task<std::optional<std::string_view>> next_chunk();
  /// The fields that came behind a chunked body, once it has been read to its end; nullptr where
  /// none came.
  const Headers* trailers() const noexcept { return trailers_; }
  /// Whether the client left, or sends no more (FIN), as far as the loop has heard. Who sends FIN
  /// behind its request may still read: a handler that does not ask answers it.
  ValueTask<bool> is_disconnected() const noexcept;
  /// Whether `body` has read it; else whether `stream` or `form` has begun to.
  bool body_loaded() const noexcept { return body_loaded_; }
  bool stream_consumed() const noexcept { return stream_consumed_; }
  /// The body where it has been read: a plain handler finds it complete.
  std::string_view loaded_body() const noexcept { return body_.view(); }
  /// The form where it has been read, as it is for a handler with Form<> parameters; else null.
  const FormData* loaded_form() const noexcept { return form_ ? &*form_ : nullptr; }

  /// Whether each Body<> is a member of the JSON object, by its name: where a request is for
  /// several.
  bool embeds_bodies() const noexcept { return embeds_bodies_; }
  void set_embeds_bodies(bool embeds) noexcept { embeds_bodies_ = embeds; }
  /// Whether the answer tells what is wrong with the request: the handler was not called.
  bool refused() const noexcept { return refused_; }
  void set_refused() noexcept { refused_ = true; }
  /// Whether a body without a Content-Type is no JSON, as in FastAPI.
  bool strict_content_type() const noexcept { return strict_content_type_; }
  void set_strict_content_type(bool strict) noexcept { strict_content_type_ = strict; }

  /// The application that serves it: of mounted ones the innermost, for a middleware the one that
  /// it stands around. Throws RuntimeError where none of ours does.
  App& app() const;
  /// What middleware, dependencies and the handler tell each other. Made by the first who asks; on
  /// the loop only.
  StateMap& state() const;
  /// What it was sent to, whole and as sent: "https://example.org/items/5?full=yes"; of a websocket
  /// "wss://...". Without a Host field (HTTP/1.0) of the server's own address, or the path alone
  /// where that is a Unix socket.
  std::string url() const;
  /// Where the application that serves it stands: "https://example.org/", behind the prefix of a
  /// proxy or mount "https://example.org/api/".
  std::string base_url() const;
  /// The address of the route of that name: "http://example.org/items/5", of a websocket's
  /// "ws://...". See App::url_path_for.
  std::string url_for(
      std::string_view name,
      std::initializer_list<std::pair<std::string_view, std::string_view>> parameters = {}) const {
    return url_for(name, PathValues(parameters.begin(), parameters.size()));
  }
  std::string url_for(std::string_view name, PathValues parameters) const;
  /// A task that ends with the request: what is not done when it is answered, or given up, is
  /// cancelled. On the loop only.
  template <class T>
  TaskHandle<T> create_task(Task<T> task) {
    TaskHandle<T> handle = get_running_loop().create_task(std::move(task));
    add_child(handle);
    return handle;
  }

  void set_path_params(const PathParams& params) noexcept { path_params_ = params; }

  // Loop's thread only.
  void add_reference() noexcept { ++references_; }
  void drop_reference() noexcept {
    if (--references_ == 0) delete this;
  }
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

 private:
  ~Request();
  void add_child(AnyTask task);
  [[noreturn]] static void throw_other_user();

  Scope* scope_;
  Receive* receive_;
  Scope::Owner* owner_;
  // As they were when it was made: those of the scope change with each mount on the way in.
  Application* app_;
  std::string_view root_path_;
  PathParams path_params_;
  LazyValue<QueryParams> query_params_;
  LazyValue<Cookies> cookies_;
  Buffer body_;
  std::optional<FormData> form_;
  const Headers* trailers_ = nullptr;  // the cycle's
  int references_ = 1;
  bool stream_consumed_ = false;
  bool stream_ended_ = false;
  bool body_loaded_ = false;
  bool embeds_bodies_ = false;
  bool refused_ = false;
  bool strict_content_type_ = true;
};

/// A counted reference on a Request; made and dropped on the loop's thread.
class RequestReference {
 public:
  /// Takes over the first reference.
  explicit RequestReference(Request* request) noexcept : request_(request) {}
  explicit RequestReference(Request& request) noexcept : request_(&request) {
    request.add_reference();
  }
  RequestReference(RequestReference&& other) noexcept
      : request_(std::exchange(other.request_, nullptr)) {}
  RequestReference& operator=(RequestReference&&) = delete;
  ~RequestReference() {
    if (request_) request_->drop_reference();
  }
  Request& operator*() const noexcept { return *request_; }
  Request* operator->() const noexcept { return request_; }

 private:
  Request* request_;
};

}  // namespace capricorn
