// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <thread>

using namespace capricorn;

namespace {
struct Thing {
  std::string name;
  Field<double, Gt{0}> price;
  std::optional<std::string> note;
};
}  // namespace

TEST_CASE("a coroutine runs on the loop's thread, a plain function does not") {
  App app;
  const auto here = std::this_thread::get_id();
  app.get("/loop", [=]() -> Task<bool> { co_return std::this_thread::get_id() == here; });
  app.get("/pool", [=](Request& request) {
    return std::this_thread::get_id() != here && request.path() == "/pool";
  });
  TestClient client(app);
  CHECK(client.get("/loop").text() == "true");
  CHECK(client.get("/pool").text() == "true");
}

TEST_CASE("all errors of a request are answered together") {
  App app;
  app.get("/p/{id}",
          [](Path<int, "id"> id, Query<int, "n">, Query<int, "m", Default{7}> m) -> Task<int> {
            co_return *id + *m;
          });
  TestClient client(app);
  CHECK(client.get("/p/1?n=1").text() == "8");
  const auto response = client.get("/p/abc");
  CHECK(response.status_code == 422);
  CHECK(response.text().find(R"("loc":["path","id"])") != std::string::npos);
  CHECK(response.text().find(R"("loc":["query","n"])") != std::string::npos);
}

TEST_CASE("a body becomes a model, and the model JSON") {
  App app;
  app.post("/t", [](Body<Thing> t) -> Task<Response> { co_return JSONResponse(*t, 201); });
  app.post("/plain", [](Body<Thing> t) { return *t; });
  TestClient client(app);
  const decltype(TestRequestOptions::headers) json = {{"content-type", "application/json"}};
  const auto made = client.post("/t", {.headers = json, .content = R"({"name":"a","price":2.5})"});
  CHECK(made.status_code == 201);
  CHECK(made.header("content-type") == "application/json");
  CHECK(made.text() == R"({"name":"a","price":2.5,"note":null})");
  CHECK(client.post("/plain", {.headers = json, .content = R"({"name":"a","price":1})"})
            .status_code == 200);
  CHECK(client.post("/t", {.headers = json, .content = R"({"name":"a","price":0})"}).status_code ==
        422);
  CHECK(client.post("/t").text().find("Field required") != std::string::npos);
  CHECK(client.post("/t", {.headers = {{"content-type", "text/plain"}}, .content = "{}"})
            .status_code == 422);
}

TEST_CASE("what a handler throws is answered or passed on") {
  App app;
  app.get("/teapot", []() -> Task<> {
    throw HTTPException(418, "tea", {{"x-pot", "1"}});
    co_return;
  });
  app.get("/plain", []() -> int { throw HTTPException(404); });
  app.get("/bug", []() -> Task<> {
    throw std::logic_error("bug");
    co_return;
  });
  TestClient client(app);
  CHECK(client.get("/teapot").status_code == 418);
  CHECK(client.get("/teapot").text() == R"({"detail":"tea"})");
  CHECK(client.get("/teapot").header("x-pot") == "1");
  CHECK(client.get("/plain").text() == R"({"detail":"Not Found"})");
  CHECK_THROWS_AS(client.get("/bug"), std::logic_error);
}

TEST_CASE("a stream is sent piece by piece, and not for HEAD") {
  App app;
  app.get("/s", []() -> Task<Response> {
    co_return StreamingResponse(
        [](BodyWriter& writer) -> Task<> {
          co_await writer.write("one,");
          co_await sleep(std::chrono::milliseconds(0));
          co_await writer.write("two");
        },
        "text/plain");
  });
  TestClient client(app);
  CHECK(client.get("/s").text() == "one,two");
  auto stream = client.stream("GET", "/s");
  CHECK(stream.next() == "one,");
  CHECK(stream.next() == "two");
  CHECK_FALSE(stream.next());
  CHECK(client.head("/s").text().empty());
}

TEST_CASE("header parameters, void and redirects") {
  App app;
  app.get("/h",
          [](Header<std::string, "user_agent"> agent) -> Task<std::string> { co_return *agent; });
  app.get("/v", []() -> Task<> { co_return; });
  app.get("/r", [] { return RedirectResponse("/a b\r\nx: y"); });
  TestClient client(app, {.follow_redirects = false});
  CHECK(client.get("/h", {.headers = {{"User-Agent", "me"}}}).text() == "\"me\"");
  CHECK(client.get("/v").text() == "null");
  CHECK(client.get("/r").status_code == 307);
  CHECK(client.get("/r").header("location") == "/a%20b%0D%0Ax:%20y");
}
