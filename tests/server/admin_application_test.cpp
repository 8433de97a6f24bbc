// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/server/admin/admin_application.hpp>
#include <capricorn/server/admin/control_socket.hpp>
#include <capricorn/server/logging.hpp>
#include <capricorn/server/metrics.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;

namespace {

struct Admin {
  TestResponse get(std::string target) { return client.get(std::move(target)); }

  Config config;
  Loop loop;
  MetricsBoard board{2};
  Metrics metrics{board, *board.claim(), loop, true};
  AdminApplication app{config, metrics, loop};
  TestClient client{app, {.base_url = "http://127.0.0.1:9000", .lifespan = false}};
};

}  // namespace

TEST_CASE("probes tell start, service and stop apart") {
  Admin admin;
  CHECK(admin.get("/livez").status_code == 200);
  CHECK(admin.get("/startupz").status_code == 503);
  CHECK(admin.get("/readyz").status_code == 503);
  CHECK(admin.get("/readyz").text() == "starting\n");
  admin.metrics.stage(MetricsSlot::Stage::kServing);
  CHECK(admin.get("/startupz").status_code == 200);
  CHECK(admin.get("/readyz").status_code == 200);
  admin.metrics.stage(MetricsSlot::Stage::kStopping);
  CHECK(admin.get("/startupz").status_code == 200);
  CHECK(admin.get("/readyz").status_code == 503);
  CHECK(admin.get("/readyz").text() == "stopping\n");
}

TEST_CASE("figures are Prometheus's text, and no cache keeps them") {
  Admin admin;
  const TestResponse response = admin.get("/metrics");
  CHECK(response.status_code == 200);
  CHECK(response.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(response.header("cache-control") == "no-store");
  CHECK(response.text().find("# TYPE capricorn_build_info gauge\n") != std::string::npos);
}

TEST_CASE("the page may load nothing but figures, and run nothing but itself") {
  Admin admin;
  const TestResponse response = admin.get("/");
  CHECK(response.header("content-type") == "text/html; charset=utf-8");
  const std::string policy = response.header("content-security-policy");
  CHECK(policy.find("default-src 'none'") != policy.npos);
  CHECK(policy.find("script-src 'sha256-") != policy.npos);
  CHECK(policy.find("unsafe") == policy.npos);
  CHECK(response.text().find("http://") == response.text().find("http://www.w3.org/2000/svg"));
  CHECK(response.text().find("src=") == response.text().npos);
}

TEST_CASE("figures and tasks are JSON") {
  Admin admin;
  const auto figures = nlohmann::json::parse(admin.get("/loop").text());
  CHECK(figures["workers"].size() == 1);
  CHECK(figures["workers"][0]["pid"] == ::getpid());
  CHECK(figures["requests"]["count"] == 0);
  CHECK(nlohmann::json::parse(admin.get("/tasks").text())["tasks"].is_array());
  CHECK(admin.get("/tasks?format=text").text() == "0 tasks\n");
}

TEST_CASE("what is not there is 404, what is not meant 405") {
  Admin admin;
  CHECK(admin.get("/nothing").status_code == 404);
  const TestResponse response = admin.client.request("POST", "/metrics");
  CHECK(response.status_code == 405);
  CHECK(response.header("allow") == "GET, HEAD");
  CHECK(admin.client.request("DELETE", "/log-level").header("allow") == "GET, HEAD, PUT, POST");
}

TEST_CASE("the level of the log changes, for the workers to come too") {
  Admin admin;
  const LogLevel before = log_level();
  CHECK(admin.client.request("PUT", "/log-level", {.content = "debug"}).text() ==
        "{\"level\":\"debug\"}\n");
  CHECK(log_level() == LogLevel::kDebug);
  CHECK(admin.board.log_level() == LogLevel::kDebug);
  CHECK(admin.client.request("POST", "/log-level", {.content = R"({"level": "Error"})"})
            .status_code == 200);
  CHECK(admin.get("/log-level").text() == "{\"level\":\"error\"}\n");
  CHECK(admin.client.request("PUT", "/log-level", {.content = "loud"}).status_code == 400);
  CHECK(admin.client.request("PUT", "/log-level", {.content = ""}).status_code == 400);
  set_log_level(before);
}

TEST_CASE("another site's page cannot change it") {
  Admin admin;
  const LogLevel before = log_level();
  const TestResponse response = admin.client.post(
      "/log-level", {.headers = {{"host", "127.0.0.1:9000"}, {"origin", "https://evil.example"}},
                     .content = "debug"});
  CHECK(response.status_code == 403);
  CHECK(log_level() == before);
}

TEST_CASE("a name that may be another site's is not served over TCP") {
  // 1. evil.example's page is loaded from its own server, port 9000.
  // 2. The name then leads to 127.0.0.1: for the browser our answers are that page's own.
  Admin admin;
  const auto status = [&](std::string host) {
    return admin.client.get("/tasks", {.headers = {{"host", std::move(host)}}}).status_code;
  };
  for (const char* host :
       {"127.0.0.1:9000", "10.0.0.7", "[::1]:9000", "localhost:9000", "LocalHost"}) {
    CAPTURE(host);
    CHECK(status(host) == 200);
  }
  for (const char* host :
       {"evil.example", "evil.example:9000", "localhost.evil.example", "1.2.3.4.evil.example"}) {
    CAPTURE(host);
    CHECK(status(host) == 421);
  }
  CHECK(admin.client.get("/", {.headers = {{"host", "evil.example"}}}).text() ==
        "Expected an IP address, localhost or the name of --admin-host in Host.\n");
  CHECK(admin.client.put("/log-level", {.headers = {{"host", "evil.example"}}, .content = "debug"})
            .status_code == 421);
  admin.config.admin_host = "0.0.0.0";
  CHECK(status("capricorn:9000") == 200);
  CHECK(admin.client.put("/log-level", {.headers = {{"host", "capricorn"}}, .content = "debug"})
            .status_code == 421);
  admin.config.admin_host = "metrics.internal";
  CHECK(status("metrics.internal:9000") == 200);
  TestClient by_socket(admin.app, {.client = {"", 0}, .lifespan = false});
  CHECK(by_socket.get("/livez", {.headers = {{"host", "evil.example"}}}).status_code == 200);
}

TEST_CASE("who is at the other end of a control socket is known") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  CHECK(may_control(ends[0]));
  ::close(ends[0]);
  ::close(ends[1]);
  REQUIRE(::pipe(ends) == 0);
  CHECK_FALSE(may_control(ends[0]));
  ::close(ends[0]);
  ::close(ends[1]);
}
