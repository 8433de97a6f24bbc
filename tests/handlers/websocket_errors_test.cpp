// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

struct RoomError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct RoomFull : RoomError {
  using RoomError::RoomError;
};

struct Over {
  int code;
  std::string reason;
};

/// How it ends, before it was accepted or behind that.
Over end_of(App& app, std::string url) {
  TestClient client(app);
  try {
    WebSocketTestSession socket = client.websocket_connect(std::move(url));
    socket.receive();
  } catch (const WebSocketDenialResponse& denial) {
    return {denial.response->status_code, denial.response->text()};
  } catch (const WebSocketDisconnect& end) {
    return {end.code, end.reason};
  }
  return {0, "it goes on"};
}

App make_app() {
  App app;
  app.websocket("/full", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw RoomFull("ten");
  });
  app.websocket("/closed", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw RoomError("at night");
  });
  app.websocket("/early", [](WebSocket&) -> Task<> {
    throw RoomFull("twelve");
    co_return;
  });
  app.websocket("/typed",
                [](WebSocket& socket, Query<int, "n">) -> Task<> { co_await socket.accept(); });
  app.websocket("/policy", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw WebSocketException(1008, "policy");
  });
  app.websocket("/status", [](WebSocket&) -> Task<> {
    throw HTTPException(404, "no such room");
    co_return;
  });
  return app;
}

/// Closes with the code, and what the error says.
template <class E>
auto closes_with(int code) {
  return [code](WebSocket& socket, const E& error) -> Task<> {
    co_await socket.close(code, error.what());
  };
}

}  // namespace

TEST_CASE("what a websocket's route throws is answered by the handler of its class, or its base") {
  for (const bool derived_first : {true, false}) {
    App app = make_app();
    if (derived_first) app.exception_handler<RoomFull>(closes_with<RoomFull>(4001));
    app.exception_handler<RoomError>(closes_with<RoomError>(4000));
    if (!derived_first) app.exception_handler<RoomFull>(closes_with<RoomFull>(4001));
    CHECK(end_of(app, "/full").code == 4001);
    CHECK(end_of(app, "/full").reason == "ten");
    CHECK(end_of(app, "/closed").code == 4000);
    CHECK(end_of(app, "/closed").reason == "at night");
  }
}

TEST_CASE("without a handler it is the server's, whatever answers requests") {
  App app = make_app();
  app.exception_handler<RoomFull>(
      [](Request&, const RoomFull&) -> Response { return PlainTextResponse("full", 409); });
  CHECK_THROWS_AS(end_of(app, "/full"), RoomFull);
  CHECK_THROWS_AS(end_of(app, "/closed"), RoomError);
}

TEST_CASE("a handler of requests answers a handshake that is not accepted yet") {
  App app = make_app();
  app.exception_handler<RoomFull>([](Request& request, const RoomFull& error) -> Response {
    return PlainTextResponse(std::string(request.path()) + ": " + error.what(), 409);
  });
  const Over denied = end_of(app, "/early");
  CHECK(denied.code == 409);
  CHECK(denied.reason == "/early: twelve");

  SUBCASE("unless there is one for websockets of the same class") {
    app.exception_handler<RoomFull>(closes_with<RoomFull>(4001));
    CHECK(end_of(app, "/early").code == 4001);
  }
  SUBCASE("also before one for websockets of its base") {
    app.exception_handler<RoomError>(closes_with<RoomError>(4000));
    CHECK(end_of(app, "/early").code == 409);
    CHECK(end_of(app, "/full").code == 4000);
  }
}

TEST_CASE("what the framework throws itself has handlers, too") {
  App app = make_app();
  CHECK(end_of(app, "/policy").code == 1008);
  CHECK(end_of(app, "/typed?n=x").code == 1008);
  CHECK(end_of(app, "/status").reason == R"({"detail":"no such room"})");

  app.exception_handler<WebSocketException>(
      [](WebSocket& socket, const WebSocketException& error) -> Task<> {
        co_await socket.close(error.code() + 3000, "seen: " + error.reason());
      });
  app.exception_handler<WebSocketRequestValidationError>(
      [](WebSocket& socket, const WebSocketRequestValidationError& error) -> Task<> {
        co_await socket.accept();
        co_await socket.close(4422, error.errors().front().type);
      });
  app.exception_handler(404, [](WebSocket& socket, const HTTPException& error) -> Task<> {
    co_await socket.send_denial_response(PlainTextResponse(error.detail() + "!", 410));
  });
  CHECK(end_of(app, "/policy").code == 4008);
  CHECK(end_of(app, "/policy").reason == "seen: policy");
  CHECK(end_of(app, "/typed?n=x").code == 4422);
  CHECK(end_of(app, "/typed?n=x").reason == "int_parsing");
  CHECK(end_of(app, "/status").code == 410);
  CHECK(end_of(app, "/status").reason == "no such room!");
}

TEST_CASE("a handler of requests' validation errors does not see those of handshakes") {
  App app = make_app();
  app.exception_handler<RequestValidationError>(
      [](Request&, const RequestValidationError&) -> Response { return Response(400); });
  CHECK(end_of(app, "/typed?n=x").code == 1008);
  app.exception_handler<ValidationException>(
      [](Request&, const ValidationException& error) -> Response {
        return PlainTextResponse(error.what(), 400);
      });
  CHECK(end_of(app, "/typed?n=x").reason == "the handshake is not valid");
}

TEST_CASE("one object answers both requests and websockets") {
  struct Both {
    Response operator()(Request&, const RoomError& error) const {
      return PlainTextResponse(error.what(), 409);
    }
    Task<> operator()(WebSocket& socket, RoomError error) const {
      co_await socket.close(4000, error.what());
    }
  };
  App app = make_app();
  app.exception_handler<RoomError>(Both{});
  app.get("/closed", []() -> Task<int> {
    throw RoomError("by day");
    co_return 1;
  });
  CHECK(end_of(app, "/closed").code == 4000);
  CHECK(TestClient(app).get("/closed").text() == "by day");
}

TEST_CASE(
    "the websockets' handler of all errors sees what nobody answers, and so does the server") {
  App app = make_app();
  std::string seen;
  app.exception_handler<std::exception>([&](WebSocket&, const std::exception& error) -> Task<> {
    seen += error.what();
    co_return;
  });
  CHECK_THROWS_AS(end_of(app, "/closed"), RoomError);
  CHECK(seen == "at night");
  CHECK(end_of(app, "/policy").code == 1008);
  CHECK(seen == "at night");
}
