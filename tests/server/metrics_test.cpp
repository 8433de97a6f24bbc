// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/server/metrics.hpp>
#include <capricorn/server/metrics_text.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "comma_locale.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// A worker in this process.
struct Worker {
  explicit Worker(MetricsBoard& board) : slot(board.claim()), metrics(board, *slot, loop, true) {}
  void serve(std::string_view route, std::uint16_t status = 200, Duration took = 1ms) {
    metrics.request_ended({.kind = {.status = status}, .route = route, .took = took});
  }
  Loop loop;
  MetricsSlot* slot;
  Metrics metrics;
};

bool has(const std::string& text, const std::string& line) {
  return text.find(line + "\n") != text.npos;
}

const std::string kOk =
    R"({http_request_method="GET",url_scheme="http",network_protocol_version="1.1",)";

}  // namespace

TEST_CASE("a request is counted in the class of its duration, and in those above") {
  MetricsBoard board(1);
  Worker worker(board);
  worker.serve("/a", 200, 30ms);
  worker.serve("/a", 200, 11s);
  const std::string text = metrics_text(board);
  const std::string labels = kOk + R"(http_route="/a",http_response_status_code="200")";
  const std::string name = "http_server_request_duration_seconds";
  CHECK(has(text, name + "_bucket" + labels + R"(,le="0.025"} 0)"));
  CHECK(has(text, name + "_bucket" + labels + R"(,le="0.05"} 1)"));
  CHECK(has(text, name + "_bucket" + labels + R"(,le="10"} 1)"));
  CHECK(has(text, name + "_bucket" + labels + R"(,le="+Inf"} 2)"));
  CHECK(has(text, name + "_sum" + labels + "} 11.03"));
  CHECK(has(text, name + "_count" + labels + "} 2"));
}

TEST_CASE("numbers have a point, whatever the application's locale") {
  const test::CommaLocale comma;
  MetricsBoard board(1);
  Worker worker(board);
  worker.serve("/a", 200, 30ms);
  const std::string text = metrics_text(board);
  const std::string labels = kOk + R"(http_route="/a",http_response_status_code="200")";
  CHECK(has(text, "http_server_request_duration_seconds_bucket" + labels + R"(,le="0.05"} 1)"));
  CHECK(has(text, "http_server_request_duration_seconds_sum" + labels + "} 0.03"));
}

TEST_CASE("labels are OpenTelemetry's, and those without a value are left out") {
  MetricsBoard board(1);
  Worker worker(board);
  worker.metrics.request_ended({.kind = {.method = Method::kOther,
                                         .scheme = UrlScheme::kHttps,
                                         .http_minor = 0,
                                         .error = RequestError::kDisconnect,
                                         .status = 0},
                                .route = {},
                                .took = 1ms});
  worker.serve("/down", 503);
  const std::string text = metrics_text(board);
  CHECK(has(text,
            R"(http_server_request_duration_seconds_count{http_request_method="_OTHER",)"
            R"(url_scheme="https",network_protocol_version="1.0",error_type="disconnect"} 1)"));
}

TEST_CASE("a route cannot leave its quotes") {
  MetricsBoard board(1);
  Worker worker(board);
  worker.serve("/a\"b\\c\nd");
  CHECK(metrics_text(board).find(R"(http_route="/a\"b\\c\nd")") != std::string::npos);
}

TEST_CASE("a route that is too long is cut between two characters") {
  MetricsBoard board(1);
  Worker worker(board);
  std::string route = "/a";
  std::string told = route;
  while (route.size() <= RequestSeries::kRoute) {
    told = route;
    route += "ä";
  }
  REQUIRE(told.size() == RequestSeries::kRoute - 1);
  worker.serve(route);
  worker.serve(route + "b");
  const std::string labels =
      kOk + R"(http_route=")" + told + R"(",http_response_status_code="200"} 2)";
  CHECK(has(metrics_text(board), "http_server_request_duration_seconds_count" + labels));
}

TEST_CASE("workers count together, each with gauges of its own") {
  MetricsBoard board(4);
  Worker first(board);
  Worker second(board);
  REQUIRE(first.slot != second.slot);
  first.serve("/a");
  second.serve("/a");
  first.metrics.tick({.active_requests = 3});
  const std::string text = metrics_text(board);
  CHECK(has(text, "http_server_request_duration_seconds_count" + kOk +
                      R"(http_route="/a",http_response_status_code="200"} 2)"));
  CHECK(has(text, R"(http_server_active_requests{worker="0"} 3)"));
  CHECK(has(text, R"(http_server_active_requests{worker="1"} 0)"));
}

TEST_CASE("counts go on with the next worker, gauges do not") {
  MetricsBoard board(1);
  {
    Worker worker(board);
    worker.serve("/a");
    worker.metrics.tick({.active_requests = 3});
    CHECK(board.claim() == nullptr);
  }
  CHECK(metrics_text(board).find("http_server_active_requests{") == std::string::npos);
  Worker next(board);
  next.serve("/a");
  const std::string text = metrics_text(board);
  CHECK(has(text, "http_server_request_duration_seconds_count" + kOk +
                      R"(http_route="/a",http_response_status_code="200"} 2)"));
  CHECK(has(text, R"(http_server_active_requests{worker="0"} 0)"));
}

TEST_CASE("another process counts on the board too, and its slot is free when it has died") {
  MetricsBoard board(1);
  const pid_t child = ::fork();
  if (child == 0) {
    MetricsSlot* slot = board.claim();
    (*slot)[WorkerCount::kConnections].add(5);
    slot->stage.store(MetricsSlot::Stage::kServing);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK_FALSE(board.ready());
  CHECK(has(metrics_text(board), R"(capricorn_connections_accepted_total{worker="0"} 5)"));
  CHECK(board.claim() != nullptr);
}

TEST_CASE("what there is no room for is counted all the same, without a route") {
  MetricsBoard board(1);
  Worker worker(board);
  constexpr std::size_t kMore = MetricsSlot::kSeries + 100;
  for (std::size_t i = 0; i < kMore; ++i) worker.serve("/" + std::to_string(i));
  std::uint64_t requests = 0;
  for (const RequestSeries& series : worker.slot->series) {
    for (const SharedCount& count : series.durations.counts) requests += count.get();
  }
  CHECK(requests == kMore);
  CHECK(metrics_text(board).find(R"(http_request_method="_OTHER")") != std::string::npos);
}

TEST_CASE("of very many routes each is counted under its name, with the next worker too") {
  MetricsBoard board(1);
  for (int turn = 0; turn < 2; ++turn) {
    Worker worker(board);
    for (int again = 0; again < 2; ++again) {
      for (int i = 0; i < 300; ++i) worker.serve("/" + std::to_string(i), i % 2 == 0 ? 200 : 404);
    }
    CHECK(worker.slot->series_count.load() == 300);
  }
  const std::string text = metrics_text(board);
  for (int i = 0; i < 300; ++i) {
    CHECK(has(text, "http_server_request_duration_seconds_count" + kOk + "http_route=\"/" +
                        std::to_string(i) + "\",http_response_status_code=\"" +
                        (i % 2 == 0 ? "200" : "404") + "\"} 4"));
  }
}

TEST_CASE("a board is ready while a worker serves, and remembers that one did") {
  MetricsBoard board(1);
  CHECK_FALSE(board.ready());
  CHECK_FALSE(board.ever_served());
  Worker worker(board);
  worker.metrics.stage(MetricsSlot::Stage::kServing);
  CHECK(board.ready());
  worker.metrics.stage(MetricsSlot::Stage::kStopping);
  CHECK_FALSE(board.ready());
  CHECK(board.ever_served());
}

TEST_CASE("the last that accepts knows that it is") {
  MetricsBoard board(3);
  Worker first(board);
  Worker second(board);
  Worker third(board);  // which has not begun
  first.metrics.begins_to_accept();
  second.metrics.begins_to_accept();
  CHECK_FALSE(first.metrics.ends_accepting());
  CHECK(second.metrics.ends_accepting());
}

TEST_CASE("each replaced worker counts with its reason") {
  MetricsBoard board(1);
  board.worker_replaced(RestartReason::kHung);
  board.worker_replaced(RestartReason::kHung);
  const std::string text = metrics_text(board);
  CHECK(has(text, R"(capricorn_worker_restarts_total{reason="hung"} 2)"));
  CHECK(has(text, R"(capricorn_worker_restarts_total{reason="died"} 0)"));
}
