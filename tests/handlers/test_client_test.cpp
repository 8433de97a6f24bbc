// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct Item {
  std::string name;
  double price = 0;
  std::vector<std::string> tags;
};

/// What the application was told of a request.
json told(Request& request) {
  json headers = json::array();
  for (const Headers::Field field : request.headers()) headers.push_back({field.name, field.value});
  const Scope& scope = request.scope();
  return {{"method", request.method()},   {"path", request.path()},
          {"raw_path", scope.raw_path},   {"query", request.query_string()},
          {"scheme", scope.scheme},       {"server", {scope.server_host, scope.server_port}},
          {"root_path", scope.root_path}, {"client", {scope.client_host, scope.client_port}},
          {"headers", std::move(headers)}};
}

App echo_app() {
  App app;
  app.api_route("/{path:path}", 0xffff,
                [](Path<std::string, "path">, Request& request) -> Task<json> {
                  json out = told(request);
                  out["body"] = std::string(co_await request.body());
                  co_return out;
                });
  return app;
}

json header_of(const json& told, std::string_view name) {
  json all = json::array();
  for (const json& field : told["headers"]) {
    if (field[0] == name) all.push_back(field[1]);
  }
  return all.size() == 1 ? all[0] : all;
}

/// An application without a framework.
template <class F>
class Raw final : public Application {
 public:
  explicit Raw(F call) : call_(std::move(call)) {}
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    co_await call_(scope, receive, send);
  }

 private:
  F call_;
};

}  // namespace

TEST_CASE("a request is what httpx would send") {
  App app = echo_app();
  TestClient client(app);
  const json seen = client.get("/a b/%2F?x=1&y=\xc3\xa9").json();
  CHECK(seen["method"] == "GET");
  CHECK(seen["path"] == "/a b//");
  CHECK(seen["raw_path"] == "/a%20b/%2F");
  CHECK(seen["query"] == "x=1&y=%C3%A9");
  CHECK(seen["scheme"] == "http");
  CHECK(seen["server"] == json({"testserver", 80}));
  CHECK(seen["client"] == json({"testclient", 50000}));
  CHECK(seen["root_path"] == "");
  CHECK(seen["headers"].dump() ==
        R"([["host","testserver"],["accept","*/*"],)"
        R"(["accept-encoding","gzip, deflate, br, zstd"],["connection","keep-alive"],)"
        R"(["user-agent","testclient"]])");
  CHECK(seen["body"] == "");
}

TEST_CASE("a client's options say where it is, whose it is and what it always sends") {
  App app = echo_app();
  TestClient client(app, {.base_url = "https://Example.com:8443/v1/",
                          .root_path = "/proxy",
                          .client = {"10.0.0.1", 7},
                          .headers = {{"X-Token", "t"}, {"User-Agent", "me"}},
                          .cookies = {{"a", "1"}}});
  const json seen = client.get("/items").json();
  CHECK(seen["path"] == "/v1/items");
  CHECK(seen["scheme"] == "https");
  CHECK(seen["server"] == json({"example.com", 8443}));
  CHECK(seen["client"] == json({"10.0.0.1", 7}));
  CHECK(seen["root_path"] == "/proxy");
  CHECK(header_of(seen, "host") == "example.com:8443");
  CHECK(header_of(seen, "x-token") == "t");
  CHECK(header_of(seen, "user-agent") == "me");
  CHECK(header_of(seen, "cookie") == "a=1");
  const json other = client.get("http://other.example/x").json();
  CHECK(other["path"] == "/x");
  CHECK(header_of(other, "host") == "other.example");
  client.headers().emplace_back("x-later", "2");
  CHECK(header_of(client.get("/").json(), "x-later") == "2");
}

TEST_CASE("each method has its function") {
  App app = echo_app();
  TestClient client(app);
  CHECK(client.get("/").json()["method"] == "GET");
  CHECK(client.post("/").json()["method"] == "POST");
  CHECK(client.put("/").json()["method"] == "PUT");
  CHECK(client.patch("/").json()["method"] == "PATCH");
  CHECK(client.delete_("/").json()["method"] == "DELETE");
  CHECK(client.options("/").json()["method"] == "OPTIONS");
  CHECK(client.request("TRACE", "/").json()["method"] == "TRACE");
  const TestResponse head = client.head("/");
  CHECK(head.status_code == 200);
  CHECK(head.content() == "");
  CHECK(head.header("content-length") != "0");
}

TEST_CASE("parameters join those of the address, headers replace the client's own") {
  App app = echo_app();
  TestClient client(app);
  const json seen =
      client
          .get("/?a=1",
               {.params = {{"b", "x&y z"}, {"n", 5}, {"f", 1.5}, {"on", true}},
                .headers = {{"User-Agent", "u"}, {"x-a", "1"}, {"x-a", "2"}, {"Host", "h"}}})
          .json();
  CHECK(seen["query"] == "a=1&b=x%26y%20z&n=5&f=1.5&on=true");
  CHECK(header_of(seen, "user-agent") == "u");
  CHECK(header_of(seen, "x-a") == json({"1", "2"}));
  CHECK(header_of(seen, "host") == "h");
  CHECK_THROWS_AS(client.get("/", {.headers = {{"x", "a\r\nb: c"}}}), std::invalid_argument);
  CHECK_THROWS_AS(client.get("ftp://x/"), std::invalid_argument);
}

TEST_CASE("a body is content, JSON, a form or a form with files") {
  App app = echo_app();
  TestClient client(app);
  const json content = client.post("/", {.content = "bytes"}).json();
  CHECK(content["body"] == "bytes");
  CHECK(header_of(content, "content-length") == "5");
  CHECK(header_of(content, "content-type") == json::array());
  const json model =
      client.put("/", {.json = Item{.name = "a", .price = 1.5, .tags = {"x"}}}).json();
  CHECK(model["body"] == R"({"name":"a","price":1.5,"tags":["x"]})");
  CHECK(header_of(model, "content-type") == "application/json");
  CHECK(client.post("/", {.json = json{{"a", nullptr}}}).json()["body"] == R"({"a":null})");
  CHECK(client.post("/", {.json = "text"}).json()["body"] == R"("text")");
  const json form = client.post("/", {.data = {{"a", "1 +"}, {"b", 2}}}).json();
  CHECK(form["body"] == "a=1%20%2B&b=2");
  CHECK(header_of(form, "content-type") == "application/x-www-form-urlencoded");
  const json files =
      client
          .post("/", {.data = {{"a", "1"}},
                      .files = {{.name = "f\"", .content = "c", .filename = "x.txt"}}})
          .json();
  CHECK(header_of(files, "content-type") == "multipart/form-data; boundary=testclient-boundary-0");
  CHECK(files["body"] ==
        "--testclient-boundary-0\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
        "--testclient-boundary-0\r\ncontent-disposition: form-data; name=\"f%22\"; "
        "filename=\"x.txt\"\r\ncontent-type: text/plain; charset=utf-8\r\n\r\nc\r\n"
        "--testclient-boundary-0--\r\n");
  const json own = client.post("/", {.headers = {{"Content-Type", "text/json"}}, .json = 1}).json();
  CHECK(header_of(own, "content-type") == "text/json");
  CHECK(header_of(client.post("/").json(), "content-length") == "0");
}

TEST_CASE("forms and files arrive, whatever stands in them") {
  App app;
  app.post("/",
           [](Form<std::string, "name"> name, File<UploadFile, "file"> file) -> Task<std::string> {
             co_return *name + "|" + file->filename() + "|" +
                 std::string(file->content_type().value_or("")) + "|" + co_await file->read();
           });
  TestClient client(app);
  const auto response = client.post("/", {.data = {{"name", "n"}},
                                          .files = {{.name = "file",
                                                     .content = "--testclient-boundary-0--\r\n",
                                                     .filename = "a.bin",
                                                     .content_type = "x/y"}},
                                          .chunk_size = 7});
  CHECK(response.json() == "n|a.bin|x/y|--testclient-boundary-0--\r\n");
}

TEST_CASE("a response tells all that the client got") {
  App app;
  app.get("/items/{id}", [](Path<int, "id"> id) -> Task<Response> {
    Response response = JSONResponse(Item{.name = "n", .price = 2.0, .tags = {}}, *id);
    response.headers().append("x-a", "1");
    response.headers().append("x-a", "2");
    co_return response;
  });
  TestClient client(app);
  const TestResponse made = client.get("/items/201?q=1");
  CHECK(made.status_code == 201);
  CHECK(made.reason_phrase() == "Created");
  CHECK(made.is_success());
  CHECK(&made.raise_for_status() == &made);
  CHECK(made.url == "http://testserver/items/201?q=1");
  CHECK(made.route == "/items/{id}");
  CHECK(made.header("X-A") == "1");
  CHECK(made.header("content-length") == "34");
  CHECK(made.headers.get("content-type") == "application/json");
  CHECK(made.text() == R"({"name":"n","price":2.0,"tags":[]})");
  CHECK(made.json()["price"] == 2.0);
  CHECK(made.json<Item>().name == "n");
  CHECK_THROWS_AS(made.json<std::vector<int>>(), std::invalid_argument);
  const TestResponse missing = client.get("/none");
  CHECK(missing.is_client_error());
  CHECK_THROWS_WITH_AS(missing.raise_for_status(),
                       "Client error '404 Not Found' for url 'http://testserver/none'",
                       HTTPStatusError);
  CHECK_THROWS_WITH_AS(client.get("/items/503").raise_for_status(),
                       "Server error '503 Service Unavailable' for url "
                       "'http://testserver/items/503'",
                       HTTPStatusError);
}

TEST_CASE("a compressed answer is decoded, and its bytes are kept") {
  App app;
  app.get("/", []() -> Task<Response> { co_return PlainTextResponse(std::string(5000, 'a')); });
  Compression compressed(std::move(app));
  TestClient client(compressed);
  const TestResponse response = client.get("/");
  CHECK(response.header("content-encoding") == "zstd");
  CHECK(response.text() == std::string(5000, 'a'));
  CHECK(response.raw_content().size() < 200);
  App broken;
  broken.get("/", []() -> Task<Response> {
    Response plain = PlainTextResponse("plain");
    plain.headers().append("content-encoding", "gzip");
    co_return plain;
  });
  const TestResponse undecodable = TestClient(broken).get("/");
  CHECK(undecodable.raw_content() == "plain");
  CHECK_THROWS_AS(undecodable.text(), std::runtime_error);
  auto stream = client.stream("GET", "/", {.headers = {{"accept-encoding", "br"}}});
  CHECK(stream.headers().get("content-encoding") == "br");
  CHECK(stream.read() == std::string(5000, 'a'));
}

TEST_CASE("what the application throws is the test's, or a 500") {
  App app;
  app.get("/loop", []() -> Task<> {
    throw std::out_of_range("loop");
    co_return;
  });
  app.get("/pool", []() -> int { throw std::out_of_range("pool"); });
  app.get("/fine", []() -> int { return 1; });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/loop"), "loop", std::out_of_range);
  CHECK_THROWS_WITH_AS(client.get("/pool"), "pool", std::out_of_range);
  CHECK(client.get("/fine").text() == "1");
  TestClient quiet(app, {.raise_server_exceptions = false});
  const TestResponse response = quiet.get("/loop");
  CHECK(response.status_code == 500);
  CHECK(response.text() == "Internal Server Error");
}

TEST_CASE("an application that breaks the protocol is told so as by a server") {
  const Headers headers;
  const auto play = [](auto call) {
    Raw app(std::move(call));
    return TestClient(app, {.lifespan = false}).get("/");
  };
  CHECK_THROWS_WITH_AS(play([](Scope&, Receive&, Send&) -> Task<> { co_return; }),
                       "Application returned without starting response.", std::logic_error);
  CHECK_THROWS_WITH_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                         co_await send(ResponseStart{200, headers});
                       }),
                       "Application returned without completing response.", std::logic_error);
  CHECK_THROWS_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                    co_await send(ResponseBody{"x", false});
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                    const Headers length{{"content-length", "2"}};
                    co_await send(WholeResponse{200, length, "abc"});
                  }),
                  std::runtime_error);
  CHECK_THROWS_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                    co_await send(WebSocketSend{"x", true});
                  }),
                  std::logic_error);
  const TestResponse hinted = play([&](Scope&, Receive&, Send& send) -> Task<> {
    const Headers link{{"link", "</a.css>"}};
    co_await send(EarlyHints{link});
    co_await send(WholeResponse{200, headers, "x"});
  });
  CHECK(hinted.early_hints.size() == 1);
  CHECK(hinted.early_hints[0].get("link") == "</a.css>");
}

TEST_CASE("cookies are kept and sent back where they belong") {
  App app;
  app.get("/set", [](Query<std::string, "path", Default{"/"}> path) -> Task<Response> {
    Response response = PlainTextResponse("");
    response.set_cookie("a", "1 2", {.max_age = 10s, .path = *path});
    response.set_cookie("s", "x", {.secure = true});
    response.set_cookie("d", "y", {.domain = "other.example"});
    co_return response;
  });
  app.get("/forget", []() -> Task<Response> {
    Response response = PlainTextResponse("");
    response.delete_cookie("a");
    co_return response;
  });
  app.get("/{p:path}", [](Path<std::string, "p">, Request& request) -> Task<std::string> {
    co_return std::string(request.headers().get("cookie").value_or("none"));
  });
  TestClient client(app, {.virtual_clock = true});
  const TestResponse set = client.get("/set");
  CHECK(set.cookies.get("a") == "1 2");
  CHECK(set.cookies.size() == 1);
  CHECK(client.cookies().get("a") == "1 2");
  CHECK(client.get("/x").json() == R"(a="1 2")");
  CHECK(client.get("/x", {.cookies = {{"b", "2"}}}).json() == R"(a="1 2"; b=2)");
  CHECK(client.get("/x", {.headers = {{"cookie", "mine=1"}}}).json() == "mine=1");
  CHECK(client.get("/x").json() == R"(a="1 2")");
  CHECK(client.get("http://else.example/x").json() == "none");
  client.cookies().set("any", "3");
  CHECK(client.get("http://else.example/x").json() == "any=3");
  client.cookies().remove("any");
  client.get("/forget");
  CHECK(client.get("/x").json() == "none");
  client.get("/set?path=/x");
  CHECK(client.get("/x/y").json() == R"(a="1 2")");
  CHECK(client.get("/xy").json() == "none");
  client.advance(9s);
  CHECK(client.get("/x").json() == R"(a="1 2")");
  client.advance(1s);
  CHECK(client.get("/x").json() == "none");
}

TEST_CASE("redirects are followed as a browser does") {
  App app;
  app.get("/start", [](Query<int, "status", Default{307}> status) -> Task<Response> {
    Response response = RedirectResponse("/end?x=1", *status);
    response.set_cookie("c", "1");
    co_return response;
  });
  app.post("/start", [](Query<int, "status", Default{307}> status) -> Task<Response> {
    co_return RedirectResponse("end", *status);
  });
  app.get("/away", []() -> Task<Response> { co_return RedirectResponse("http://b.example/end"); });
  app.get("/round", []() -> Task<Response> { co_return RedirectResponse("/round"); });
  app.api_route("/end", 0xffff, [](Request& request) -> Task<json> {
    json out = told(request);
    out["body"] = std::string(co_await request.body());
    co_return out;
  });
  TestClient client(app);
  const TestResponse response = client.get("/start");
  CHECK(response.url == "http://testserver/end?x=1");
  REQUIRE(response.history.size() == 1);
  CHECK(response.history[0].status_code == 307);
  CHECK(response.history[0].url == "http://testserver/start");
  CHECK(header_of(response.json(), "cookie") == "c=1");
  CHECK(client.post("/start", {.content = "b"}).json()["body"] == "b");
  const json turned = client.post("/start?status=303", {.json = 1}).json();
  CHECK(turned["method"] == "GET");
  CHECK(turned["body"] == "");
  CHECK(header_of(turned, "content-type") == json::array());
  CHECK(client.post("/start?status=308").json()["method"] == "POST");
  CHECK(client.post("/start?status=301").json()["method"] == "GET");
  const TestResponse stays = client.get("/start", {.follow_redirects = false});
  CHECK(stays.status_code == 307);
  CHECK(stays.is_redirect());
  CHECK_THROWS_AS(stays.raise_for_status(), HTTPStatusError);
  const json away = client.get("/away", {.auth = BasicAuth{"me", "secret"}}).json();
  CHECK(header_of(away, "host") == "b.example");
  CHECK(header_of(away, "authorization") == json::array());
  CHECK_THROWS_WITH_AS(client.get("/round"), "Exceeded maximum allowed redirects.",
                       std::runtime_error);
  TestClient still(app, {.follow_redirects = false});
  CHECK(still.get("/start").status_code == 307);
  CHECK(still.get("/start", {.follow_redirects = true}).status_code == 200);
}

TEST_CASE("basic authentication is sent as RFC 7617 says") {
  App app = echo_app();
  TestClient client(app);
  const json seen = client.get("/", {.auth = BasicAuth{"Aladdin", "open sesame"}}).json();
  CHECK(header_of(seen, "authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_CASE("the application is started before the first request and shut down at the end") {
  std::string trace;
  App app;
  app.on_startup([&]() -> Task<> {
    co_await sleep(1h);
    trace += "up;";
  });
  app.on_shutdown([&] { trace += "down;"; });
  app.get("/", [&]() -> Task<> {
    trace += "get;";
    co_return;
  });
  {
    TestClient client(app, {.virtual_clock = true});
    client.get("/");
    CHECK(trace == "up;get;");
  }
  CHECK(trace == "up;get;down;");
  trace.clear();
  {
    TestClient client(app, {.lifespan = false});
    client.get("/");
  }
  CHECK(trace == "get;");
}

TEST_CASE("an application that cannot start or stop says so in the test") {
  App app;
  app.on_startup([] { throw std::runtime_error("no database"); });
  CHECK_THROWS_WITH_AS(TestClient{app}, "no database", std::runtime_error);
  App other;
  other.on_shutdown([] { throw std::runtime_error("no goodbye"); });
  TestClient client(other);
  CHECK_THROWS_WITH_AS(client.close(), "no goodbye", std::runtime_error);
  client.close();
}

TEST_CASE("an application that knows no lifespan is served all the same") {
  const Headers headers;
  Raw app([&](Scope& scope, Receive&, Send& send) -> Task<> {
    if (scope.type == Scope::Type::kLifespan) throw std::logic_error("what is that?");
    co_await send(WholeResponse{200, headers, "x"});
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "x");
}

TEST_CASE("with a virtual clock sleeping takes no time") {
  App app;
  app.get("/", []() -> Task<int> {
    co_await sleep(10h);
    co_return 1;
  });
  app.get("/pool", [] { return 2; });
  app.get("/slow", []() -> Task<> { co_await sleep(3s); }, {.timeout = 2s});
  TestClient client(app, {.virtual_clock = true});
  const TimePoint begin = client.loop().time();
  CHECK(client.get("/").text() == "1");
  CHECK(client.get("/pool").text() == "2");
  CHECK(client.get("/slow").status_code == 504);
  CHECK(client.loop().time() - begin >= 10h + 2s);
}

TEST_CASE("a client that loses patience cancels the application") {
  std::string trace;
  App app;
  app.get("/", [&]() -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const CancelledError&) {
      trace += "cancelled";
      throw;
    }
  });
  TestClient client(app, {.virtual_clock = true});
  CHECK_THROWS_AS(client.get("/", {.timeout = 5s}), TimeoutError);
  client.close();
  CHECK(trace == "cancelled");
}

TEST_CASE("a client can leave within its body, or while it waits") {
  std::string trace;
  App app;
  app.post("/body", [&](Request& request) -> Task<> {
    try {
      auto stream = request.stream();
      while (const auto piece = co_await stream.next()) trace += std::string(*piece) + ".";
    } catch (const ClientDisconnect&) {
      trace += "gone";
      throw;
    }
  });
  app.get("/wait", [&]() -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const CancelledError&) {
      trace += "cancelled";
      throw;
    }
  });
  app.post("/work", [&](Request& request) -> Task<> {
    co_await sleep(1h);
    trace += co_await request.is_disconnected() ? "left" : "here";
  });
  TestClient client(app, {.virtual_clock = true});
  client.post("/body", {.content = "abcde", .chunk_size = 2});
  CHECK(std::exchange(trace, "") == "ab.cd.e.");
  client.post("/body", {.content = "abcde", .chunk_size = 2, .cut_body = 3});
  CHECK(std::exchange(trace, "") == "ab.c.gone");
  CHECK(client.get("/wait", {.leave_after = 5s}).status_code == 0);
  CHECK(std::exchange(trace, "") == "cancelled");
  CHECK(client.post("/work", {.leave_after = 5s}).status_code == 200);
  CHECK(std::exchange(trace, "") == "left");
}

TEST_CASE("a route's own body limit holds") {
  App app;
  app.post(
      "/",
      [](Request& request) -> Task<std::size_t> { co_return (co_await request.body()).size(); },
      {.max_body = 3});
  TestClient client(app);
  CHECK(client.post("/", {.content = "abc"}).text() == "3");
  const TestResponse refused = client.post("/", {.content = "abcd"});
  CHECK(refused.status_code == 413);
  CHECK(refused.text() == "Request body too large.");
}

TEST_CASE("a stream is read while it is sent, one piece at a time") {
  std::string trace;
  App app;
  app.get("/", [&]() -> Task<Response> {
    co_return StreamingResponse([&](BodyWriter& writer) -> Task<> {
      for (int i = 0;; ++i) {
        trace += std::to_string(i);
        co_await writer.write(std::to_string(i) + "\r\n");
      }
    });
  });
  app.get("/short", [&]() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
      co_await writer.write("a\nb");
      co_await writer.write("c\n\nd");
    });
  });
  app.get("/fails", [&]() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
      co_await writer.write("a");
      throw std::out_of_range("in the middle");
    });
  });
  TestClient client(app);
  {
    auto stream = client.stream("GET", "/");
    CHECK(stream.status_code() == 200);
    CHECK(stream.next() == "0\r\n");
    CHECK(stream.next_line() == "1");
    CHECK(stream.next_line() == "2");
    CHECK(trace.size() <= 4);
    stream.close();
  }
  auto dropped = client.stream("GET", "/");
  CHECK(dropped.next() == "0\r\n");
  auto lines = client.stream("GET", "/short");
  CHECK(lines.next_line() == "a");
  CHECK(lines.next_line() == "bc");
  CHECK(lines.next_line() == "");
  CHECK(lines.next_line() == "d");
  CHECK_FALSE(lines.next_line());
  auto fails = client.stream("GET", "/fails");
  CHECK(fails.next() == "a");
  CHECK_THROWS_AS(fails.next(), std::out_of_range);
}

TEST_CASE("server-sent events are tested as they come, and end with the client") {
  App app;
  app.get("/events", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter& events) -> Task<> {
      for (int i = 0;; ++i) {
        co_await events.send(i);
        co_await sleep(20s);
      }
    });
  });
  TestClient client(app, {.virtual_clock = true});
  auto events = client.stream("GET", "/events");
  CHECK(events.headers().get("content-type") == "text/event-stream; charset=utf-8");
  CHECK(events.next_line() == "data: 0");
  CHECK(events.next_line() == "");
  CHECK(events.next_line()->starts_with(": ping"));
  CHECK(events.next_line() == "");
  CHECK(events.next_line() == "data: 1");
}

TEST_CASE("a client that closes ends endless streams") {
  bool ended = false;
  App app;
  app.post("/", [&ended]() -> Task<Response> {
    co_return EventSourceResponse(
        [&ended](EventWriter&) -> Task<> {
          struct Leave {
            bool& left;
            ~Leave() { left = true; }
          } leave{ended};
          co_await sleep(std::chrono::hours(10'000));
        },
        {.ping = 0s});
  });
  TestClient client(app);
  auto events = client.stream("POST", "/");
  CHECK_FALSE(ended);
  client.close();
  CHECK(ended);
}

TEST_CASE("a websocket is talked to from a plain function") {
  App app;
  app.websocket("/rooms/{room}",
                [](WebSocket& socket, Path<std::string, "room"> room,
                   Query<int, "n", Default{1}> n) -> Task<> {
                  co_await socket.accept(socket.offers("chat") ? "chat" : "", {{"x-a", "1"}});
                  while (auto text = co_await socket.receive_text()) {
                    for (int i = 0; i < *n; ++i) co_await socket.send_text(*room + ": " + *text);
                  }
                });
  app.websocket("/json", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto value = co_await socket.receive_json()) {
      co_await socket.send_json(Item{.name = (*value)["name"], .price = 1, .tags = {}});
    }
  });
  app.websocket("/bytes", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto bytes = co_await socket.receive_bytes()) co_await socket.send_bytes(*bytes);
  });
  TestClient client(app);
  auto socket = client.websocket_connect("/rooms/blue?n=2", {.subprotocols = {"v1", "chat"}});
  CHECK(socket.accepted_subprotocol() == "chat");
  CHECK(socket.extra_headers().get("x-a") == "1");
  socket.send_text("a");
  CHECK(socket.receive_text() == "blue: a");
  CHECK(socket.receive_text() == "blue: a");
  auto second = client.websocket_connect("/json");
  second.send_json(json{{"name", "n"}});
  CHECK(second.receive_json()["name"] == "n");
  second.send_json(Item{.name = "m", .price = 0, .tags = {}});
  CHECK(second.receive_json<Item>().name == "m");
  auto third = client.websocket_connect("/bytes");
  third.send_bytes(std::string("\0\xff", 2));
  CHECK(third.receive_bytes() == std::string("\0\xff", 2));
  third.send_bytes("x");
  CHECK_THROWS_AS(third.receive_text(), std::runtime_error);
  socket.close();
  socket.close();
  CHECK_THROWS_AS(socket.send_text("late"), std::logic_error);
}

TEST_CASE("how a websocket ends is told both ways") {
  App app;
  int code = 0;
  std::string reason;
  app.websocket("/client", [&](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (co_await socket.receive_text()) {
    }
    code = socket.close_code();
    reason = socket.close_reason();
  });
  app.websocket("/server", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await socket.send_text("last");
    co_await socket.close(4001, "enough");
  });
  app.websocket("/returns", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
  TestClient client(app);
  client.websocket_connect("/client").close(3000, "bye");
  CHECK(code == 3000);
  CHECK(reason == "bye");
  {
    const auto dropped = client.websocket_connect("/client");
  }
  client.advance(0s);
  CHECK(code == 1006);
  auto socket = client.websocket_connect("/server");
  CHECK(socket.receive_text() == "last");
  try {
    socket.receive_text();
    FAIL("it was closed");
  } catch (const WebSocketDisconnect& end) {
    CHECK(end.code == 4001);
    CHECK(end.reason == "enough");
  }
  CHECK_THROWS_AS(socket.send_text("x"), WebSocketDisconnect);
  auto returned = client.websocket_connect("/returns");
  CHECK_THROWS_AS(returned.receive_text(), WebSocketDisconnect);
}

TEST_CASE("a websocket that is refused says how") {
  App app;
  app.websocket("/typed/{id}",
                [](WebSocket& socket, Path<int, "id">) -> Task<> { co_await socket.accept(); });
  app.websocket("/closed", [](WebSocket&) -> Task<> {
    throw WebSocketException(4003, "no");
    co_return;
  });
  app.websocket("/denied", [](WebSocket&) -> Task<> {
    throw HTTPException(401, "who?", {{"www-authenticate", "Basic"}});
    co_return;
  });
  app.websocket("/fails", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw std::out_of_range("failed");
  });
  TestClient client(app);
  const auto code = [&](std::string url) {
    try {
      client.websocket_connect(std::move(url));
    } catch (const WebSocketDisconnect& end) {
      return end.code;
    }
    return 0;
  };
  CHECK(code("/typed/x") == 1008);
  CHECK(code("/typed/1") == 0);
  CHECK(code("/closed") == 4003);
  try {
    client.websocket_connect("/denied");
    FAIL("it was denied");
  } catch (const WebSocketDenialResponse& denial) {
    CHECK(denial.response->status_code == 401);
    CHECK(denial.response->header("www-authenticate") == "Basic");
    CHECK(denial.response->json() == json{{"detail", "who?"}});
  }
  auto fails = client.websocket_connect("/fails");
  CHECK_THROWS_WITH_AS(fails.receive_text(), "failed", std::out_of_range);
  TestClient quiet(app, {.raise_server_exceptions = false});
  auto broken = quiet.websocket_connect("/fails");
  CHECK_THROWS_AS(broken.receive_text(), WebSocketDisconnect);
  broken.close();
}

TEST_CASE("websockets of one client meet in the application") {
  App app;
  std::vector<WebSocket*> room;
  app.websocket("/", [&](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    room.push_back(&socket);
    while (auto text = co_await socket.receive_text()) {
      for (WebSocket* each : room) co_await each->send_text(*text);
    }
    std::erase(room, &socket);
  });
  app.websocket("/silent", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await sleep(1h);
  });
  TestClient client(app, {.virtual_clock = true});
  auto one = client.websocket_connect("/");
  auto two = client.websocket_connect("/");
  one.send_text("hello");
  CHECK(two.receive_text() == "hello");
  CHECK(one.receive_text() == "hello");
  two.close();
  one.send_text("alone");
  CHECK(one.receive_text() == "alone");
  auto silent = client.websocket_connect("/silent", {.timeout = 5s});
  CHECK_THROWS_AS(silent.receive_text(), TimeoutError);
}

TEST_CASE("an async test has an AsyncClient on its own loop") {
  App app;
  std::string trace;
  app.on_startup([&] { trace += "up;"; });
  app.on_shutdown([&] { trace += "down;"; });
  app.get("/{id}", [](Path<int, "id"> id) -> Task<int> {
    co_await sleep(1s);
    co_return *id;
  });
  app.websocket("/ws", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto text = co_await socket.receive_text()) co_await socket.send_text(*text);
  });
  TestLoop loop;
  const TimePoint begin = loop.time();
  loop.run_until_complete([](App& of, const std::string& seen) -> Task<> {
    AsyncClient client(of);
    co_await client.startup();
    CHECK(seen == "up;");
    auto [one, two] = co_await gather(client.get("/1"), client.get("/2"));
    CHECK(one.text() == "1");
    CHECK(two.text() == "2");
    AsyncWebSocket socket = co_await client.websocket_connect("/ws");
    socket.send_text("x");
    CHECK(co_await socket.receive_text() == "x");
    co_await socket.close();
    co_await client.shutdown();
  }(app, trace));
  CHECK(trace == "up;down;");
  CHECK(loop.time() - begin == 1s);
  CHECK_THROWS_AS(loop.run_until_complete([](App& of) -> Task<> {
    TestClient client(of);
    co_return;
  }(app)),
                  RuntimeError);
}

TEST_CASE("a job that outlives its request keeps what it sees, and is waited for") {
  App app;
  std::atomic<bool> began = false;
  std::atomic<bool> go = false;
  std::string seen;
  app.get("/", [&](Request& request) {
    began = true;
    while (!go) std::this_thread::yield();
    seen = request.path();
  });
  Loop loop;
  loop.run_until_complete([](App& of, std::atomic<bool>& ran, std::atomic<bool>& on) -> Task<> {
    AsyncClient client(of);
    auto asking = create_task(client.get("/"));
    while (!ran) co_await sleep(1ms);
    asking.cancel();
    CHECK_THROWS_AS(co_await asking, CancelledError);
    on = true;
    co_await client.shutdown();
  }(app, began, go));
  CHECK(seen == "/");
}
