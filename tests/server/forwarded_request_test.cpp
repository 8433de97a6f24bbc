// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/loop/context.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <test_transport.hpp>

#include <string>
#include <vector>

using namespace capricorn;

namespace {

ContextVar<std::string> current_user("current_user", "nobody");

/// Answers with what it was told of the client.
struct Teller final : Application {
  Task<> operator()(Scope& scope, Receive&, Send& send) override {
    const std::string host(scope.headers.get(HeaderId::kHost).value_or(""));
    const std::string body = std::string(scope.client_host) + ":" +
                             std::to_string(scope.client_port) + " " + std::string(scope.scheme) +
                             "://" + host + std::string(scope.path) + " " +
                             std::to_string(scope.server_port) + " " + current_user.get();
    Headers headers;
    if (scope.path == "/own") headers.append("x-frame-options", "SAMEORIGIN");
    co_await send(WholeResponse{200, headers, body});
  }
};

std::vector<std::string> logged;

Config quiet() {
  Config config;
  config.server_header = config.date_header = config.access_log = false;
  config.forwarded_allow_ips = {"192.0.2.1", "10.0.0.0/8"};
  return config;
}

Task<> feed(TestTransport& pipe, std::string request) {
  pipe.feed(request);
  co_return;
}

/// What an application answers to a request of 192.0.2.1:4711 with these fields.
std::string answer_of(Application& app, const std::string& path, const std::string& fields,
                      const Config& config = quiet(), const ProxyHeader* proxied = nullptr) {
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view text) noexcept { logged.emplace_back(text); });
  std::string answer;
  Loop loop;
  {
    HttpServer server(app, config, loop);
    TestTransport pipe(loop);
    pipe.start(std::make_unique<HttpProtocol>(server, pipe, proxied));
    loop.run_until_complete(
        feed(pipe, "GET " + path + " HTTP/1.1\r\nhost: own.example\r\n" + fields + "\r\n"));
    answer = pipe.sent();
    shut_down(loop);
  }
  set_log_sink(before);
  return answer;
}

/// What it is told; the whole answer where `whole`.
std::string told(const std::string& fields, const Config& config = quiet(),
                 const ProxyHeader* proxied = nullptr, const std::string& path = "/p",
                 bool whole = false) {
  Teller app;
  const std::string answer = answer_of(app, path, fields, config, proxied);
  return whole ? answer : answer.substr(answer.find("\r\n\r\n") + 4);
}

Config with(const std::string& forwarded_headers) {
  Config config = quiet();
  config.forwarded_headers = forwarded_headers;
  return config;
}

}  // namespace

TEST_CASE("without fields the connection's own addresses stand") {
  CHECK(told("") == "192.0.2.1:4711 http://own.example/p 80 nobody");
}

TEST_CASE("a trusted proxy tells client, scheme, host, port and prefix") {
  CHECK(told("x-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: https\r\n") ==
        "203.0.113.9:0 https://own.example/p 80 nobody");
  CHECK(told("x-forwarded-for: [2001:db8::1]:5\r\nx-forwarded-proto: WSS\r\n"
             "x-forwarded-host: shop.example\r\nx-forwarded-prefix: /api/\r\n"
             "x-forwarded-port: 8443\r\n") ==
        "2001:db8::1:5 https://shop.example:8443/api/p 8443 nobody");
  CHECK(told("x-forwarded-proto: https\r\nx-forwarded-port: 443\r\nx-forwarded-host: a:1\r\n") ==
        "192.0.2.1:4711 https://a/p 443 nobody");
}

TEST_CASE("the path begins with the prefix, whether the proxy took it off or not") {
  const auto path_of = [](const std::string& fields, const std::string& path,
                          const std::string& root = "") {
    Config config = quiet();
    config.root_path = root;
    const std::string text = told(fields, config, nullptr, path);
    const std::size_t begin = text.find("own.example") + 11;
    return text.substr(begin, text.find(" 80 ") - begin);
  };
  const std::string api = "x-forwarded-prefix: /api\r\n";
  CHECK(path_of(api, "/p") == "/api/p");
  CHECK(path_of(api, "/api/p") == "/api/p");
  CHECK(path_of(api, "/api") == "/api");
  CHECK(path_of(api, "/apis") == "/api/apis");
  CHECK(path_of(api, "/a%20b") == "/api/a b");
  CHECK(path_of("", "/p", "/outer") == "/outer/p");
  CHECK(path_of(api, "/p", "/outer") == "/api/p");
}

TEST_CASE("redirects and mounted applications lead back through the proxy") {
  App inner;
  inner.get("/hello", []() -> Task<int> { co_return 1; }, {.name = "hello"});
  inner.get("/url", [](Request& request) -> Task<std::string> {
    co_return request.url_for("hello") + " " + std::string(request.scope().raw_path);
  });
  App app;
  app.get("/plain", []() -> Task<int> { co_return 1; });
  app.mount("/inner", std::move(inner));
  const std::string api = "x-forwarded-prefix: /api\r\n";
  CHECK(answer_of(app, "/plain/?a=b", api).contains("\r\nlocation: /api/plain?a=b\r\n"));
  CHECK(answer_of(app, "/inner", api).contains("\r\nlocation: /api/inner/\r\n"));
  CHECK(answer_of(app, "/inner/url", api)
            .ends_with("\"http://own.example/api/inner/hello /api/inner/url\""));
}

TEST_CASE("the client is the nearest hop that is not trusted itself") {
  CHECK(told("x-forwarded-for: 6.6.6.6, 203.0.113.9, 10.1.1.1\r\n") ==
        "203.0.113.9:0 http://own.example/p 80 nobody");
  CHECK(told("x-forwarded-for: 6.6.6.6, 203.0.113.9\r\nx-forwarded-for: 10.1.1.1 , 10.2.2.2\r\n") ==
        "203.0.113.9:0 http://own.example/p 80 nobody");
  CHECK(told("x-forwarded-for: 10.3.3.3,, 10.1.1.1\r\n").starts_with("10.3.3.3:0 "));
  CHECK(told("x-forwarded-for: 6.6.6.6, unknown, 10.1.1.1\r\n").starts_with("10.1.1.1:0 "));
  CHECK(told("x-forwarded-for: unknown\r\n").starts_with("192.0.2.1:4711 "));
}

TEST_CASE("where everybody is trusted the farthest hop is the client") {
  Config config = quiet();
  config.forwarded_allow_ips = {"*"};
  CHECK(told("x-forwarded-for: 6.6.6.6, 203.0.113.9\r\n", config).starts_with("6.6.6.6:0 "));
}

TEST_CASE("Forwarded tells the scheme and the host that the client used") {
  CHECK(told("forwarded: for=6.6.6.6;proto=http;host=evil, for=\"203.0.113.9:77\";proto=https;"
             "host=shop.example, for=10.1.1.1;proto=http;host=inner\r\n") ==
        "203.0.113.9:77 https://shop.example/p 80 nobody");
  CHECK(told("forwarded: for=1.2.3.4\r\nforwarded: nonsense\r\n").starts_with("192.0.2.1:4711 "));
}

TEST_CASE("a client hides nothing of what its proxy says by a Forwarded that is malformed") {
  const std::string client = "203.0.113.9:0 https://own.example/p 80 nobody";
  CHECK(told("forwarded: nonsense\r\nforwarded: for=203.0.113.9;proto=https\r\n") == client);
  CHECK(told("forwarded: nonsense, for=203.0.113.9;proto=https\r\n") == client);
  CHECK(told("forwarded: for=\", for=203.0.113.9;proto=https\r\n") == client);
}

TEST_CASE("of the two families one counts, as is configured") {
  const std::string both = "forwarded: for=1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n";
  CHECK(told(both).starts_with("2.2.2.2:0 "));
  CHECK(told(both, with("forwarded")).starts_with("1.1.1.1:0 "));
  CHECK(told("forwarded: for=1.1.1.1\r\n").starts_with("1.1.1.1:0 "));
  CHECK(told("forwarded: for=1.1.1.1\r\n", with("x-forwarded")).starts_with("192.0.2.1:4711 "));
}

TEST_CASE("what cannot be a scheme, host, port or prefix is passed over") {
  CHECK(told("x-forwarded-proto: javascript\r\nx-forwarded-host: a/b\r\nx-forwarded-port: 0\r\n"
             "x-forwarded-prefix: //evil.example\r\n") ==
        "192.0.2.1:4711 http://own.example/p 80 nobody");
  for (const std::string port : {"65536", "-1", "80x", "", " ", "99999999999999999999"}) {
    CAPTURE(port);
    CHECK(told("x-forwarded-port: " + port + "\r\n") ==
          "192.0.2.1:4711 http://own.example/p 80 nobody");
  }
}

TEST_CASE("who is not trusted is not believed, which is told once") {
  logged.clear();
  Config config = quiet();
  config.forwarded_allow_ips = {"127.0.0.1", "unix"};
  CHECK(told("x-forwarded-for: 6.6.6.6\r\nx-forwarded-proto: https\r\nx-forwarded-host: a\r\n",
             config) == "192.0.2.1:4711 http://own.example/p 80 nobody");
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].find("192.0.2.1") != std::string::npos);
  CHECK(logged[0].find("--forwarded-allow-ips") != std::string::npos);
}

TEST_CASE("without proxy headers nobody is believed, and nothing is told") {
  logged.clear();
  Config config = quiet();
  config.proxy_headers = false;
  CHECK(told("x-forwarded-for: 6.6.6.6\r\n", config).starts_with("192.0.2.1:4711 "));
  CHECK(logged.empty());
}

TEST_CASE("a PROXY header's client is the peer, whose own fields count only if it is trusted") {
  const ProxyHeader client{.proxied = true,
                           .client_host = "203.0.113.9",
                           .client_port = 5,
                           .server_host = "198.51.100.1",
                           .server_port = 443,
                           .tls = true};
  CHECK(told("", quiet(), &client) == "203.0.113.9:5 https://own.example/p 443 nobody");
  CHECK(told("x-forwarded-for: 6.6.6.6\r\n", quiet(), &client).starts_with("203.0.113.9:5 "));
  ProxyHeader proxy = client;
  proxy.client_host = "10.1.1.1";
  CHECK(told("x-forwarded-for: 6.6.6.6\r\n", quiet(), &proxy).starts_with("6.6.6.6:0 "));
}

// Its peer is the proxy, which is trusted; who wrote its bytes is not.
TEST_CASE("of a client whom a PROXY header does not name no fields count") {
  const ProxyHeader unknown{.unknown = true};
  CHECK(told("x-forwarded-for: 6.6.6.6\r\nx-forwarded-proto: https\r\n", quiet(), &unknown) ==
        "192.0.2.1:4711 http://own.example/p 80 nobody");
  const ProxyHeader own;  // a health check
  CHECK(told("x-forwarded-for: 6.6.6.6\r\n", quiet(), &own).starts_with("6.6.6.6:0 "));
}

TEST_CASE("an address is no name of a Unix socket's client, nor the other way") {
  const TrustedPeers peers({"127.0.0.1", "front.sock"});
  CHECK(peers.trusts("127.0.0.1"));
  CHECK_FALSE(peers.trusts("front.sock"));
  CHECK(peers.trusts_unix("front.sock"));
  CHECK_FALSE(peers.trusts_unix("127.0.0.1"));
  CHECK_FALSE(peers.trusts_unix(""));
  CHECK(TrustedPeers({"unix"}).trusts_unix(""));
  CHECK_FALSE(TrustedPeers({"unix"}).trusts(""));
  CHECK(TrustedPeers({"*"}).trusts_unix(""));
}

TEST_CASE("configured headers go with each answer that has none of that name") {
  Config config = quiet();
  config.server_header = config.date_header = true;
  config.headers = {"X-Frame-Options: DENY", "Server:mine", "date: never"};
  CHECK(told("", config, nullptr, "/p", true)
            .starts_with("HTTP/1.1 200 OK\r\nx-frame-options: DENY\r\nserver: mine\r\n"
                         "date: never\r\ncontent-length: "));
  CHECK(told("", config, nullptr, "/own", true)
            .starts_with("HTTP/1.1 200 OK\r\nserver: mine\r\ndate: never\r\n"
                         "x-frame-options: SAMEORIGIN\r\ncontent-length: "));
}

TEST_CASE("a request sees the program's context variables, or none with reset_contextvars") {
  auto token = current_user.set("main");
  CHECK(told("").ends_with(" main"));
  Config config = quiet();
  config.reset_contextvars = true;
  CHECK(told("", config).ends_with(" nobody"));
  current_user.reset(token);
}
