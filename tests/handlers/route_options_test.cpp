// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct User {
  std::string name;
  std::string password_hash;
  std::optional<std::string> note;
  int visits = 0;
};
struct PublicUser {
  std::string name;
  std::optional<std::string> note;
  int visits = 0;
};
struct Strict {
  Field<std::string, MinLength{8}> name;
};

Task<User> ann() { co_return User{"ann", "secret", std::nullopt, 0}; }

}  // namespace

TEST_CASE("what a response_model does not declare never leaves") {
  App app;
  app.get("/", ann, {.response_model = response_model<PublicUser>()});
  app.get("/all",
          []() -> Task<std::vector<User>> {
            co_return {User{"ann", "secret", "hi", 2}, User{"bob", "secret", std::nullopt, 0}};
          },
          {.response_model = response_model<std::vector<PublicUser>>(),
           .response_model_exclude_defaults = true});
  app.get("/none", ann,
          {.response_model = response_model<PublicUser>(), .response_model_exclude_none = true});
  app.get("/direct", []() -> Task<Response> { co_return JSONResponse(User{"ann", "x", {}, 1}); },
          {.response_model = response_model<PublicUser>()});
  TestClient client(app);
  CHECK(client.get("/").text() == R"({"name":"ann","note":null,"visits":0})");
  CHECK(client.get("/all").text() == R"([{"name":"ann","note":"hi","visits":2},{"name":"bob"}])");
  CHECK(client.get("/none").text() == R"({"name":"ann","visits":0})");
  CHECK(client.get("/direct").text().find("password_hash") != std::string::npos);
}

TEST_CASE("a value that does not fit the response_model is an error of the server") {
  App app;
  app.get("/", ann, {.response_model = response_model<Strict>()});
  TestClient client(app);
  CHECK_THROWS_WITH_AS(
      client.get("/"),
      "1 validation error: response.name: String should have at least 8 characters",
      ResponseValidationError);
}

TEST_CASE("status_code is that of the answer to a value, without a body where none may be") {
  App app;
  app.post("/made", ann, {.status_code = 201});
  app.delete_("/gone", []() -> Task<> { co_return; }, {.status_code = 204});
  app.get("/direct", []() -> Task<Response> { co_return PlainTextResponse("x"); },
          {.status_code = 201});
  TestClient client(app);
  CHECK(client.post("/made").status_code == 201);
  const auto gone = client.delete_("/gone");
  CHECK(gone.status_code == 204);
  CHECK(gone.text().empty());
  CHECK(client.get("/direct").status_code == 200);
}

TEST_CASE("a route's plain functions run in the pool that it names") {
  App app({.worker_threads = 1});
  app.thread_pool("reports", {.threads = 1, .max_queued_jobs = 10});
  std::thread::id common;
  std::thread::id reports;
  app.get("/common", [&] { common = std::this_thread::get_id(); });
  app.get("/reports", [&] { reports = std::this_thread::get_id(); }, {.pool = "reports"});
  TestClient client(app);
  client.get("/common");
  client.get("/reports");
  CHECK(common != std::thread::id());
  CHECK(reports != std::thread::id());
  CHECK(common != reports);
  CHECK_THROWS_WITH_AS(app.get("/other", [] { return 1; }, {.pool = "other"}),
                       "no thread pool is named 'other': app.thread_pool() makes one, before the "
                       "routes that use it",
                       std::invalid_argument);
  CHECK_THROWS_AS(app.thread_pool("reports"), std::invalid_argument);
}

TEST_CASE("a handler's time is over after its route's, also while a dependency is resolved") {
  App app;
  app.get("/",
          []() -> Task<int> {
            co_await sleep(1h);
            co_return 1;
          },
          {.timeout = 1ms});
  TestClient client(app);
  const auto late = client.get("/");
  CHECK(late.status_code == 504);
  CHECK(late.text() == R"({"detail":"Gateway Timeout"})");
}
