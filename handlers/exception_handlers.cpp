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

}  // namespace

void ExceptionHandlers::add(std::unique_ptr<Handler> handler) {
  const auto same = [&](const auto& other) { return other->type() == handler->type(); };
  if (const auto old = std::ranges::find_if(by_class_, same); old != by_class_.end()) {
    *old = std::move(handler);
    return;
  }
  const auto base = std::ranges::find_if(
      by_class_, [&](const auto& other) { return other->is_base_of(*handler); });
  by_class_.insert(base, std::move(handler));
}

void ExceptionHandlers::add(int status, std::unique_ptr<Handler> handler) {
  std::erase_if(by_status_, [&](const ByStatus& other) { return other.status == status; });
  by_status_.push_back({status, std::move(handler)});
}

const ExceptionHandlers::ByStatus* ExceptionHandlers::find_status(int status) const noexcept {
  const auto found = std::ranges::find(by_status_, status, &ByStatus::status);
  return found == by_status_.end() ? nullptr : &*found;
}

Task<Response> ExceptionHandlers::respond(Request& request, std::exception_ptr failure) const {
  if (empty()) co_return default_response(failure);
  if (const std::optional<int> status = status_of(failure)) {
    const ByStatus* entry = find_status(*status);
    const void* exception = entry ? entry->handler->find(failure) : nullptr;
    if (exception) co_return co_await entry->handler->call(request, exception);
  }
  for (const auto& handler : by_class_) {
    if (handler->type() == typeid(std::exception)) continue;
    if (const void* exception = handler->find(failure)) {
      co_return co_await handler->call(request, exception);
    }
  }
  co_return default_response(failure);
}

bool ExceptionHandlers::answers_any() const noexcept {
  return find_status(kServerError) || std::ranges::any_of(by_class_, [](const auto& handler) {
           return handler->type() == typeid(std::exception);
         });
}

Task<Response> ExceptionHandlers::respond_to_any(Request& request,
                                                 std::exception_ptr failure) const {
  const ByStatus* entry = find_status(kServerError);
  if (const void* exception = entry ? entry->handler->find(failure) : nullptr) {
    co_return co_await entry->handler->call(request, exception);
  }
  for (const auto& handler : by_class_) {
    if (handler->type() != typeid(std::exception)) continue;
    if (const void* exception = handler->find(failure)) {
      co_return co_await handler->call(request, exception);
    }
  }
  std::rethrow_exception(failure);
}

}  // namespace capricorn
