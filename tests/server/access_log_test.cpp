// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/headers.hpp>
#include <capricorn/server/access_log.hpp>
#include <capricorn/server/log_masking.hpp>

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "comma_locale.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

AccessRecord request(const Headers& headers) {
  return {.client_host = "10.0.0.7",
          .client_port = 4711,
          .method = "GET",
          .target = "/items/1?full=yes&token=abc",
          .status = 200,
          .request_id = "r-1",
          .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
          .route = "/items/{id}",
          .took = 1234567us,
          .bytes = 42,
          .headers = &headers};
}

std::string formatted(std::string_view format, const AccessRecord& record) {
  std::string line;
  AccessFormat(format).append(line, record);
  return line;
}

nlohmann::json json_of(const AccessRecord& record) {
  Buffer out;
  append_access_json(out, record);
  return nlohmann::json::parse(out.view());
}

std::string masked(std::string_view query) {
  std::string out;
  append_masked_query(out, query);
  return out;
}

}  // namespace

TEST_CASE("gunicorn's atoms") {
  const Headers headers{{"user-agent", "curl/8"},
                        {"referer", "https://me:pw@a.example/?key=1&b=2"},
                        {"authorization", "Basic YWxpY2U6c2VjcmV0"},
                        {"x-any", "thing"}};
  AccessRecord record = request(headers);
  const std::vector<std::string> answered{"text/plain"};
  record.response_headers = answered;
  const std::pair<std::string_view, std::string> rows[] = {
      {"%(h)s", "10.0.0.7"},
      {"%(l)s", "-"},
      {"%(u)s", "alice"},
      {"%(r)s", "GET /items/1?full=yes&token=*** HTTP/1.1"},
      {"%(m)s", "GET"},
      {"%(U)s", "/items/1"},
      {"%(q)s", "full=yes&token=***"},
      {"%(H)s", "HTTP/1.1"},
      {"%(s)s", "200"},
      {"%(B)s", "42"},
      {"%(b)s", "42"},
      {"%(f)s", "https://***@a.example/?key=***&b=2"},
      {"%(a)s", "curl/8"},
      {"%(T)s", "1"},
      {"%(D)s", "1234567"},
      {"%(M)s", "1234"},
      {"%(L)s", "1.234567"},
      {"%(p)s", "<" + std::to_string(::getpid()) + ">"},
      {"%({X-Any}i)s", "thing"},
      {"%({authorization}i)s", "***"},
      {"%({absent}i)s", "-"},
      {"%({content-type}o)s", "text/plain"},
      {"%({NO_SUCH_VARIABLE}e)s", "-"},
      {"[%(s)s] 100%%", "[200] 100%"},
  };
  for (const auto& [format, expected] : rows) {
    CAPTURE(format);
    CHECK(formatted(format, record) == expected);
  }
}

TEST_CASE("the date is that of the common log format") {
  const std::string date = formatted("%(t)s", request({}));
  REQUIRE(date.size() == 28);  // "[21/Nov/2026:17:23:02 +0000]"
  CHECK(date[0] == '[');
  CHECK(date[12] == ':');
  CHECK((date[22] == '+' || date[22] == '-'));
}

TEST_CASE("a client cannot leave the quotes around an atom") {
  const Headers headers{{"user-agent", "a\" 200 \"b"}};
  CHECK(formatted("\"%(a)s\"", request(headers)) == "\"a\\x22 200 \\x22b\"");
}

TEST_CASE("a request without an answer has no status") {
  AccessRecord record = request({});
  record.status = 0;
  record.bytes = 0;
  CHECK(formatted("%(s)s %(B)s %(b)s", record) == "- 0 -");
  CHECK(json_of(record)["status"].is_null());
}

TEST_CASE("a request as JSON") {
  const auto json = json_of(request({}));
  CHECK(json["level"] == "info");
  CHECK(json["message"] == "GET /items/1 200");
  CHECK(json["client"] == "10.0.0.7:4711");
  CHECK(json["method"] == "GET");
  CHECK(json["path"] == "/items/1");
  CHECK(json["query"] == "full=yes&token=***");
  CHECK(json["route"] == "/items/{id}");
  CHECK(json["status"] == 200);
  CHECK(json["duration"] == doctest::Approx(1.234567));
  CHECK(json["bytes"] == 42);
  CHECK(json["request_id"] == "r-1");
  CHECK(json["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736");
  const std::string time = json["time"];
  CHECK(time.size() == 24);
  CHECK(time.back() == 'Z');
}

TEST_CASE("bytes that are no text leave JSON valid") {
  AccessRecord record = request({});
  record.target = "/\xff\"\n";
  CHECK(json_of(record)["path"] == "/\xef\xbf\xbd\"\n");
}

TEST_CASE("what a terminal might obey is escaped in JSON, too, and means the same") {
  AccessRecord record = request({});
  record.target = "/\x7f\xc2\x9bJ\xe2\x80\xae\xe2\x81\xa6\xc3\x84\xe2\x80\x94";
  Buffer line;
  append_access_json(line, record);
  CHECK(line.view().contains("\"path\":\"/\\u007f\\u009bJ\\u202e\\u2066\xc3\x84\xe2\x80\x94\""));
  CHECK(json_of(record)["path"] == record.target);
}

TEST_CASE("secrets in a query are masked by their names") {
  CHECK(masked("a=1&b=2") == "a=1&b=2");
  CHECK(masked("access_token=x") == "access_token=***");
  CHECK(masked("Api-Key=x&a") == "Api-Key=***&a");
  CHECK(masked("a;password=x;b=1") == "a;password=***;b=1");
  CHECK(masked("X-Amz-Signature=x") == "X-Amz-Signature=***");
  CHECK(masked("code=x&state=y") == "code=***&state=y");
  CHECK(masked("keyboard=x&monkey=y") == "keyboard=x&monkey=y");
  CHECK(masked("token") == "token");
  CHECK(masked("api%5Fkey=x&%74oken=y&100%=z") == "api%5Fkey=***&%74oken=***&100%=z");
}

TEST_CASE("the default line masks them too") {
  AccessRecord record = request({});
  record.request_id = {};
  std::string line;
  append_access_line(line, record, false);
  CHECK(line == "INFO:     10.0.0.7:4711 - \"GET /items/1?full=yes&token=*** HTTP/1.1\" 200 OK");
}

TEST_CASE("what a Unix socket's client is named cannot leave the default line, nor its words") {
  AccessRecord record = request(Headers());
  record.headers = nullptr;
  record.client_host = "a\n\x1b[31m\"";
  record.method = "G\"ET";
  record.request_id = "1]\n2";
  std::string line;
  append_access_line(line, record, false);
  CHECK(line.ends_with(
      R"(a\x0a\x1b[31m\x22:4711 - "G\x22ET /items/1?full=yes&token=*** HTTP/1.1" 200 OK [1]\x0a2])"));
}

TEST_CASE("a duration has a point, whatever the application's locale") {
  const test::CommaLocale comma;
  const Headers headers;
  const AccessRecord record = request(headers);
  CHECK(formatted("%(L)s", record) == "1.234567");
  CHECK(json_of(record)["duration"] == doctest::Approx(1.234567));
}
