// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace capricorn;

namespace {

struct Point {
  int x;
  int y;
};

/// One websocket, run in this process: these messages and then the end; what the application sends
/// in words.
struct Run {
  std::string_view target;
  std::vector<std::pair<bool, std::string>> messages = {};  // text, data
  std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {};
  std::vector<std::string_view> subprotocols = {};
};

struct Script final : Receive, Send {
  explicit Script(const Run& r) : run(r) {}

  ValueTask<ReceiveEvent> operator()() override {
    if (!std::exchange(connected, true)) return ReceiveEvent(WebSocketConnect{});
    if (at == run.messages.size()) return ReceiveEvent(WebSocketDisconnect(1001, "bye"));
    const auto& [text, data] = run.messages[at++];
    return ReceiveEvent(WebSocketReceive{data, text});
  }
  ValueTask<void> operator()(const SendEvent& event) override {
    if (const auto* start = std::get_if<WebSocketAccept>(&event)) {
      trace += "accept(" + std::string(start->subprotocol) + ")";
      for (const auto field : start->headers) trace += std::string(field.name) + ";";
    } else if (const auto* message = std::get_if<WebSocketSend>(&event)) {
      trace += (message->text ? "text(" : "bytes(") + std::string(message->data) + ")";
    } else if (const auto* end = std::get_if<WebSocketClose>(&event)) {
      trace += "close(" + std::to_string(end->code) + " " + std::string(end->reason) + ")";
    } else if (const auto* whole = std::get_if<WholeResponse>(&event)) {
      trace += "http(" + std::to_string(whole->status) + " " + std::string(whole->body) + ")";
    }
    if (gone) throw WebSocketDisconnect(1006, "");
    return {};
  }

  const Run& run;
  std::string trace;
  std::size_t at = 0;
  bool connected = false;
  bool gone = false;
};

Task<> call(Application& app, Scope& scope, Script& script) {
  try {
    co_await app(scope, script, script);
  } catch (const std::exception& error) {
    script.trace += std::string("throws(") + error.what() + ")";
  }
}

struct Seen {
  std::string trace;
  std::string route;
  std::size_t max_message;
};

Seen see(App& app, const Run& run, bool gone = false) {
  Loop loop;
  Scope scope;
  const std::size_t mark = run.target.find('?');
  scope.type = Scope::Type::kWebSocket;
  scope.method_name = "GET";
  scope.path = scope.raw_path = run.target.substr(0, mark);
  if (mark != std::string_view::npos) scope.query_string = run.target.substr(mark + 1);
  for (const auto& [name, value] : run.headers) scope.headers.append(name, value);
  scope.subprotocols = run.subprotocols;
  Script script(run);
  script.gone = gone;
  loop.run_until_complete(call(app, scope, script));
  return {script.trace, std::string(scope.route), scope.max_message};
}

std::string trace(App& app, const Run& run) { return see(app, run).trace; }

App make_app() {
  App app;
  app.websocket("/rooms/{room}", [](WebSocket& socket, Path<std::string, "room"> room) -> Task<> {
    co_await socket.accept();
    while (auto text = co_await socket.receive_text())
      co_await socket.send_text(*room + ": " + *text);
  });
  app.websocket("/typed/{id}",
                [](Path<int, "id"> id, WebSocket& socket, Query<int, "n", Default{2}> n,
                   Header<std::optional<std::string>, "x-token"> token) -> Task<> {
                  co_await socket.accept();
                  co_await socket.send_text(std::to_string(*id * *n) + token->value_or("none"));
                });
  app.get("/page", []() -> Task<Response> { co_return PlainTextResponse("page"); });
  return app;
}

}  // namespace

TEST_CASE("a handler talks to its client until it is over") {
  App app = make_app();
  const Seen seen = see(app, {.target = "/rooms/blue", .messages = {{true, "a"}, {true, "b"}}});
  CHECK(seen.trace == "accept()text(blue: a)text(blue: b)");
  CHECK(seen.route == "/rooms/{room}");
}

TEST_CASE("parameters are typed, and what does not fit is refused before the handler runs") {
  App app = make_app();
  CHECK(trace(app, {.target = "/typed/21"}) == "accept()text(42none)");
  CHECK(trace(app, {.target = "/typed/21?n=3", .headers = {{"x-token", "t"}}}) ==
        "accept()text(63t)");
  CHECK(trace(app, {.target = "/typed/none"}) == "close(1008 )");
  CHECK(trace(app, {.target = "/typed/21?n=x"}) == "close(1008 )");
}

TEST_CASE("what no route takes is refused; HTTP's routes and a websocket's are apart") {
  App app = make_app();
  CHECK(trace(app, {.target = "/nowhere"}) == "close(1000 )");
  CHECK(trace(app, {.target = "/page"}) == "close(1000 )");
}

TEST_CASE("a mounted application's websockets are found") {
  App app;
  app.mount("/sub", make_app());
  CHECK(trace(app, {.target = "/sub/rooms/red", .messages = {{true, "x"}}}) ==
        "accept()text(red: x)");
  CHECK(trace(app, {.target = "/sub/none"}) == "close(1000 )");
}

TEST_CASE("bytes, JSON and either kind") {
  App app;
  app.websocket("/bytes", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto bytes = co_await socket.receive_bytes()) co_await socket.send_bytes(*bytes);
  });
  app.websocket("/json", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto json = co_await socket.receive_json()) {
      co_await socket.send_json(Point{json->at("x").get<int>(), 2});
      co_await socket.send_json(*json);
      co_await socket.send_json("text");
    }
  });
  app.websocket("/any", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (const auto message = co_await socket.receive()) {
      co_await socket.send_text(std::string(message->text ? "t" : "b") +
                                std::string(message->data));
    }
  });
  CHECK(trace(app, {.target = "/bytes", .messages = {{false, "\xff"}}}) == "accept()bytes(\xff)");
  CHECK(trace(app, {.target = "/bytes", .messages = {{true, "x"}}}) ==
        "accept()close(1003 expected bytes, got text)");
  CHECK(trace(app, {.target = "/json", .messages = {{true, R"({"x":1})"}}}) ==
        R"(accept()text({"x":1,"y":2})text({"x":1})text("text"))");
  CHECK(trace(app, {.target = "/json", .messages = {{true, "{"}}}) ==
        "accept()close(1007 expected JSON)");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& text : {deep, std::string("18446744073709551616")}) {
    CHECK(trace(app, {.target = "/json", .messages = {{true, text}}}) ==
          "accept()close(1007 expected JSON)");
  }
  CHECK(trace(app, {.target = "/any", .messages = {{true, "1"}, {false, "2"}}}) ==
        "accept()text(t1)text(b2)");
}

TEST_CASE("a message can be awaited with a deadline, or as a task") {
  App app;
  app.websocket("/", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    const auto first = co_await wait_for(socket.receive(), std::chrono::seconds(60));
    const auto second = co_await create_task(socket.receive());
    co_await wait_for(socket.send_text(first->data), std::chrono::seconds(60));
    co_await create_task(socket.send_bytes(second->data));
  });
  CHECK(trace(app, {.target = "/", .messages = {{true, "a"}, {true, "b"}}}) ==
        "accept()text(a)bytes(b)");
}

TEST_CASE("a subprotocol is chosen among those offered") {
  App app;
  app.websocket("/", [](WebSocket& socket) -> Task<> {
    co_await socket.accept(socket.offers("chat") ? "chat" : "", {{"x-a", "1"}});
    co_await socket.close(4000, "done");
  });
  CHECK(trace(app, {.target = "/", .subprotocols = {"v1", "chat"}}) ==
        "accept(chat)x-a;close(4000 done)");
  CHECK(trace(app, {.target = "/"}) == "accept()x-a;close(4000 done)");
}

TEST_CASE("what a handler throws says how it ends") {
  App app;
  app.websocket("/policy", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw WebSocketException(1008, "no");
  });
  app.websocket("/early", [](WebSocket&) -> Task<> {
    throw WebSocketException(1008);
    co_return;
  });
  app.websocket("/denied", [](WebSocket&) -> Task<> {
    throw HTTPException(401, "who?");
    co_return;
  });
  app.websocket("/fails", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw std::runtime_error("failed");
  });
  app.websocket("/refuses", [](WebSocket& socket) -> Task<> {
    co_await socket.send_denial_response(PlainTextResponse("full", 503));
  });
  CHECK(trace(app, {.target = "/policy"}) == "accept()close(1008 no)");
  CHECK(trace(app, {.target = "/early"}) == "close(1008 )");
  CHECK(trace(app, {.target = "/denied"}) == R"(http(401 {"detail":"who?"}))");
  CHECK(trace(app, {.target = "/fails"}) == "accept()throws(failed)");
  CHECK(trace(app, {.target = "/refuses"}) == "http(503 full)");
}

TEST_CASE("sending to a client that is gone ends the handler quietly") {
  App app = make_app();
  CHECK(see(app, {.target = "/typed/1"}, true).trace == "accept()");
}

TEST_CASE("the end is known, and asking once more is a mistake") {
  App app;
  app.websocket("/", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    CHECK(socket.client_state() == WebSocketState::kConnected);
    CHECK_FALSE((co_await socket.receive_text()).has_value());
    CHECK(socket.client_state() == WebSocketState::kDisconnected);
    CHECK(socket.close_code() == 1001);
    CHECK(socket.close_reason() == "bye");
    co_await socket.close();  // nothing to do any more
    co_await socket.receive_text();
  });
  app.websocket("/eager", [](WebSocket& socket) -> Task<> { co_await socket.send_text("x"); });
  app.websocket("/deaf", [](WebSocket& socket) -> Task<> { co_await socket.receive_text(); });
  app.websocket("/twice", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await socket.close();
    co_await socket.send_text("x");
  });
  CHECK(trace(app, {.target = "/"}) ==
        "accept()throws(Cannot call \"receive\" once a disconnect message has been received.)");
  CHECK(trace(app, {.target = "/eager"}) ==
        "throws(WebSocket is not connected. Need to call \"accept\" first.)");
  CHECK(trace(app, {.target = "/deaf"}) ==
        "throws(WebSocket is not connected. Need to call \"accept\" first.)");
  CHECK(trace(app, {.target = "/twice"}) ==
        "accept()close(1000 )throws(Cannot call \"send\" once a close message has been sent.)");
}

TEST_CASE("a route's own largest message is told to the server") {
  App app;
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); },
                {.max_message = 77});
  CHECK(see(app, {.target = "/"}).max_message == 77);
}
