// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "../loop/buffer.hpp"
#include "../loop/task.hpp"
#include "dependency.hpp"
#include "receiving_message.hpp"
#include "request.hpp"
#include "response.hpp"
#include "sending_message.hpp"

namespace capricorn {

class DependencyResolution;
struct EndpointDescription;

enum class WebSocketState : unsigned char { kConnecting, kConnected, kDisconnected };

/// Thrown by a handler to close its websocket with a code; before `accept` that is a 403.
class WebSocketException : public std::exception {
 public:
  explicit WebSocketException(int code, std::string reason = "")
      : code_(code), reason_(std::move(reason)) {}
  ~WebSocketException() override;

  int code() const noexcept { return code_; }
  const std::string& reason() const noexcept { return reason_; }
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  int code_;
  std::string reason_;
};

/// One websocket as its handler sees it: accept it, then receive and send until it is over. What
/// the client does to end it is no error: receiving gives nothing then, and sending throws
/// WebSocketDisconnect, which a handler may let pass. When the handler returns it is closed with
/// 1000, when it throws with 1011.
///
/// Several tasks may send, one at a time receives. It lives until its handler has ended; who keeps
/// it for others to send to takes it back before. Loop's thread only.
class WebSocket {
 public:
  using HeaderList = std::vector<std::pair<std::string, std::string>>;

  WebSocket(Request& request, Receive& receive, Send& send) noexcept
      : request_(&request), receive_(&receive), send_(&send) {}
  WebSocket(const WebSocket&) = delete;  // a handler takes it as WebSocket&
  WebSocket& operator=(const WebSocket&) = delete;

  // The handshake
  std::string_view path() const noexcept { return request_->path(); }
  std::string_view query_string() const noexcept { return request_->query_string(); }
  const Headers& headers() const noexcept { return request_->headers(); }
  const QueryParams& query_params() { return request_->query_params(); }
  const PathParams& path_params() const noexcept { return request_->path_params(); }
  const Cookies& cookies() { return request_->cookies(); }
  ClientAddress client() const noexcept { return request_->client(); }
  std::string url() const { return request_->url(); }
  App& app() const { return request_->app(); }
  StateMap& state() const { return request_->state(); }
  /// As `Request::session`; read only, for a handshake that is accepted sets no cookies.
  const CookieSession& session() { return request_->session(); }
  // As Request's
  const BaseUser& user() const { return request_->user(); }
  const AuthCredentials& auth() const { return request_->auth(); }
  template <class U>
  const U& user() const {
    return request_->template user<U>();
  }
  /// What the client offers, in its order.
  std::span<const std::string_view> subprotocols() const noexcept {
    return request_->scope().subprotocols;
  }
  bool offers(std::string_view subprotocol) const noexcept;
  Scope& scope() const noexcept { return request_->scope(); }

  /// Opens it. A subprotocol that the client does not offer is not sent.
  Task<> accept(std::string subprotocol = "", HeaderList headers = {});
  /// Refuses it with an answer of HTTP's, instead of `accept`.
  Task<> send_denial_response(Response response);

  // Nothing once it is over; `close_code` then says how. A second time throws std::logic_error. A
  // message of the other kind closes it with 1003, what is no JSON with 1007.
  Task<std::optional<std::string>> receive_text();
  Task<std::optional<std::string>> receive_bytes();
  Task<std::optional<nlohmann::json>> receive_json();
  /// A message of either kind, not copied: its bytes live until the next one is asked for. A task
  /// that waits for one when the handler ends gets CancelledError.
  ReceivingMessage receive() noexcept { return ReceivingMessage(*this); }

  // Each waits while the client reads slowly. Bytes are borrowed until the await returns. They
  // throw WebSocketDisconnect once the client is gone.
  SendingMessage send_text(std::string_view text) const { return {*this, {text, true}}; }
  SendingMessage send_bytes(std::string_view bytes) const { return {*this, {bytes, false}}; }
  template <JsonValue T>
  ValueTask<void> send_json(const T& value) {
    Buffer text;
    if constexpr (Describable<T>)
      write_json(text, value);
    else
      write_json_string(text, value);
    return send_owned(std::move(text));
  }

  /// Begins the closing handshake; before `accept` it refuses with 403. Nothing happens where the
  /// client ended it already.
  Task<> close(int code = 1000, std::string reason = "");

  WebSocketState client_state() const noexcept { return client_state_; }
  WebSocketState application_state() const noexcept { return application_state_; }
  /// How the client, or the connection, ended it: 1005 without a code, 1006 without a goodbye.
  int close_code() const noexcept { return end_.code; }
  const std::string& close_reason() const noexcept { return end_.reason; }

  Request& request() noexcept { return *request_; }

 private:
  friend class ReceivingMessage::Awaiter;
  friend class SendingMessage::Awaiter;
  Task<> expect_connect();
  Task<> send_owned(Buffer text);
  void expect_connected() const;

  Request* request_;
  Receive* receive_;
  Send* send_;
  WebSocketState client_state_ = WebSocketState::kConnecting;
  WebSocketState application_state_ = WebSocketState::kConnecting;
  WebSocketDisconnect end_;
};

/// A websocket's handler behind its analysed signature.
class WebSocketEndpoint {
 public:
  virtual ~WebSocketEndpoint() = default;
  /// Throws WebSocketRequestValidationError before the handler runs. `resolution` is null where
  /// nothing depends on anything, else resolved.
  virtual Task<> operator()(WebSocket& socket, DependencyResolution* resolution) = 0;
  /// What its parameters say.
  virtual void describe(EndpointDescription& description) const = 0;
  /// Of its Depends<> and Security<>, in order.
  std::span<const DependencyUse> uses() const noexcept { return uses_; }

 protected:
  explicit WebSocketEndpoint(std::span<const DependencyUse> uses) noexcept : uses_(uses) {}

 private:
  std::span<const DependencyUse> uses_;
};

}  // namespace capricorn
