// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/test_client.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app.hpp"
#include "differences.hpp"

using namespace capricorn;
using nlohmann::json;

namespace {

std::ifstream open(const std::string& name) {
  const char* root = std::getenv("SOURCE_ROOT");
  const std::string path = std::string(root ? root : ".") + "/" + name;
  std::ifstream file(path);
  REQUIRE_MESSAGE(file, path);
  return file;
}

json load(const std::string& name) {
  std::ifstream file = open("tests/fastapi/" + name);
  return json::parse(file);
}

/// The lines of the table in docs/coming-from-fastapi.md that tells kDifferences.
std::vector<std::string> told_differences() {
  std::ifstream page = open("docs/coming-from-fastapi.md");
  std::vector<std::string> rows;
  std::string line;
  while (std::getline(page, line) && line != "### In answers") {
  }
  while (std::getline(page, line) && !line.starts_with('#')) {
    if (line.starts_with('|')) rows.push_back(line);
  }
  return rows;
}

/// "GET /items?q=1", and what else makes the request another one.
std::string name_of(const json& request) {
  std::string name =
      request["method"].get<std::string>() + " " + request["target"].get<std::string>();
  bool typed = false;
  for (const json& header : request.value("headers", json::array())) {
    typed = typed || header[0] == "content-type";
    if (header != json{"content-type", "application/json"}) {
      name += " " + header[0].get<std::string>() + ": " + header[1].get<std::string>();
    }
  }
  const std::string body = request.value("body", "");
  if (body.empty()) return name;
  return name + (typed ? " " : " of no type ") + json(body).dump();
}

/// An answer as text: status, headers in order of their names, body.
std::string written(int status, std::multimap<std::string, std::string> headers,
                    const std::string& body) {
  std::string out = std::to_string(status) + "\n";
  for (const auto& [name, value] : headers) out += name + ": " + value + "\n";
  return out + "\n" + body;
}

std::string expected(const json& answer) {
  std::multimap<std::string, std::string> headers;
  for (const json& header : answer["headers"]) headers.emplace(header[0], header[1]);
  return written(answer["status"], std::move(headers), answer["body"]);
}

std::string ours(TestClient& client, const json& request) {
  TestRequestOptions options;
  for (const json& header : request.value("headers", json::array())) {
    options.headers.emplace_back(header[0], header[1]);
  }
  if (request.contains("body")) options.content = request["body"].get<std::string>();
  const TestResponse response =
      client.request(request["method"], request["target"], std::move(options));
  std::multimap<std::string, std::string> headers;
  for (const Headers::Field field : response.headers) headers.emplace(field.name, field.value);
  return written(response.status_code, std::move(headers), response.raw_content());
}

}  // namespace

TEST_CASE("what was recorded is what is asked") {
  const json answers = load("answers.json");
  json asked = json::array();
  for (const json& exchange : answers["exchanges"]) asked.push_back(exchange["request"]);
  CHECK(asked == load("requests.json"));  // else run tests/fastapi/record
  CHECK(asked.size() >= 300);
}

TEST_CASE("FastAPI's answers are ours, byte by byte, but for the differences that are told") {
  App app = make_compared_app();
  TestClient client(app, {.raise_server_exceptions = false, .follow_redirects = false});
  std::map<std::string_view, std::string_view> differences;
  for (const Difference& difference : kDifferences) {
    for (const auto& [request, text] : difference.cases) differences.emplace(request, text);
  }
  for (const json& exchange : load("answers.json")["exchanges"]) {
    const std::string name = name_of(exchange["request"]);
    CAPTURE(name);
    const std::string theirs = expected(exchange["answer"]);
    const std::string answer = ours(client, exchange["request"]);
    const auto difference = differences.find(name);
    if (difference == differences.end()) {
      CHECK(answer == theirs);
      continue;
    }
    CHECK(answer.contains(difference->second));
    CHECK_FALSE(theirs.contains(difference->second));  // one that is gone is no difference
    differences.erase(difference);
  }
  CHECK(differences.empty());
}

TEST_CASE("Coming from FastAPI tells each difference, in its order, and no other") {
  const std::vector<std::string> rows = told_differences();
  REQUIRE(rows.size() == kDifferences.size() + 2);  // below the head and its line
  for (std::size_t i = 0; i < kDifferences.size(); ++i) {
    CAPTURE(rows[i + 2]);
    CHECK(rows[i + 2].ends_with("| " + std::string(kDifferences[i].reason) + " |"));
  }
}
