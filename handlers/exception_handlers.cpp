// SPDX-License-Identifier: MIT
#include "exception_handlers.hpp"

#include <algorithm>
#include <optional>

#include "../http/client_disconnect.hpp"
#include "../loop/errors.hpp"
#include "errors.hpp"

namespace capricorn {
namespace {

Response too_busy() {
  Response response = error_response(503, "Service Unavailable");
  response.headers().append("retry-after", "1");
  return response;
}

/// CancelledError passes, and what is no answer of the handler's goes on to the server.
Response default_response(const std::exception_ptr& failure) {
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

std::optional<int> status_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const HTTPException& exception) {
    return exception.status();
  } catch (...) {  // it is looked at, not handled
    return std::nullopt;
  }
}

constexpr int kServerError = 500;

/// CancelledError passes, and so does what is no way to end a websocket. A handshake that is not
/// accepted yet may be answered.
Task<> end_by_default(WebSocket& socket, const std::exception_ptr& failure) {
  const bool connecting = socket.application_state() == WebSocketState::kConnecting;
  std::optional<WebSocketException> end;
  std::optional<Response> denial;
  try {
    std::rethrow_exception(failure);
  } catch (const WebSocketDisconnect&) {  // it sent to a client that is gone
  } catch (const WebSocketException& exception) {
    end = exception;
  } catch (const WebSocketRequestValidationError&) {
    end.emplace(1008);
  } catch (const HTTPException& exception) {
    if (!connecting) throw;
    denial = response_for(exception);
  }
  if (denial) co_await socket.send_denial_response(std::move(*denial));
  if (end && socket.application_state() != WebSocketState::kDisconnected) {
    co_await socket.close(end->code(), end->reason());
  }
}

}  // namespace

// ---------------------------------------------------------------- adding

template <class H>
void ExceptionHandlers::Table<H>::add(std::unique_ptr<H> handler) {
  const auto same = [&](const auto& other) { return other->type() == handler->type(); };
  if (const auto old = std::ranges::find_if(by_class, same); old != by_class.end()) {
    *old = std::move(handler);
    return;
  }
  const auto base = std::ranges::find_if(
      by_class, [&](const auto& other) { return other->is_base_of(*handler); });
  by_class.insert(base, std::move(handler));
}

template <class H>
void ExceptionHandlers::Table<H>::add(int status, std::unique_ptr<H> handler) {
  std::erase_if(by_status, [&](const ByStatus& other) { return other.status == status; });
  by_status.push_back({status, std::move(handler)});
}

void ExceptionHandlers::add(std::unique_ptr<OfRequests> handler) {
  requests_.add(std::move(handler));
}
void ExceptionHandlers::add(int status, std::unique_ptr<OfRequests> handler) {
  requests_.add(status, std::move(handler));
}
void ExceptionHandlers::add(std::unique_ptr<OfWebSockets> handler) {
  websockets_.add(std::move(handler));
}
void ExceptionHandlers::add(int status, std::unique_ptr<OfWebSockets> handler) {
  websockets_.add(status, std::move(handler));
}

// ---------------------------------------------------------------- finding

template <class H>
auto ExceptionHandlers::Table<H>::find_status(int status,
                                              const std::exception_ptr& failure) const noexcept
    -> Match {
  const auto entry = std::ranges::find(by_status, status, &ByStatus::status);
  if (entry == by_status.end()) return {};
  const void* exception = entry->handler->find(failure);
  return exception ? Match{entry->handler.get(), exception} : Match{};
}

template <class H>
auto ExceptionHandlers::Table<H>::find(const std::exception_ptr& failure) const noexcept -> Match {
  if (empty()) return {};
  if (const std::optional<int> status = status_of(failure)) {
    if (const Match match = find_status(*status, failure); match.handler) return match;
  }
  for (const auto& handler : by_class) {
    if (handler->type() == typeid(std::exception)) continue;
    if (const void* exception = handler->find(failure)) return {handler.get(), exception};
  }
  return {};
}

template <class H>
auto ExceptionHandlers::Table<H>::find_any(const std::exception_ptr& failure) const noexcept
    -> Match {
  if (const Match match = find_status(kServerError, failure); match.handler) return match;
  for (const auto& handler : by_class) {
    if (handler->type() != typeid(std::exception)) continue;
    if (const void* exception = handler->find(failure)) return {handler.get(), exception};
  }
  return {};
}

bool ExceptionHandlers::answers_any() const noexcept {
  return std::ranges::find(requests_.by_status, kServerError,
                           &Table<OfRequests>::ByStatus::status) != requests_.by_status.end() ||
         std::ranges::any_of(requests_.by_class, [](const auto& handler) {
           return handler->type() == typeid(std::exception);
         });
}

// ---------------------------------------------------------------- answering

Task<Response> ExceptionHandlers::respond(Request& request, std::exception_ptr failure) const {
  const auto [handler, exception] = requests_.find(failure);
  if (handler) co_return co_await handler->call(request, exception);
  co_return default_response(failure);
}

Task<Response> ExceptionHandlers::respond_to_any(Request& request,
                                                 std::exception_ptr failure) const {
  const auto [handler, exception] = requests_.find_any(failure);
  if (handler) co_return co_await handler->call(request, exception);
  std::rethrow_exception(failure);
}

/// Of both kinds the one of the more derived class answers; of the same class that of websockets.
Task<> ExceptionHandlers::respond(WebSocket& socket, std::exception_ptr failure) const {
  const auto own = websockets_.find(failure);
  if (socket.application_state() == WebSocketState::kConnecting) {
    const auto by = requests_.find(failure);
    const bool closer = by.handler && own.handler && !by.handler->is_base_of(*own.handler) &&
                        own.handler->is_base_of(*by.handler);
    if (by.handler && (!own.handler || closer)) co_return co_await deny(socket, by);
  }
  if (own.handler) co_return co_await own.handler->call(socket, own.exception);
  std::exception_ptr unanswered;
  try {
    co_await end_by_default(socket, failure);
  } catch (...) {  // thrown again below
    unanswered = std::current_exception();
  }
  if (!unanswered) co_return;
  const auto any = websockets_.find_any(unanswered);
  if (any.handler) co_await any.handler->call(socket, any.exception);
  std::rethrow_exception(unanswered);
}

Task<> ExceptionHandlers::deny(WebSocket& socket, const Table<OfRequests>::Match& by) const {
  Response response = co_await by.handler->call(socket.request(), by.exception);
  co_await socket.send_denial_response(std::move(response));
}

}  // namespace capricorn
