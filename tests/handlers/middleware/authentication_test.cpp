// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct Member : SimpleUser {
  explicit Member(std::string name, int n) : SimpleUser(std::move(name)), number(n) {}
  std::string_view identity() const override { return "member"; }
  int number;
};

/// The name and the password are the same; who is called root may do more.
class Backend : public AuthenticationBackend {
 public:
  Task<std::optional<AuthenticationResult>> authenticate(Request& request) override {
    const auto name = request.headers().get("x-name");
    if (!name) co_return std::nullopt;
    co_await sleep(0s);
    if (request.headers().get("x-password") != name) {
      throw AuthenticationError("Invalid basic auth credentials");
    }
    if (*name == "root") {
      co_return AuthenticationResult({{"authenticated", "admin"}}, SimpleUser("root"));
    }
    co_return AuthenticationResult({{"authenticated"}}, Member(std::string(*name), 7));
  }
};

inline constexpr Requires authenticated{{"authenticated"}};
inline constexpr Requires admins{{"authenticated", "admin"}, {.status_code = 404}};
inline constexpr Requires both{{"authenticated", "admin"}};
inline constexpr Requires with_login{{"authenticated"}, {.redirect = "login"}};

Task<std::string> name_of(Request& request) {
  std::string name(request.user().display_name());
  for (const std::string& scope : request.auth().scopes) name += " " + scope;
  co_return request.user().is_authenticated() ? name : "nobody";
}

App make_app(AuthenticationOptions options = {}) {
  App app;
  app.get("/", name_of);
  app.get("/in-a-thread", [](Request& request) {
    return std::string(request.user().display_name()) + "=" +
           std::string(request.user().identity());
  });
  app.get("/members", name_of, {.dependencies = dependencies<authenticated>()});
  app.get("/admins", name_of, {.dependencies = dependencies<admins>()});
  app.get("/both", name_of, {.dependencies = dependencies<both>()});
  app.get("/number",
          [](Request& request) -> Task<int> { co_return request.user<Member>().number; });
  app.get("/account", name_of, {.dependencies = dependencies<with_login>()});
  app.get("/login", []() -> Task<std::string> { co_return "please"; }, {.name = "login"});
  app.websocket("/ws", [](WebSocket& socket, Depends<authenticated>) -> Task<> {
    co_await socket.accept();
    co_await socket.send_text(std::string(socket.user().display_name()));
  });
  app.add_middleware<AuthenticationMiddleware>(Backend(), options);
  return app;
}

TextPairs as(const std::string& name) { return {{"x-name", name}, {"x-password", name}}; }
const TextPairs kWrong = {{"x-name", "ann"}, {"x-password", "bob"}};

}  // namespace

TEST_CASE("who asks is what the backend has found out") {
  App app = make_app();
  TestClient client(app);
  CHECK(client.get("/").text() == "\"nobody\"");
  CHECK(client.get("/", {.headers = as("ann")}).text() == "\"ann authenticated\"");
  CHECK(client.get("/", {.headers = as("root")}).text() == "\"root authenticated admin\"");
  CHECK(client.get("/in-a-thread", {.headers = as("ann")}).text() == "\"ann=member\"");
  CHECK(client.get("/in-a-thread", {.headers = as("root")}).text() == "\"root=root\"");
  CHECK(client.get("/number", {.headers = as("ann")}).text() == "7");
  CHECK_THROWS_WITH_AS(client.get("/number", {.headers = as("root")}),
                       "request.user is of another class than the one that is asked for",
                       RuntimeError);
}

TEST_CASE("wrong credentials are answered with 400, or by on_error") {
  App app = make_app();
  const auto refused = TestClient(app).get("/", {.headers = kWrong});
  CHECK(refused.status_code == 400);
  CHECK(refused.text() == "Invalid basic auth credentials");
  CHECK(refused.header("content-type") == "text/plain; charset=utf-8");
  App own = make_app({.on_error = [](Request& request, const AuthenticationError& error) {
    return JSONResponse(std::string(request.path()) + ": " + error.what(), 401);
  }});
  const auto answered = TestClient(own).get("/members", {.headers = kWrong});
  CHECK(answered.status_code == 401);
  CHECK(answered.text() == "\"/members: Invalid basic auth credentials\"");
}

TEST_CASE("a route wants scopes, all of them, and else a status") {
  App app = make_app();
  TestClient client(app);
  const auto refused = client.get("/members");
  CHECK(refused.status_code == 403);
  CHECK(refused.text() == R"({"detail":"Forbidden"})");
  CHECK(client.get("/members", {.headers = as("ann")}).status_code == 200);
  CHECK(client.get("/admins", {.headers = as("ann")}).status_code == 404);
  CHECK(client.get("/admins", {.headers = as("root")}).status_code == 200);
  CHECK(client.get("/both", {.headers = as("ann")}).status_code == 403);
  CHECK(client.get("/both", {.headers = as("root")}).status_code == 200);
}

TEST_CASE("or sends to another route, which learns what was asked for") {
  App app = make_app();
  TestClient client(app, {.follow_redirects = false});
  const auto sent = client.get("/account?tab=a b");
  CHECK(sent.status_code == 303);
  CHECK(sent.header("location") ==
        "http://testserver/login?next=http%3A%2F%2Ftestserver%2Faccount%3Ftab%3Da%2520b");
  CHECK(client.get("/account", {.headers = as("ann")}).status_code == 200);
  CHECK(TestClient(app).get("/account").text() == "\"please\"");
}

TEST_CASE("a websocket has a user, and is refused without its scopes or with wrong ones") {
  App app = make_app();
  TestClient client(app);
  CHECK(client.websocket_connect("/ws", {.headers = as("ann")}).receive_text() == "ann");
  const auto code_of = [&](TextPairs headers) {
    try {
      client.websocket_connect("/ws", {.headers = std::move(headers)});
    } catch (const WebSocketDisconnect& end) {
      return end.code;
    }
    return 0;
  };
  CHECK(code_of({}) == 1000);
  CHECK(code_of(kWrong) == 1000);
}

TEST_CASE("without the middleware there is nobody to ask") {
  App app;
  app.get("/user", name_of);
  app.get("/members", name_of, {.dependencies = dependencies<authenticated>()});
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/user"),
                       "AuthenticationMiddleware must be installed to access request.user",
                       RuntimeError);
  CHECK_THROWS_WITH_AS(client.get("/members"),
                       "AuthenticationMiddleware must be installed to access request.auth",
                       RuntimeError);
}
