// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "../http/request_parser.hpp"
#include "../http/response_writer.hpp"
#include "../http/trace_context.hpp"
#include "../loop/task_handle.hpp"
#include "../loop/waiting_futures.hpp"
#include "connection_addresses.hpp"
#include "forwarded_request.hpp"
#include "hold.hpp"
#include "metrics_board.hpp"
#include "websocket_session.hpp"

namespace capricorn {

class HttpProtocol;
class HttpServer;
class Transport;

/// One request and its response: uvicorn's RequestResponseCycle. Counted, because the application,
/// a thread that works for it and the connection end at different times; freed with the last of
/// them.
class Cycle final : public Receive, public Send, public Scope::Owner {
 public:
  Cycle(HttpProtocol& protocol, RequestHead& head);
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  Scope scope;

  /// What a trusted proxy says of the request; before `place_below_root`.
  void apply(const ForwardedRequest& forwarded);
  /// The path begins with the root's, as ASGI has it, whether a proxy took that off or not.
  void place_below_root() {
    if (!scope.root_path.empty()) [[unlikely]]
      prefix_paths();
  }
  /// The request is the good handshake of a websocket; before `start`.
  void expect_websocket();
  /// Runs the application until it first suspends.
  void start();
  void body_received(std::string_view bytes);
  void body_complete(std::unique_ptr<Headers> trailers);
  bool wants_body() const noexcept { return body_.size() < kBodyHighWater; }
  /// What becomes of a handler whose client is no more: that of a GET or HEAD has no other purpose.
  enum class Handler : std::uint8_t { kCancelled, kCancelledIfSafe };
  /// The server answers in the application's place, and is about to let go of it.
  void refused(int status, const Headers& headers, std::size_t body_bytes);
  /// The client left, or the server gives up on it and answers with `refusal`; 0: it does not.
  void disconnect(Handler handler, int refusal);
  void writing_resumed();
  /// FIN stands behind the request: it is the leaving of the client for who waits for that.
  void input_ended() { body_or_end_.wake_all(); }
  bool response_started() const noexcept { return writer_.started(); }
  bool close_delimited() const noexcept { return writer_.close_delimited(); }
  bool expects_continue() const noexcept { return expects_continue_; }

  // For its task
  HttpServer& server() const noexcept { return server_; }
  void app_ended(bool failed) noexcept;

  // For its websocket
  /// HTTP lets go of the connection, as answered with those headers; its reference on us goes over
  /// to the websocket's.
  WebSocketProtocol* become_websocket(const Headers& headers,
                                      const std::optional<WebSocketDeflateOptions>& deflate);

  ValueTask<ReceiveEvent> operator()() override;
  ValueTask<void> operator()(const SendEvent& event) override;
  bool disconnected() const noexcept override;
  void add_reference() noexcept override { ++references_; }
  void drop_reference() noexcept override {
    if (--references_ == 0) delete this;
  }

 private:
  static constexpr std::size_t kBodyHighWater = 65536;
  // Others have their turn even while one sends without end to a client that reads all of it.
  static constexpr unsigned kPiecesATurn = 64;
  ~Cycle() = default;

  void prefix_paths();
  AnyTask begin_app();
  void answer_in_its_place();
  Task<ReceiveEvent> wait_for_body(Hold<Cycle> self);
  Task<ReceiveEvent> wait_for_disconnect(Hold<Cycle> self);
  ReceiveEvent next_body();
  bool begin_body();
  ValueTask<void> send_to_nobody(const SendEvent& event);
  ValueTask<void> send_piece(const SendEvent& event);
  ValueTask<void> after_event();
  // Not inlined: hardly any answer waits, and each would pay for it.
  [[gnu::noinline]] ValueTask<void> wait_to_send();
  void send_body(Buffer& out, const ResponseBody& piece);
  bool closes_after() const noexcept;
  Task<> drain(Hold<Cycle> self);
  Task<> send_file_range(FileRange range, Hold<Cycle> self);
  void tell_of_short_file() const;
  void log_start(int status, const Headers& headers) noexcept;
  void log_head(const Headers& headers) noexcept;
  // Not inlined: it would be longer than each of its two callers.
  [[gnu::noinline]] void log_end(Duration took) noexcept;
  void request_over(RequestError error) noexcept;
  HttpProtocol& let_go_of_protocol() noexcept;
  void after_write();

  // Request
  HttpProtocol* protocol_;
  HttpServer& server_;
  ConnectionAddresses addresses_;  // the scope's, who may be with us longer than the connection
  AnyTask task_;
  Buffer target_;  // for the access log: the scope's path may be decoded
  Buffer path_;
  struct RootedPaths {
    Buffer path;
    Buffer raw_path;
  };
  std::unique_ptr<RootedPaths> rooted_;
  TimePoint began_;
  std::optional<TraceContext> trace_;  // where the log tells it
  bool expects_continue_;
  bool left_ = false;
  bool body_asked_for_ = false;
  int references_ = 1;

  // Body
  Buffer body_;
  Buffer chunk_;
  std::uint64_t body_bytes_ = 0;
  std::unique_ptr<Headers> trailers_;
  WaitingFutures body_or_end_;
  bool body_complete_ = false;
  bool body_delivered_ = false;

  // Response
  ResponseWriter writer_;
  int status_ = 0;
  unsigned pieces_ = 0;  // sent so far
  bool failed_ = false;
  std::uint64_t response_bytes_ = 0;
  std::vector<std::string> logged_headers_;  // those that the log wants
  WaitingFutures drained_;
  std::unique_ptr<WebSocketSession> websocket_;
};

}  // namespace capricorn
