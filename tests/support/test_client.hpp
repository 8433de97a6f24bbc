// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>
#include <capricorn/http/application.hpp>
#include <capricorn/http/url.hpp>
#include <capricorn/loop/event.hpp>
#include <capricorn/loop/loop.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace capricorn::test {

struct TestResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int events = 0;
  std::string route;

  std::string header(std::string_view name) const {
    for (const auto& [field, value] : headers) {
      if (field == name) return value;
    }
    return "";
  }
};

struct TestRequest {
  std::string_view method;
  std::string_view target;
  std::string_view body = {};
  std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {};
  std::size_t piece = 0;  // bytes of the body that come at once; 0: all
  bool cut = false;       // the client leaves before the last byte
};

/// Runs an application for one request at a time, in this process, without a server.
class TestClient {
 public:
  explicit TestClient(Application& application) noexcept : application_(&application) {}

  TestResponse operator()(TestRequest request) {
    const std::size_t mark = request.target.find('?');
    const std::string path = percent_decode(request.target.substr(0, mark));
    Scope scope;
    scope.method = parse_method(request.method);
    scope.method_name = request.method;
    scope.raw_path = request.target.substr(0, mark);
    scope.path = path;
    if (mark != std::string_view::npos) scope.query_string = request.target.substr(mark + 1);
    for (const auto& [name, value] : request.headers) scope.headers.append(name, value);
    Body receive(request);
    Collector send;
    loop_.run_until_complete(run(*application_, scope, receive, send));
    send.response.route = scope.route;
    return std::move(send.response);
  }
  TestResponse get(std::string_view target) { return (*this)({.method = "GET", .target = target}); }

 private:
  /// Gives the body and then waits, as a client does that wants its answer.
  struct Body final : Receive {
    explicit Body(const TestRequest& request)
        : left(request.body),
          piece(request.piece ? request.piece : left.size()),
          cut(request.cut) {}
    ValueTask<ReceiveEvent> operator()() override {
      if (given) return wait();
      if (cut && left.size() <= piece) return ReceiveEvent(HttpDisconnect{});
      chunk = left.substr(0, piece);  // what was given before is gone
      left.remove_prefix(chunk.size());
      given = left.empty();
      return ReceiveEvent(HttpRequest{chunk, !given});
    }
    Task<ReceiveEvent> wait() {
      co_await gone.wait();
      co_return HttpDisconnect{};
    }
    std::string_view left;
    std::string chunk;
    const std::size_t piece;
    const bool cut;
    bool given = false;
    Event gone;
  };

  struct Collector final : Send {
    ValueTask<void> operator()(const SendEvent& event) override {
      ++response.events;
      if (const auto* start = std::get_if<ResponseStart>(&event)) {
        take_head(start->status, start->headers);
      } else if (const auto* whole = std::get_if<WholeResponse>(&event)) {
        take_head(whole->status, whole->headers);
        response.body += whole->body;
      } else if (const auto* body = std::get_if<ResponseBody>(&event)) {
        response.body += body->body;
      } else if (const auto* file = std::get_if<FileRange>(&event)) {
        std::string bytes(file->size, '\0');
        const ssize_t n =
            ::pread(file->fd, bytes.data(), bytes.size(), static_cast<off_t>(file->offset));
        response.body += bytes.substr(0, n > 0 ? static_cast<std::size_t>(n) : 0);
      }
      return {};
    }
    void take_head(int status, const Headers& headers) {
      response.status = status;
      for (const Headers::Field field : headers)
        response.headers.emplace_back(field.name, field.value);
    }
    TestResponse response;
  };

  static Task<> run(Application& application, Scope& scope, Receive& receive, Send& send) {
    co_await application(scope, receive, send);
  }

  Application* application_;
  Loop loop_;
};

}  // namespace capricorn::test
