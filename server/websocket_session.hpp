// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>
#include <string>
#include <string_view>

#include "../http/application.hpp"
#include "../http/websocket_handshake.hpp"
#include "../loop/ring_buffer.hpp"
#include "../loop/waiter.hpp"
#include "../loop/waiting_futures.hpp"
#include "hold.hpp"

namespace capricorn {

class Cycle;
class HttpServer;
class WebSocketProtocol;

/// The application's half of a websocket: what it receives, and what it sends to. It lies in its
/// cycle. The connection's half, a WebSocketProtocol, comes with the accept and may end before or
/// after it.
class WebSocketSession final {
 public:
  /// Of a good handshake, whose headers the cycle's scope holds.
  WebSocketSession(HttpServer& server, Cycle& cycle);
  ~WebSocketSession();

  // For the cycle
  ValueTask<ReceiveEvent> receive();
  /// Until the websocket is accepted, an HTTP response may be sent instead: that is the cycle's.
  bool takes(const SendEvent& event) const noexcept;
  ValueTask<void> send(const SendEvent& event);
  bool accepted() const noexcept { return accepted_; }
  /// Of an accepted one.
  void app_ended(bool failed);

  // For the connection
  bool wants_messages() const noexcept;
  std::size_t max_message() const noexcept;
  /// `at_once`: the application goes on within the call, else in the loop's next pass.
  void message_received(Buffer data, bool text, bool at_once);
  /// Only the first counts. What was received before is given to the application first.
  void disconnected(int code, std::string_view reason, bool at_once);
  void writing_resumed();
  /// Its last call.
  void connection_gone() noexcept { connection_ = nullptr; }

 private:
  /// Where the application waits for the next event.
  class Arrival final : public Waiter, public ValueSource<ReceiveEvent> {
   public:
    explicit Arrival(WebSocketSession& session) noexcept : session_(session) {}
    /// Throws std::logic_error where a task is here.
    void expect_nobody() const;
    /// Something came. `at_once` as in `message_received`.
    void come(bool at_once);

    void wait(std::coroutine_handle<> self, PromiseBase& promise) override;
    ReceiveEvent take() override;
    void forget() noexcept override;
    bool cancel(const std::string& message) override;
    /// Whoever waits, or was woken and has not gone on yet, is cancelled.
    void abandon(std::string message);

   private:
    enum class State : unsigned char { kNobody, kWaits, kWoken };

    WebSocketSession& session_;
    std::optional<std::string> cancelled_;  // with what message
    State state_ = State::kNobody;
  };
  struct Message {
    Buffer data;
    bool text;
  };

  ValueTask<void> accept(const WebSocketAccept& event);
  ValueTask<void> send_message(const WebSocketSend& event);
  ValueTask<void> close(const WebSocketClose& event);
  void write_handshake(const WebSocketAccept& event);
  bool something_came() const noexcept { return queue_.size() > 0 || disconnect_.has_value(); }
  ReceiveEvent next();
  Task<> drain(Hold<Cycle> self);

  // Connection
  HttpServer& server_;
  Cycle& cycle_;
  WebSocketOffer offer_;
  WebSocketProtocol* connection_ = nullptr;
  bool accepted_ = false;

  // Receiving
  RingBuffer<Message> queue_;
  std::size_t queued_bytes_ = 0;
  Buffer current_;  // what the application has in its hands
  std::optional<WebSocketDisconnect> disconnect_;
  Arrival arrival_{*this};  // where the application waits
  bool connect_told_ = false;

  // Sending
  WaitingFutures drained_;
  unsigned sent_ = 0;    // messages
  bool closed_ = false;  // by the application
};

}  // namespace capricorn
