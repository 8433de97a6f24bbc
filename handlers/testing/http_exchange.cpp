// SPDX-License-Identifier: MIT
#include "http_exchange.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "../../http/client_disconnect.hpp"

namespace capricorn::detail {

HttpExchange::HttpExchange(std::shared_ptr<ExchangeHouse> house, const OutgoingRequest& outgoing,
                           const TestPeer& peer, const TestRequestOptions& options, bool streamed)
    : Exchange(std::move(house), outgoing, peer),
      body_(request().body),
      chunk_size_(options.chunk_size),
      cut_(options.cut_body),
      answer_(scope.method == Method::kHead),
      streamed_(streamed) {
  if (cut_) body_ = body_.substr(0, *cut_);
}

// ---------------------------------------------------------------- the application receives

ValueTask<ReceiveEvent> HttpExchange::operator()() {
  if (disconnected() || answer_.complete()) return ReceiveEvent(HttpDisconnect{});
  if (!std::exchange(asked_, true) && scope.max_body > 0 &&
      request().body.size() > scope.max_body) {
    answer_.replace(413, "Request body too large.");
    refused_ = true;
    return ReceiveEvent(HttpDisconnect{});
  }
  if (given_) return wait_for_disconnect();
  if (cut_ && body_.empty()) {
    disconnect();
    return ReceiveEvent(HttpDisconnect{});
  }
  return next_body();
}

ReceiveEvent HttpExchange::next_body() {
  const std::size_t size = chunk_size_ ? std::min(chunk_size_, body_.size()) : body_.size();
  chunk_ = body_.substr(0, size);  // what was given before is gone
  body_.remove_prefix(size);
  given_ = !cut_ && body_.empty();
  return HttpRequest{chunk_, !given_};
}

Task<ReceiveEvent> HttpExchange::wait_for_disconnect() {
  while (!disconnected() && !answer_.complete() && !ended()) co_await change();
  co_return HttpDisconnect{};
}

// ---------------------------------------------------------------- the application sends

/// What is sent to a client that left is kept all the same: a test may look at it.
ValueTask<void> HttpExchange::operator()(const SendEvent& event) {
  const auto* piece = std::get_if<ResponseBody>(&event);
  const auto* range = std::get_if<FileRange>(&event);
  const bool more = (piece && piece->more_body) || (range && range->more_body);
  if (!refused_) answer_.take(event);
  if (more && (disconnected() || refused_)) throw ClientDisconnect();
  changed();
  if (streamed_ && more && !answer_.unread().empty()) return wait_until_taken();
  return {};
}

Task<> HttpExchange::wait_until_taken() {
  while (!answer_.unread().empty() && !disconnected()) co_await change();
}

const char* HttpExchange::left_undone() const noexcept {
  if (!answer_.started()) return "Application returned without starting response.";
  if (!answer_.complete()) return "Application returned without completing response.";
  return nullptr;
}

/// As the server does it: the handler of a GET has no other purpose.
bool HttpExchange::dies_with_client() const noexcept {
  return scope.method == Method::kGet || scope.method == Method::kHead || scope.cancel_on_eof;
}

// ---------------------------------------------------------------- the client

Task<> HttpExchange::wait_for_head() {
  while (!answer_.started() && !ended()) co_await change();
}

Task<std::optional<std::string>> HttpExchange::next_chunk() {
  while (answer_.unread().empty() && !answer_.complete() && !ended()) co_await change();
  if (answer_.unread().empty()) co_return std::nullopt;
  std::string chunk = answer_.take_unread();
  changed();
  co_return std::move(chunk);
}

}  // namespace capricorn::detail
