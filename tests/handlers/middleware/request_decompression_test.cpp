// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/middleware/request_decompression.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/http/encoder.hpp>

#include <string>
#include <variant>

using namespace capricorn;

namespace {

std::string encoded(std::string_view bytes, ContentCoding coding = ContentCoding::kGzip) {
  Buffer out;
  Encoder::make(coding, {})->encode(bytes, Encoder::Step::kFinish, out);
  return std::string(out.view());
}

/// Answers with the size of the body and its headers' coding.
App sizes() {
  App app;
  app.post("/", [](Request& request) -> Task<std::string> {
    const std::string_view body = co_await request.body();
    const auto coding = request.headers().get("content-encoding").value_or("none");
    co_return std::to_string(body.size()) + " " + std::string(coding);
  });
  app.post("/echo", [](Request& request) -> Task<Response> {
    co_return PlainTextResponse(co_await request.body());
  });
  return app;
}

/// Hints at what will come before it reads.
struct Hinting final : Application {
  Task<> operator()(Scope&, Receive& receive, Send& send) override {
    const Headers headers{{"link", "</a.css>; rel=preload"}};
    const SendEvent hints = EarlyHints{headers};
    co_await send(hints);
    while (std::get<HttpRequest>(co_await receive()).more_body) {
    }
    const SendEvent answer = WholeResponse{200, headers, "read"};
    co_await send(answer);
  }
};

TestResponse post(std::string target, std::string body, std::string_view coding,
                  RequestDecompressionOptions options = {}) {
  RequestDecompression application(sizes(), options);
  TestClient client(application);
  return client.post(std::move(target), {.headers = {{"content-encoding", std::string(coding)}},
                                         .content = std::move(body)});
}

}  // namespace

TEST_CASE("a body that comes compressed is read as if it were plain") {
  for (ContentCoding coding :
       {ContentCoding::kGzip, ContentCoding::kBrotli, ContentCoding::kZstd}) {
    CHECK(post("/echo", encoded("hello", coding), coding_name(coding)).text() == "hello");
  }
  CHECK(post("/echo", encoded("hello"), "X-GZIP").text() == "hello");
  CHECK(post("/echo", encoded("hello"), "identity, gzip").text() == "hello");
  CHECK(post("/", encoded(std::string(200'000, 'a') + "b"), "gzip", {.max_ratio = 0}).text() ==
        "\"200001 none\"");
  CHECK(post("/", "", "gzip").text() == "\"0 none\"");
  CHECK(post("/", "plain", "identity").text() == "\"5 identity\"");
  CHECK(post("/", "plain", "").text() == "\"5 \"");
}

TEST_CASE("a coding that we do not know is refused, and those we do are named") {
  for (std::string_view coding : {"compress", "gzip, gzip", "aes128gcm", "*"}) {
    CAPTURE(coding);
    const auto response = post("/", encoded("hello"), coding);
    CHECK(response.status_code == 415);
    CHECK(response.header("accept-encoding") == "gzip, deflate, br, zstd");
  }
}

TEST_CASE("a body that cannot be decoded is the client's error") {
  CHECK(post("/", "plain", "gzip").status_code == 400);
  CHECK(post("/", encoded("hello").substr(0, 12), "gzip").status_code == 400);
  CHECK(post("/", encoded("hello") + "more", "gzip").status_code == 400);
  CHECK(post("/", "plain", "br").text().find("The body is no br") != std::string::npos);
}

TEST_CASE("a body that cannot be decoded is answered for behind early hints, too") {
  RequestDecompression application{Hinting()};
  TestClient client(application);
  const TextPairs gzip = {{"content-encoding", "gzip"}};
  CHECK(client.post("/", {.headers = gzip, .content = encoded("hello")}).text() == "read");
  CHECK(client.post("/", {.headers = gzip, .content = "plain"}).status_code == 400);
}

// The second time it was taken for a body that came without a coding.
TEST_CASE("a body is decoded again where a middleware asks again") {
  App app = sizes();
  app.add_middleware<RequestDecompression>();
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    co_await request.body();
    static_cast<void>(co_await next(request));
    co_return co_await next(request);
  });
  TestClient client(app);
  const TextPairs gzip = {{"content-encoding", "gzip"}};
  CHECK(client.post("/echo", {.headers = gzip, .content = encoded("hello")}).text() == "hello");
  CHECK(client.post("/", {.headers = gzip, .content = encoded("hello")}).text() == "\"5 none\"");
}

TEST_CASE("a bomb goes off slowly and is put out") {
  const std::string bomb = encoded(std::string(50'000'000, '\0'));
  CHECK(bomb.size() < 60'000);
  CHECK(post("/", bomb, "gzip").status_code == 413);
  CHECK(post("/", bomb, "gzip", {.max_size = 1'000'000, .max_ratio = 0}).status_code == 413);
  CHECK(post("/", encoded(std::string(60'000, '\0')), "gzip").status_code == 200);
  const std::string hundred = encoded("0123456789 0123456789 0123456789");
  CHECK(post("/", hundred, "gzip", {.max_size = 32}).status_code == 200);
  CHECK(post("/", hundred, "gzip", {.max_size = 31}).status_code == 413);
}

TEST_CASE("the limit of a route is that of the decoded body too") {
  App app;
  app.post("/",
           [](Request& request) -> Task<std::string> {
             co_return std::to_string((co_await request.body()).size());
           },
           {.max_body = 1000});
  RequestDecompression application(std::move(app));
  TestClient client(application);
  const auto send = [&](std::size_t size) {
    return client
        .post("/", {.headers = {{"content-encoding", "gzip"}},
                    .content = encoded(std::string(size, 'a'))})
        .status_code;
  };
  CHECK(send(1000) == 200);
  CHECK(send(1001) == 413);
}
