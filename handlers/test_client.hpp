// SPDX-License-Identifier: MIT
#pragma once

/// For tests, hence not in the umbrella: `#include <capricorn/handlers/test_client.hpp>`, and
/// <nlohmann/json.hpp> where a test looks into JSON.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>

#include "../loop/loop.hpp"
#include "testing/async_client.hpp"

namespace capricorn {

/// An answer that is read while the application sends it; see AsyncStream. Its client outlives it.
class TestStream {
 public:
  TestStream(Loop& loop, AsyncStream stream) noexcept : loop_(&loop), stream_(std::move(stream)) {}

  const TestResponse& response() const noexcept { return stream_.response(); }
  int status_code() const noexcept { return response().status_code; }
  const Headers& headers() const noexcept { return response().headers; }
  std::optional<std::string> next() { return loop_->run_until_complete(stream_.next()); }
  std::optional<std::string> next_line() { return loop_->run_until_complete(stream_.next_line()); }
  std::string read() { return loop_->run_until_complete(stream_.read()); }
  void close() { loop_->run_until_complete(stream_.close()); }

 private:
  Loop* loop_;
  AsyncStream stream_;
};

/// A websocket's client; see AsyncWebSocket. The application runs while this waits: in receiving
/// and closing. Its client outlives it.
class WebSocketTestSession {
 public:
  WebSocketTestSession(Loop& loop, AsyncWebSocket socket) noexcept
      : loop_(&loop), socket_(std::move(socket)) {}

  const std::optional<std::string>& accepted_subprotocol() const noexcept {
    return socket_.accepted_subprotocol();
  }
  const Headers& extra_headers() const noexcept { return socket_.extra_headers(); }

  void send_text(std::string text) { socket_.send_text(std::move(text)); }
  void send_bytes(std::string bytes) { socket_.send_bytes(std::move(bytes)); }
  void send_json(const JsonBody& value) { socket_.send_json(value); }

  WebSocketMessage receive() { return loop_->run_until_complete(socket_.receive()); }
  std::string receive_text() { return loop_->run_until_complete(socket_.receive_text()); }
  std::string receive_bytes() { return loop_->run_until_complete(socket_.receive_bytes()); }
  nlohmann::json receive_json();
  template <class T>
    requires Describable<T>
  T receive_json() {
    return loop_->run_until_complete(socket_.template receive_json<T>());
  }
  void close(int code = 1000, std::string reason = "") {
    loop_->run_until_complete(socket_.close(code, std::move(reason)));
  }

 private:
  Loop* loop_;
  AsyncWebSocket socket_;
};

/// Drives an application in this process, for tests that are plain functions: no socket, no server,
/// no port. It has a loop of its own, which runs while a member waits, and starts the application
/// where it is made and shuts it down where it goes (TestClientOptions::lifespan). What the members
/// take, return and throw is AsyncClient's. The application outlives it and stays where it is.
///
///     TestClient client(app);
///     auto response = client.get("/items/1", {.headers = {{"x-token", "a"}}});
///     CHECK(response.status_code == 200);
///
/// One thread. Throws RuntimeError where a loop runs on it: there AsyncClient is at home.
class TestClient {
 public:
  /// Throws what the application throws at its start.
  explicit TestClient(Application& application, TestClientOptions options = {});
  /// As `close`, but what that throws is told to the loop's exception handler, which logs it.
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  /// Shuts the application down and waits until nothing of it runs; throws what that throws.
  /// Idempotent.
  void close();

  TestResponse request(std::string method, std::string url, TestRequestOptions options = {}) {
    return run(client_.request(std::move(method), std::move(url), std::move(options)));
  }
  TestResponse get(std::string url, TestRequestOptions options = {}) {
    return run(client_.get(std::move(url), std::move(options)));
  }
  TestResponse post(std::string url, TestRequestOptions options = {}) {
    return run(client_.post(std::move(url), std::move(options)));
  }
  TestResponse put(std::string url, TestRequestOptions options = {}) {
    return run(client_.put(std::move(url), std::move(options)));
  }
  TestResponse patch(std::string url, TestRequestOptions options = {}) {
    return run(client_.patch(std::move(url), std::move(options)));
  }
  TestResponse delete_(std::string url, TestRequestOptions options = {}) {
    return run(client_.delete_(std::move(url), std::move(options)));
  }
  TestResponse options(std::string url, TestRequestOptions options = {}) {
    return run(client_.options(std::move(url), std::move(options)));
  }
  TestResponse head(std::string url, TestRequestOptions options = {}) {
    return run(client_.head(std::move(url), std::move(options)));
  }
  TestStream stream(std::string method, std::string url, TestRequestOptions options = {}) {
    return {*loop_, run(client_.stream(std::move(method), std::move(url), std::move(options)))};
  }
  WebSocketTestSession websocket_connect(std::string url, TestWebSocketOptions options = {}) {
    return {*loop_, run(client_.websocket_connect(std::move(url), std::move(options)))};
  }

  CookieJar& cookies() noexcept { return client_.cookies(); }
  TextPairs& headers() noexcept { return client_.headers(); }

  /// Runs a coroutine on the client's loop, where the application's own things are used.
  template <class T>
  T run(Task<T> task) {
    return loop_->run_until_complete(std::move(task));
  }
  /// Lets the application run for so long, or, with a virtual clock, until nothing of it is due.
  void advance(Duration by);
  Loop& loop() noexcept { return *loop_; }

 private:
  std::unique_ptr<Loop> loop_;
  AsyncClient client_;
};

}  // namespace capricorn
