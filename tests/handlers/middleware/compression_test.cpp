// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/middleware/compression.hpp>
#include <capricorn/handlers/static_files.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/http/decoder.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/task_handle.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "send_counter.hpp"
#include "temporary_folder.hpp"

using namespace capricorn;
using namespace capricorn::test;

namespace {

std::string text(std::size_t size) {
  std::string out;
  for (std::uint64_t i = 0; out.size() < size; ++i) out += "line " + std::to_string(i * i) + "\n";
  out.resize(size);
  return out;
}

std::string decoded(const TestResponse& response) {
  const auto coding = parse_coding(response.header("content-encoding"));
  REQUIRE(coding);
  const auto decoder = Decoder::make(*coding);
  std::string_view bytes = response.raw_content();
  Buffer out;
  decoder->decode(bytes, 1 << 24, out);
  CHECK(decoder->complete());
  return std::string(out.view());
}

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

/// Plays the events that a coroutine `Task<>(Send&)` sends.
template <class F>
class Script final : public Application {
 public:
  explicit Script(F play) : play_(std::move(play)) {}
  Task<> operator()(Scope&, Receive&, Send& send) override { co_await play_(send); }

 private:
  F play_;
};

/// Answers with one body of that type.
auto whole(std::string body, const Fields& fields, int status = 200) {
  auto headers = std::make_shared<Headers>();
  for (const auto& [name, value] : fields) headers->append(name, value);
  return Script([body = std::move(body), headers, status](Send& send) -> Task<> {
    co_await send(WholeResponse{status, *headers, body});
  });
}

struct Answer : TestResponse {
  explicit Answer(TestResponse response, int sent)
      : TestResponse(std::move(response)), events(sent) {}
  int events;
};

Answer ask(Application& application, std::string_view accepted, std::string_view method = "GET") {
  SendCounter counter(application);
  TestClient client(counter);
  auto response = client.request(std::string(method), "/",
                                 {.headers = {{"accept-encoding", std::string(accepted)}}});
  return Answer(std::move(response), counter.events());
}

template <class F>
Answer ask(Script<F> script, std::string_view accepted, std::string_view method = "GET",
           CompressionOptions options = {}) {
  Compression application(std::move(script), std::move(options));
  return ask(application, accepted, method);
}

const Fields kText = {{"content-type", "text/plain"}};

}  // namespace

TEST_CASE("a body is compressed as the client accepts it") {
  for (std::string_view coding : {"gzip", "br", "zstd"}) {
    const auto response = ask(whole(text(2000), kText), coding);
    CHECK(response.status_code == 200);
    CHECK(response.events == 1);
    CHECK(response.header("content-encoding") == coding);
    CHECK(response.header("vary") == "Accept-Encoding");
    CHECK(response.header("content-type") == "text/plain");
    CHECK(response.raw_content().size() < 1000);
    CHECK(decoded(response) == text(2000));
  }
  CHECK(ask(whole(text(2000), kText), "gzip, deflate, br, zstd").header("content-encoding") ==
        "zstd");
  CHECK(ask(whole(text(2000), kText), "gzip, br;q=0.9").header("content-encoding") == "gzip");
  CHECK(ask(whole(text(2000), kText), "br, gzip", "GET", {.codings = {ContentCoding::kGzip}})
            .header("content-encoding") == "gzip");
  CHECK(ask(whole(text(2000), kText, 404), "gzip").header("content-encoding") == "gzip");
}

TEST_CASE("a client that accepts no coding gets the body, and caches are told") {
  for (std::string_view accepted : {"", "identity", "gzip;q=0", "deflate", "*;q=0, identity"}) {
    CAPTURE(accepted);
    const auto response = ask(whole(text(2000), kText), accepted);
    CHECK(response.text() == text(2000));
    CHECK(response.header("content-encoding").empty());
    CHECK(response.header("vary") == "Accept-Encoding");
  }
}

TEST_CASE("what is small, compressed already or not to be changed stays as it is") {
  struct Case {
    std::size_t size;
    Fields fields;
    int status = 200;
  };
  const std::vector<Case> cases = {
      {499, kText},
      {0, kText},
      {2000, {{"content-type", "image/png"}}},
      {2000, {{"content-type", "application/zip"}}},
      {2000, {{"content-type", "text/event-stream"}}},
      {2000, {{"content-type", "text/plain"}, {"content-encoding", "br"}}},
      {2000, {{"content-type", "text/plain"}, {"repr-digest", "sha-256=:AA==:"}}},
      {2000, {{"content-type", "text/plain"}, {"cache-control", "public, No-Transform"}}},
      {2000, {{"content-type", "image/png"}, {"content-range", "bytes 0-1999/4000"}}, 206},
      {0, {{"content-type", "text/plain"}}, 204},
      {0, {{"cache-control", "no-cache"}}, 304},
  };
  for (const Case& c : cases) {
    const std::string body = text(c.size);
    const auto response = ask(whole(body, c.fields, c.status), "gzip");
    CHECK(response.status_code == c.status);
    CHECK(response.raw_content() == body);
    std::size_t fields = 0;
    for (const Headers::Field field : response.headers) {
      fields += field.id == HeaderId::kContentLength ? 0 : 1;  // a server's
    }
    CHECK(fields == c.fields.size());
  }
  CHECK(ask(whole(text(500), kText), "gzip").header("content-encoding") == "gzip");
  CHECK(
      ask(whole(text(50), kText), "gzip", "GET", {.minimum_size = 10}).header("content-encoding") ==
      "gzip");
  CHECK(ask(whole(text(2000), {{"content-type", "image/svg+xml"}}), "gzip")
            .header("content-encoding") == "gzip");
}

TEST_CASE("a client that refuses the plain form gets another where there is one") {
  CHECK(decoded(ask(whole("small", kText), "identity;q=0, gzip")) == "small");
  CHECK(decoded(ask(whole("png", {{"content-type", "image/png"}}), "br, *;q=0")) == "png");
  CHECK(ask(whole("small", kText), "identity;q=0").text() == "small");
}

TEST_CASE("Vary is added to, the entity tag becomes weak, the length is that of the new body") {
  const auto response = ask(whole(text(2000), {{"content-type", "text/plain"},
                                               {"content-length", "2000"},
                                               {"vary", "Origin"},
                                               {"etag", "\"a\""},
                                               {"accept-ranges", "bytes"}}),
                            "gzip");
  CHECK(response.header("vary") == "Origin, Accept-Encoding");
  CHECK(response.header("etag") == "W/\"a\"");
  CHECK(response.header("content-length") == std::to_string(response.raw_content().size()));
  CHECK(response.header("accept-ranges").empty());
  CHECK(decoded(response) == text(2000));
  for (std::string_view vary : {"*", "accept-encoding", "Origin, Accept-Encoding"}) {
    CHECK(ask(whole(text(2000), {{"vary", vary}}), "gzip").header("vary") == vary);
  }
  CHECK(ask(whole(text(2000), {{"etag", "W/\"a\""}}), "gzip").header("etag") == "W/\"a\"");
  CHECK(ask(whole(text(2000), {{"etag", "\"a\""}}), "").header("etag") == "\"a\"");
}

TEST_CASE("a 304 confirms the form that the client has") {
  const auto confirm = [](std::string etag) {
    Compression application(whole("", {{"etag", "\"a\""}}, 304));
    TestClient client(application);
    return client.get("/", {.headers = {{"accept-encoding", "gzip"}, {"if-none-match", etag}}});
  };
  CHECK(confirm("W/\"a\"").header("etag") == "W/\"a\"");
  CHECK(confirm("W/\"a\"").header("vary") == "Accept-Encoding");
  CHECK(confirm("\"a\"").header("etag") == "\"a\"");
  CHECK(confirm("\"a\"").header("vary") == "Accept-Encoding");
}

TEST_CASE("each piece of a stream can be read when it is sent") {
  struct Sink final : Send {
    ValueTask<void> operator()(const SendEvent& event) override {
      if (std::holds_alternative<ResponseStart>(event)) ++starts;
      if (const auto* body = std::get_if<ResponseBody>(&event)) {
        std::string_view bytes = body->body;
        Buffer out;
        decoder->decode(bytes, 1 << 20, out);
        pieces.emplace_back(out.view());
        ended = !body->more_body;
      }
      return {};
    }
    std::unique_ptr<Decoder> decoder;
    std::vector<std::string> pieces;
    int starts = 0;
    bool ended = false;
  };
  for (ContentCoding coding :
       {ContentCoding::kGzip, ContentCoding::kBrotli, ContentCoding::kZstd}) {
    Compression application(Script([](Send& send) -> Task<> {
                              const Headers headers{{"content-type", "text/event-stream"}};
                              co_await send(ResponseStart{200, headers});
                              co_await send(ResponseBody{"", true});
                              co_await send(ResponseBody{"data: 1\n\n", true});
                              co_await sleep(std::chrono::milliseconds(0));
                              co_await send(ResponseBody{"data: 2\n\n", true});
                              co_await send(ResponseBody{text(100'000), true});
                              co_await send(ResponseBody{"", false});
                            }),
                            {.event_streams = true});
    Sink sink;
    sink.decoder = Decoder::make(coding);
    Scope scope;
    scope.headers.append("accept-encoding", coding_name(coding));
    struct Nothing final : Receive {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
    } receive;
    Loop loop;
    loop.run_until_complete(application(scope, receive, sink));
    CHECK(sink.starts == 1);
    CHECK(sink.pieces ==
          std::vector<std::string>{"", "data: 1\n\n", "data: 2\n\n", text(100'000), ""});
    CHECK(sink.ended);
    CHECK(sink.decoder->complete());
  }
}

TEST_CASE("a streaming response is compressed, and HEAD says so") {
  App app;
  app.get("/", []() -> Task<Response> {
    co_return StreamingResponse(
        [](BodyWriter& writer) -> Task<> {
          co_await writer.write("one,");
          co_await writer.write("two");
        },
        "text/plain");
  });
  Compression application(std::move(app));
  const auto response = ask(application, "br");
  CHECK(decoded(response) == "one,two");
  CHECK(response.header("vary") == "Accept-Encoding");
  CHECK(ask(application, "", "GET").text() == "one,two");
  CHECK(ask(application, "br", "HEAD").header("vary") == "Accept-Encoding");
}

TEST_CASE("HEAD has the headers of GET where they are known") {
  const auto get = ask(whole(text(2000), kText), "gzip");
  const auto head = ask(whole(text(2000), kText), "gzip", "HEAD");
  for (const Headers::Field field : get.headers) {
    CHECK(head.header(field.name) == field.value);
  }
  CHECK(head.headers.size() == get.headers.size());
  // An application that leaves the body out tells at least its length.
  const auto left_out =
      ask(whole("", {{"content-type", "text/plain"}, {"content-length", "2000"}}), "gzip", "HEAD");
  CHECK(left_out.header("content-encoding") == "gzip");
  CHECK(left_out.header("content-length").empty());
  const auto small =
      ask(whole("", {{"content-type", "text/plain"}, {"content-length", "20"}}), "gzip", "HEAD");
  CHECK(small.header("content-encoding").empty());
  CHECK(small.header("content-length") == "20");
}

TEST_CASE("files are compressed, small ones with their length") {
  TemporaryFolder folder;
  const std::string large = text(1'000'000);
  folder.write("small.txt", text(2000));
  folder.write("large.txt", large);
  folder.write("a.png", text(2000));
  App app;
  app.mount("/files", StaticFiles(folder.path()));
  Compression application(std::move(app));
  SendCounter counter(application);
  TestClient client(counter);
  client.headers().clear();
  const auto get = [&](std::string target, TextPairs fields) {
    return client.get(std::move(target), {.headers = std::move(fields)});
  };
  const auto small = get("/files/small.txt", {{"accept-encoding", "gzip"}});
  CHECK(counter.events() == 1);
  CHECK(decoded(small) == text(2000));
  const std::string etag = small.header("etag");
  CHECK(etag.starts_with("W/"));
  for (std::string_view coding : {"gzip", "br", "zstd"}) {
    const auto response = get("/files/large.txt", {{"accept-encoding", std::string(coding)}});
    CHECK(decoded(response) == large);
    CHECK(response.header("content-length").empty());
  }
  CHECK(get("/files/a.png", {{"accept-encoding", "gzip"}}).text() == text(2000));
  CHECK(get("/files/small.txt", {}).header("content-length") == "2000");
  // Ranges are of the plain form.
  const auto part = get("/files/small.txt", {{"accept-encoding", "gzip"}, {"range", "bytes=0-9"}});
  CHECK(part.status_code == 206);
  CHECK(part.text() == text(10));
  CHECK(part.header("vary") == "Accept-Encoding");
  CHECK(part.header("content-encoding").empty());
  CHECK(
      get("/files/small.txt", {{"accept-encoding", "gzip"}, {"if-none-match", etag}}).status_code ==
      304);
  CHECK(get("/files/small.txt",
            {{"accept-encoding", "gzip"}, {"range", "bytes=0-9"}, {"if-range", etag}})
            .status_code == 200);
}

TEST_CASE("a large body is compressed in the pool") {
  const std::string body = text(500'000);
  CHECK(decoded(ask(whole(body, kText), "gzip")) == body);
}

TEST_CASE("a cancelled request does not take its memory from the job under way") {
  TemporaryFolder folder;
  folder.write("large.txt", text(2'000'000));
  const auto cancelled = [](Compression& application, std::string_view path) -> Task<bool> {
    struct Nothing final : Receive {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
    } receive;
    struct Sink final : Send {
      ValueTask<void> operator()(const SendEvent&) override { return {}; }
    } send;
    Scope scope;
    scope.path = scope.raw_path = path;
    scope.headers.append("accept-encoding", "br");
    TaskHandle<> task = create_task(application(scope, receive, send), {.eager_start = true});
    task.cancel();
    try {
      co_await task;
    } catch (const CancelledError&) {
      co_return true;
    }
    co_return false;
  };
  Loop loop;
  {
    Compression files{StaticFiles(folder.path())};
    Compression body(whole(text(2'000'000), kText));
    CHECK(loop.run_until_complete(cancelled(files, "/large.txt")));
    CHECK(loop.run_until_complete(cancelled(body, "/")));
  }
}

TEST_CASE("a piece whose sender is cancelled while the pool has it comes whole all the same") {
  const std::string large = text(500'000);
  for (const std::string_view coding : {"gzip", "br", "zstd"}) {
    CAPTURE(coding);
    const Script stream([&](Send& send) -> Task<> {
      const Headers headers{{"content-type", "text/plain"}};
      co_await send(ResponseStart{200, headers});
      TaskHandle<> piece = create_task(
          [](Send& to, std::string_view bytes) -> Task<> {
            const SendEvent event = ResponseBody{bytes, true};
            co_await to(event);
          }(send, large),
          {.eager_start = true});
      piece.cancel();
      bool cancelled = false;
      try {
        co_await piece;
      } catch (const CancelledError&) {
        cancelled = true;
      }
      CHECK(cancelled);
      const SendEvent end = ResponseBody{"end", false};
      co_await send(end);
    });
    CHECK(decoded(ask(stream, coding)) == large + "end");
  }
}

TEST_CASE("a body that disagrees with its Content-Length is an error here too") {
  CHECK_THROWS_AS(ask(whole(text(2000), {{"content-length", "1999"}}), "gzip"), std::runtime_error);
  const auto stream = [](std::size_t promised) {
    return Script([promised](Send& send) -> Task<> {
      const Headers headers{{"content-length", std::to_string(promised)}};
      co_await send(ResponseStart{200, headers});
      co_await send(ResponseBody{text(1000), true});
      co_await send(ResponseBody{text(1000), false});
    });
  };
  CHECK(decoded(ask(stream(2000), "gzip")).size() == 2000);
  CHECK_THROWS_AS(ask(stream(1999), "gzip"), std::runtime_error);
  CHECK_THROWS_AS(ask(stream(2001), "gzip"), std::runtime_error);
}

TEST_CASE("events out of order are the application's error") {
  const Headers headers;
  CHECK_THROWS_AS(ask(Script([&](Send& send) -> Task<> {
                        co_await send(ResponseStart{200, headers});
                        co_await send(ResponseStart{200, headers});
                      }),
                      "gzip"),
                  std::logic_error);
}

TEST_CASE("what an application throws passes through") {
  CHECK_THROWS_AS(ask(Script([](Send&) -> Task<> {
                        throw std::logic_error("bug");
                        co_return;
                      }),
                      "gzip"),
                  std::logic_error);
}
