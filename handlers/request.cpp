// SPDX-License-Identifier: MIT
#include "request.hpp"

#include <nlohmann/json.hpp>
#include <variant>

namespace capricorn {

ClientDisconnect::ClientDisconnect()
    : std::runtime_error("the client left before its body ended") {}
ClientDisconnect::~ClientDisconnect() = default;

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

Task<std::optional<std::string_view>> Request::next_chunk() {
  while (!stream_ended_) {
    const ReceiveEvent event = co_await (*receive_)();
    const auto* piece = std::get_if<HttpRequest>(&event);
    if (!piece) throw ClientDisconnect();
    stream_ended_ = !piece->more_body;
    if (!piece->body.empty()) co_return piece->body;
  }
  co_return std::nullopt;
}

Task<std::string_view> Request::body() {
  while (!stream_ended_) {
    const std::optional<std::string_view> chunk = co_await next_chunk();
    if (chunk) body_.append(*chunk);
  }
  co_return body_.view();
}

Task<FormData&> Request::form(FormLimits limits) {
  if (!form_) {
    FormData read = co_await read_form(*this, limits);
    form_.emplace(std::move(read));
  }
  co_return *form_;
}

Task<nlohmann::json> Request::json() {
  const std::string_view text = co_await body();
  co_return nlohmann::json::parse(text);
}

}  // namespace capricorn
