// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "headers.hpp"

namespace capricorn {

// Received: ASGI's http.request, http.disconnect, lifespan.startup, lifespan.shutdown.
struct HttpRequest {
  std::string_view body;
  bool more_body = false;
};
struct HttpDisconnect {};
struct LifespanStartup {};
struct LifespanShutdown {};
using ReceiveEvent = std::variant<HttpRequest, HttpDisconnect, LifespanStartup, LifespanShutdown>;

// Sent. Headers and bytes are borrowed until the send's await returns.
struct ResponseStart {
  int status = 200;
  const Headers& headers;
};
struct ResponseBody {
  std::string_view body;
  bool more_body = false;
};
/// Start and the one and only body in one event: a single write.
struct WholeResponse {
  int status = 200;
  const Headers& headers;
  std::string_view body;
};
/// A range of an open file as body chunk (ASGI's zerocopysend extension).
struct FileRange {
  int fd;
  std::uint64_t offset;
  std::uint64_t size;
  bool more_body = false;
};
struct LifespanStartupComplete {};
struct LifespanStartupFailed {
  std::string message;
};
struct LifespanShutdownComplete {};
struct LifespanShutdownFailed {
  std::string message;
};
using SendEvent =
    std::variant<ResponseStart, ResponseBody, WholeResponse, FileRange, LifespanStartupComplete,
                 LifespanStartupFailed, LifespanShutdownComplete, LifespanShutdownFailed>;

}  // namespace capricorn
