// SPDX-License-Identifier: MIT
#include "request.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <variant>

#include "../loop/errors.hpp"
#include "app.hpp"
#include "json_dom.hpp"
#include "middleware/scope_url.hpp"
#include "middleware/session.hpp"
#include "request_data.hpp"

namespace capricorn {

void PathParams::append_outer(const PathParams& outer) {
  for (const PathParam& param : outer) {
    if (get(param.name)) continue;
    if (count_ == kMaxPathParams) {
      throw RuntimeError("a path has at most 8 parameters, those of mounts and hosts counted");
    }
    append(param.name, param.value);
  }
}

Request::Request(Scope& scope, Receive& receive) noexcept
    : scope_(&scope),
      receive_(&receive),
      owner_(scope.owner),
      app_(scope.app),
      root_path_(scope.root_path) {
  if (owner_) owner_->add_reference();
}

Request::~Request() {
  if (owner_) owner_->drop_reference();
}

std::string_view Request::path_below_root() const noexcept {
  return capricorn::path_below_root(scope_->path, root_path_);
}

std::optional<TraceContext> Request::trace() const noexcept {
  return scope_->trace ? *scope_->trace : TraceContext::of(scope_->headers);
}

const QueryParams& Request::query_params() {
  return query_params_.get([this] { return QueryParams(scope_->query_string); });
}

const Cookies& Request::cookies() {
  return cookies_.get([this] {
    Cookies cookies;
    for (const Headers::Field field : headers()) {
      if (field.id == HeaderId::kCookie) cookies.parse(field.value);
    }
    return cookies;
  });
}

CookieSession& Request::session() {
  if (auto* session = scope_->extensions.get<CookieSession>()) return *session;
  throw RuntimeError("SessionMiddleware must be installed to access request.session");
}

AsyncGenerator<std::string_view> Request::stream() {
  if (body_loaded_) {
    if (!body_.empty()) co_yield body_.view();
    co_return;
  }
  if (stream_consumed_) throw std::runtime_error("Stream consumed");
  while (const std::optional<std::string_view> chunk = co_await next_chunk()) co_yield *chunk;
}

Task<std::optional<std::string_view>> Request::next_chunk() {
  stream_consumed_ = true;
  while (!stream_ended_) {
    const ReceiveEvent event = co_await (*receive_)();
    const auto* piece = std::get_if<HttpRequest>(&event);
    if (!piece) throw ClientDisconnect();
    stream_ended_ = !piece->more_body;
    if (piece->trailers) trailers_ = piece->trailers;
    if (!piece->body.empty()) co_return piece->body;
  }
  co_return std::nullopt;
}

Task<std::string_view> Request::body() {
  if (body_loaded_) co_return body_.view();
  if (stream_consumed_) throw std::runtime_error("Stream consumed");
  while (const std::optional<std::string_view> chunk = co_await next_chunk()) body_.append(*chunk);
  body_loaded_ = true;
  co_return body_.view();
}

Task<FormData&> Request::form(FormLimits limits) {
  if (!form_) {
    FormData read = co_await read_form(*this, limits);
    form_.emplace(std::move(read));
  }
  co_return *form_;
}

ValueTask<bool> Request::is_disconnected() const noexcept {
  return owner_ && owner_->disconnected();
}

App& Request::app() const {
  if (!app_) throw RuntimeError("the request is served by no App");
  return static_cast<App&>(*app_);
}

StateMap& Request::state() const { return RequestData::of(*scope_).state; }

std::string Request::url() const { return url_at(*scope_, scope_->scheme, netloc_of(*scope_)); }

std::string Request::base_url() const {
  const bool websocket = scope_->type == Scope::Type::kWebSocket;
  return origin_of(*scope_, websocket) + std::string(root_path_) + "/";
}

std::string Request::url_for(std::string_view name, PathValues parameters) const {
  const NamedPath found = app().named_path(name, parameters);
  return origin_of(*scope_, found.websocket) + std::string(root_path_) + found.path;
}

void Request::add_child(AnyTask task) {
  RequestData& data = RequestData::of(*scope_);
  data.sweep_children(data.children, [](const AnyTask& child) { return child.done(); });
  data.children.push_back(std::move(task));
}

namespace detail {

Response& joined_response(Request& request) { return AnswerData::of(request.scope()).response(); }
BackgroundTasks& background_tasks(Request& request) {
  return AnswerData::of(request.scope()).background;
}

}  // namespace detail

Task<nlohmann::json> Request::json() {
  const std::string_view text = co_await body();
  co_return parse_json(text);
}

}  // namespace capricorn
