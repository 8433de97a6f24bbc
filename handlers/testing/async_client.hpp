// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../http/application.hpp"
#include "../../http/cookie_jar.hpp"
#include "test_request.hpp"
#include "test_response.hpp"
#include "websocket_exchange.hpp"

namespace capricorn {

namespace detail {
class ContentDecoder;
class HttpExchange;
class TestLifespan;
}  // namespace detail

struct TestClientOptions {
  std::string base_url = "http://testserver";
  bool raise_server_exceptions = true;  // what the application throws, the test gets; else a 500
  std::string root_path = {};
  bool follow_redirects = true;
  std::pair<std::string, int> client = {"testclient", 50000};
  TextPairs headers = {};  // of every request, each in place of the client's own
  TextPairs cookies = {};

  // A TestClient's
  bool lifespan = true;        // the application is started, and shut down at the end
  bool virtual_clock = false;  // sleeping takes no time: a TestLoop
};

struct TestWebSocketOptions {
  std::vector<std::string> subprotocols = {};
  std::vector<std::pair<std::string, TextValue>> params = {};
  TextPairs headers = {};
  TextPairs cookies = {};
  std::optional<Duration> timeout = {};  // of the handshake and of each message, then TimeoutError
};

/// The handshake was answered with a response of HTTP's.
struct WebSocketDenialResponse : WebSocketDisconnect {
  explicit WebSocketDenialResponse(TestResponse denial);
  ~WebSocketDenialResponse() override;
  std::shared_ptr<const TestResponse> response;  // shared: exceptions are copied
};

/// An answer that is read while the application sends it: one chunk at a time, and the application
/// waits until it is taken. Dropped before its end, the client leaves.
class AsyncStream {
 public:
  AsyncStream(detail::ExchangeReference<detail::HttpExchange> exchange, TestResponse head,
              bool raises);
  AsyncStream(AsyncStream&&) noexcept;
  AsyncStream& operator=(AsyncStream&&) noexcept;
  ~AsyncStream();

  /// Status and headers; it has no content.
  const TestResponse& response() const noexcept { return head_; }
  /// The next piece, decoded; nothing at the end. Throws what the application throws.
  Task<std::optional<std::string>> next();
  /// Up to the end of the line, and without it.
  Task<std::optional<std::string>> next_line();
  /// All that is left.
  Task<std::string> read();
  /// The client leaves; returns once the application has ended. Throws what that throws.
  Task<> close();

 private:
  void throw_failure();

  std::optional<detail::ExchangeReference<detail::HttpExchange>> exchange_;
  TestResponse head_;
  std::unique_ptr<detail::ContentDecoder> decoder_;
  std::string lines_;     // that came, for next_line
  std::size_t line_ = 0;  // where the next one begins
  bool raises_;
};

/// A websocket's client. Dropped before it was closed, the connection breaks (1006).
class AsyncWebSocket {
 public:
  AsyncWebSocket(detail::ExchangeReference<detail::WebSocketExchange> exchange, bool raises,
                 std::optional<Duration> timeout) noexcept;
  AsyncWebSocket(AsyncWebSocket&&) noexcept;
  AsyncWebSocket& operator=(AsyncWebSocket&&) noexcept;
  ~AsyncWebSocket();

  /// Of those offered the one the application chose.
  const std::optional<std::string>& accepted_subprotocol() const noexcept;
  const Headers& extra_headers() const noexcept;

  // They do not wait: the application hears it when the loop runs. They throw WebSocketDisconnect
  // where the application has closed it.
  void send_text(std::string text) { exchange_->send({std::move(text), true}); }
  void send_bytes(std::string bytes) { exchange_->send({std::move(bytes), false}); }
  void send_json(const JsonBody& value) { send_text(value.text().value_or("null")); }

  // The next message. They throw WebSocketDisconnect where the application has closed the
  // websocket instead, what the application threw, std::runtime_error for a message of the other
  // kind, and TimeoutError.
  Task<WebSocketMessage> receive();
  Task<std::string> receive_text();
  Task<std::string> receive_bytes();
  Task<nlohmann::json> receive_json();
  template <class T>
    requires Describable<T>
  Task<T> receive_json() {
    TestResponse message;
    message.set_content(co_await receive_text());
    co_return message.template json<T>();
  }

  /// Returns once the application has ended. Throws what that throws; idempotent.
  Task<> close(int code = 1000, std::string reason = "");

 private:
  [[noreturn]] void throw_end();

  detail::ExchangeReference<detail::WebSocketExchange> exchange_;
  bool raises_;
  std::optional<Duration> timeout_;
};

/// A client of an application in the same process and on the running loop: no socket, no server.
/// What httpx's AsyncClient is over an ASGITransport. The application outlives it, and one that was
/// started is shut down before it goes.
class AsyncClient {
 public:
  explicit AsyncClient(Application& application, TestClientOptions options = {});
  ~AsyncClient();
  AsyncClient(const AsyncClient&) = delete;
  AsyncClient& operator=(const AsyncClient&) = delete;

  /// Starts the application, where one wants that; throws what it throws.
  Task<> startup();
  /// Ends endless answers, waits until nothing runs any more, and shuts the application down where
  /// it was started. Throws what that throws.
  Task<> shutdown();

  // Each returns once the application has ended the request, its background tasks included. Throws
  // what the application throws (raise_server_exceptions), TimeoutError, std::invalid_argument for
  // what cannot be sent, std::runtime_error after 20 redirects. Cancelled, it cancels the
  // application.
  Task<TestResponse> request(std::string method, std::string url, TestRequestOptions options = {});
  CAPRICORN_CORO_WRAPPER Task<TestResponse> get(std::string url, TestRequestOptions options = {}) {
    return request("GET", std::move(url), std::move(options));
  }
  CAPRICORN_CORO_WRAPPER Task<TestResponse> post(std::string url, TestRequestOptions options = {}) {
    return request("POST", std::move(url), std::move(options));
  }
  CAPRICORN_CORO_WRAPPER Task<TestResponse> put(std::string url, TestRequestOptions options = {}) {
    return request("PUT", std::move(url), std::move(options));
  }
  CAPRICORN_CORO_WRAPPER Task<TestResponse> patch(std::string url,
                                                  TestRequestOptions options = {}) {
    return request("PATCH", std::move(url), std::move(options));
  }
  CAPRICORN_CORO_WRAPPER Task<TestResponse> delete_(std::string url,
                                                    TestRequestOptions options = {}) {
    return request("DELETE", std::move(url), std::move(options));
  }
  CAPRICORN_CORO_WRAPPER Task<TestResponse> options(std::string url,
                                                    TestRequestOptions options = {}) {
    return request("OPTIONS", std::move(url), std::move(options));
  }
  CAPRICORN_CORO_WRAPPER Task<TestResponse> head(std::string url, TestRequestOptions options = {}) {
    return request("HEAD", std::move(url), std::move(options));
  }

  /// Returns once the answer has begun. Redirects are not followed.
  Task<AsyncStream> stream(std::string method, std::string url, TestRequestOptions options = {});
  /// Returns once it was accepted. Throws WebSocketDisconnect where it is refused,
  /// WebSocketDenialResponse where that is a response of HTTP's, and what the application throws.
  Task<AsyncWebSocket> websocket_connect(std::string url, TestWebSocketOptions options = {});

  CookieJar& cookies() noexcept { return cookies_; }
  /// What every request has, the client's own included.
  TextPairs& headers() noexcept { return headers_; }
  const TestClientOptions& client_options() const noexcept { return options_; }

 private:
  detail::OutgoingRequest make(std::string_view method, std::string_view url,
                               const TestRequestOptions& options);
  Task<TestResponse> exchange(const detail::OutgoingRequest& outgoing,
                              const TestRequestOptions& options);
  detail::ExchangeReference<detail::HttpExchange> begin(const detail::OutgoingRequest& outgoing,
                                                        const TestRequestOptions& options,
                                                        bool streamed);
  void take_cookies(const Uri& from, TestResponse& response);
  CookieJar::Time now();

  Application& application_;
  TestClientOptions options_;
  Uri base_;
  detail::TestPeer peer_;
  TextPairs headers_;
  CookieJar cookies_;
  std::optional<std::pair<TimePoint, CookieJar::Time>> epoch_;  // of the loop, and of the world
  std::shared_ptr<detail::ExchangeHouse> house_;
  std::unique_ptr<detail::TestLifespan> lifespan_;
};

}  // namespace capricorn
