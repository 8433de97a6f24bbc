// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "headers.hpp"
#include "method.hpp"
#include "scope_extensions.hpp"
#include "tls_extension.hpp"

namespace capricorn {

struct Application;
class Event;
class TraceContext;

/// What an application is told about one connection's one request (ASGI's scope). Made by the
/// server, valid until the cycle it belongs to ends; views point into memory of that cycle.
struct Scope {
  enum class Type : std::uint8_t { kHttp, kWebSocket, kLifespan };

  /// Keeps the cycle's memory (this scope, what `receive` and `send` are) alive beyond the
  /// application's own coroutine: a plain handler's job holds one. Knows whether the client left.
  /// Loop's thread only.
  class Owner {
   public:
    virtual void add_reference() noexcept = 0;
    virtual void drop_reference() noexcept = 0;
    virtual bool disconnected() const noexcept = 0;

   protected:
    ~Owner() = default;
  };

  Type type = Type::kHttp;
  Method method = Method::kGet;
  std::uint8_t http_major = 1;
  std::uint8_t http_minor = 1;
  std::string_view method_name;   // as sent: "GET"
  std::string_view scheme;        // "http", "https", "ws", "wss"
  std::string_view path;          // percent-decoded; begins with the root_path
  std::string_view raw_path;      // the same as sent, without the query
  std::string_view query_string;  // as sent, without "?"
  std::string_view root_path;     // the prefix that a proxy or a mounted application stands at
  Headers headers;                // middleware may change them, the views stay good
  std::string_view client_host;
  int client_port = 0;
  std::string_view server_host;
  int server_port = 0;
  std::span<const std::string_view> subprotocols;  // that a websocket's client offers, in its order
  std::size_t max_message = 0;  // bytes of a websocket's; a router may set a route's own
  std::uint64_t max_body = 0;   // bytes; a router may set a route's own before the first receive()
  // Set by a router: the client's FIN counts as its leaving, and cancels whatever method it was.
  bool cancel_on_eof = false;
  std::string_view route;  // filled by the router: "/users/{user_id}"; metrics and logs read it
  std::string_view request_id;          // set by a middleware; logs tell it
  const TraceContext* trace = nullptr;  // where the server tells it in its logs
  ScopeExtensions extensions;
  TlsExtension tls;            // false without TLS
  Application* app = nullptr;  // set by an application framework: the innermost that serves it
  Owner* owner = nullptr;
  Event* shutdown = nullptr;  // set when the server begins to stop: answers without end then end
  std::size_t worker_threads = 0;  // lifespan: what the server grants to functions that block
};

}  // namespace capricorn
