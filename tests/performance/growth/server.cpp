// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/log_masking.hpp>
#include <capricorn/server/metrics.hpp>
#include <capricorn/server/server.hpp>

#include <test_transport.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "growth.hpp"

namespace capricorn::test {
namespace {

using namespace std::chrono_literals;

Task<> passes(std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) co_await sleep(0s);
}

struct Work {
  HttpServer& server;
  Loop& loop;
  std::size_t n;
};

/// `body` with a server of this application.
void serve(App app, std::size_t n, Task<> (*body)(Work work)) {
  Config config;
  config.access_log = false;
  Loop loop;
  {
    HttpServer server(app, config, loop);
    loop.run_until_complete(body({server, loop, n}));
    shut_down(loop);
  }
}

struct Client {
  explicit Client(const Work& work) : pipe(work.loop) {
    pipe.start(std::make_unique<HttpProtocol>(work.server, pipe));
  }
  TestTransport pipe;
};

std::string repeated(std::string_view text, std::size_t n) {
  std::string all;
  for (std::size_t i = 0; i < n; ++i) all += text;
  return all;
}

Task<> pipeline(Work work) {
  Client client(work);
  client.pipe.feed(repeated("GET / HTTP/1.1\r\nhost: x\r\n\r\n", work.n));
  co_await passes(4 * work.n);
}
void pipelined(std::size_t n) {
  App app;
  app.get("/", []() -> Task<Response> {
    co_await sleep(0s);
    co_return PlainTextResponse("");
  });
  serve(std::move(app), n, pipeline);
}

Task<> ask(Work work) {
  Client client(work);
  client.pipe.feed("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  co_await passes(work.n);
}
void pieces(std::size_t n) {
  App app;
  app.get("/", [n]() -> Task<Response> {
    co_return StreamingResponse([n](BodyWriter& writer) -> Task<> {
      for (std::size_t i = 0; i < n; ++i) co_await writer.write("ten bytes.");
    });
  });
  serve(std::move(app), n, ask);
}

Task<> upload(Work work) {
  Client client(work);
  client.pipe.feed("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(work.n) +
                   "\r\n\r\n");
  for (std::size_t i = 0; i < work.n; ++i) {
    client.pipe.feed("x");
    co_await passes(2);
  }
}
void bytewise_body(std::size_t n) {
  App app;
  app.post("/", [](Request& request) -> Task<Response> {
    static_cast<void>(co_await request.body());
    co_return PlainTextResponse("");
  });
  serve(std::move(app), n, upload);
}

/// Each asks once, then all are gone at once.
Task<> come_and_go(Work work) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < work.n; ++i) {
    clients.push_back(std::make_unique<Client>(work));
    clients.back()->pipe.feed("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  }
  co_await passes(4);
  for (const auto& client : clients) client->pipe.lose({});
  co_await passes(4);
}
void connections(std::size_t n) {
  App app;
  app.get("/", []() -> Task<Response> {
    co_await sleep(1h);
    co_return PlainTextResponse("");
  });
  serve(std::move(app), n, come_and_go);
}

Task<> stop(Work work) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < work.n; ++i) clients.push_back(std::make_unique<Client>(work));
  work.server.shutdown_event().set();
  for (const auto& client : clients) client->pipe.lose({});
  co_await passes(4);
}
void stopping(std::size_t n) { serve(App(), n, stop); }

/// Requests of so many routes, each counted under its name.
void routes(std::size_t n) {
  MetricsBoard board(1);
  Loop loop;
  Metrics metrics(board, *board.claim(), loop, true);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < n; ++i) names.push_back("/route/" + std::to_string(i) + "/{id}");
  for (int turn = 0; turn < 4; ++turn) {
    for (const std::string& name : names) {
      metrics.request_ended({.kind = {.status = 200}, .route = name});
    }
  }
}

void masked(std::size_t n) {
  static_cast<void>(masked_url("/a?" + repeated("token=b&", n) + repeated("://@", n)));
}

constexpr Growth kGrowths[] = {
    {"requests that come at once", 200, pipelined},
    {"pieces of an answer", 500, pieces},
    {"a body that comes byte by byte", 500, bytewise_body},
    {"connections that are lost at once", 200, connections},
    {"connections when the server stops", 200, stopping},
    {"routes in the figures", 100, routes},
    {"an address in the log", 500, masked},
};

}  // namespace

std::span<const Growth> server_growths() { return kGrowths; }

}  // namespace capricorn::test
