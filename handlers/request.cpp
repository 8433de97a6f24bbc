// SPDX-License-Identifier: MIT
#include "request.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <variant>

#include "../loop/errors.hpp"
#include "middleware/session.hpp"

namespace capricorn {

Request::Request(Scope& scope, Receive& receive) noexcept
    : scope_(&scope), receive_(&receive), owner_(scope.owner) {
  if (owner_) owner_->add_reference();
}

Request::~Request() {
  if (owner_) owner_->drop_reference();
}

const QueryParams& Request::query_params() {
  if (!query_params_) query_params_.emplace(scope_->query_string);
  return *query_params_;
}

const Cookies& Request::cookies() {
  if (cookies_) return *cookies_;
  cookies_.emplace();
  for (const Headers::Field field : headers()) {
    if (field.id == HeaderId::kCookie) cookies_->parse(field.value);
  }
  return *cookies_;
}

Session& Request::session() {
  if (auto* session = scope_->extensions.get<Session>()) return *session;
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

Task<nlohmann::json> Request::json() {
  const std::string_view text = co_await body();
  co_return nlohmann::json::parse(text);
}

}  // namespace capricorn
