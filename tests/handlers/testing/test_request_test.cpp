// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "echo_app.hpp"

using namespace capricorn;
using namespace capricorn::test;
using nlohmann::json;

TEST_CASE("a request is what httpx would send") {
  App app = echo_app();
  TestClient client(app);
  const json seen = client.get("/a b/%2F?x=1&y=\xc3\xa9").json();
  CHECK(seen["method"] == "GET");
  CHECK(seen["path"] == "/a b//");
  CHECK(seen["raw_path"] == "/a%20b/%2F");
  CHECK(seen["query"] == "x=1&y=%C3%A9");
  CHECK(seen["scheme"] == "http");
  CHECK(seen["server"] == json({"testserver", 80}));
  CHECK(seen["client"] == json({"testclient", 50000}));
  CHECK(seen["root_path"] == "");
  CHECK(seen["headers"].dump() ==
        R"([["host","testserver"],["accept","*/*"],)"
        R"(["accept-encoding","gzip, deflate, br, zstd"],["connection","keep-alive"],)"
        R"(["user-agent","testclient"]])");
  CHECK(seen["body"] == "");
}

TEST_CASE("a client's options say where it is, whose it is and what it always sends") {
  App app = echo_app();
  TestClient client(app, {.base_url = "https://Example.com:8443/v1/",
                          .root_path = "/proxy",
                          .client = {"10.0.0.1", 7},
                          .headers = {{"X-Token", "t"}, {"User-Agent", "me"}},
                          .cookies = {{"a", "1"}}});
  const json seen = client.get("/items").json();
  CHECK(seen["path"] == "/v1/items");
  CHECK(seen["scheme"] == "https");
  CHECK(seen["server"] == json({"example.com", 8443}));
  CHECK(seen["client"] == json({"10.0.0.1", 7}));
  CHECK(seen["root_path"] == "/proxy");
  CHECK(header_of(seen, "host") == "example.com:8443");
  CHECK(header_of(seen, "x-token") == "t");
  CHECK(header_of(seen, "user-agent") == "me");
  CHECK(header_of(seen, "cookie") == "a=1");
  const json other = client.get("http://other.example/x").json();
  CHECK(other["path"] == "/x");
  CHECK(header_of(other, "host") == "other.example");
  client.headers().emplace_back("x-later", "2");
  CHECK(header_of(client.get("/").json(), "x-later") == "2");
}

TEST_CASE("each method has its function") {
  App app = echo_app();
  TestClient client(app);
  CHECK(client.get("/").json()["method"] == "GET");
  CHECK(client.post("/").json()["method"] == "POST");
  CHECK(client.put("/").json()["method"] == "PUT");
  CHECK(client.patch("/").json()["method"] == "PATCH");
  CHECK(client.delete_("/").json()["method"] == "DELETE");
  CHECK(client.options("/").json()["method"] == "OPTIONS");
  CHECK(client.request("TRACE", "/").json()["method"] == "TRACE");
  const TestResponse head = client.head("/");
  CHECK(head.status_code == 200);
  CHECK(head.content() == "");
  CHECK(head.header("content-length") != "0");
}

TEST_CASE("a body of JSON may be written in braces") {
  App app = echo_app();
  TestClient client(app);
  const auto sent = [&](JsonBody body) {
    return client.post("/", {.json = std::move(body)}).json()["body"].get<std::string>();
  };
  CHECK(sent({{"name", "Foo"}, {"count", 2}}) == R"({"name":"Foo","count":2})");
  CHECK(sent({{"name", "Foo"}}) == R"({"name":"Foo"})");
  CHECK(sent({{"tags", {"a", "b", "c"}}, {"owner", {{"name", "Ann"}}}}) ==
        R"({"tags":["a","b","c"],"owner":{"name":"Ann"}})");
  CHECK(sent({1, 2, 3}) == "[1,2,3]");
  CHECK(client.post("/", {.json = {{"a", nullptr}}}).json()["body"] == R"({"a":null})");
  CHECK(client.post("/", {.json = {}}).json()["body"] == "");
}

TEST_CASE("parameters join those of the address, headers replace the client's own") {
  App app = echo_app();
  TestClient client(app);
  const json seen =
      client
          .get("/?a=1",
               {.params = {{"b", "x&y z"}, {"n", 5}, {"f", 1.5}, {"on", true}},
                .headers = {{"User-Agent", "u"}, {"x-a", "1"}, {"x-a", "2"}, {"Host", "h"}}})
          .json();
  CHECK(seen["query"] == "a=1&b=x%26y%20z&n=5&f=1.5&on=true");
  CHECK(header_of(seen, "user-agent") == "u");
  CHECK(header_of(seen, "x-a") == json({"1", "2"}));
  CHECK(header_of(seen, "host") == "h");
  CHECK_THROWS_AS(client.get("/", {.headers = {{"x", "a\r\nb: c"}}}), std::invalid_argument);
  CHECK_THROWS_AS(client.get("ftp://x/"), std::invalid_argument);
}

TEST_CASE("a body is content, JSON, a form or a form with files") {
  App app = echo_app();
  TestClient client(app);
  const json content = client.post("/", {.content = "bytes"}).json();
  CHECK(content["body"] == "bytes");
  CHECK(header_of(content, "content-length") == "5");
  CHECK(header_of(content, "content-type") == json::array());
  const json model =
      client.put("/", {.json = Item{.name = "a", .price = 1.5, .tags = {"x"}}}).json();
  CHECK(model["body"] == R"({"name":"a","price":1.5,"tags":["x"]})");
  CHECK(header_of(model, "content-type") == "application/json");
  CHECK(client.post("/", {.json = json{{"a", nullptr}}}).json()["body"] == R"({"a":null})");
  CHECK(client.post("/", {.json = "text"}).json()["body"] == R"("text")");
  const json form = client.post("/", {.data = {{"a", "1 +"}, {"b", 2}}}).json();
  CHECK(form["body"] == "a=1%20%2B&b=2");
  CHECK(header_of(form, "content-type") == "application/x-www-form-urlencoded");
  const json files =
      client
          .post("/", {.data = {{"a", "1"}},
                      .files = {{.name = "f\"", .content = "c", .filename = "x.txt"}}})
          .json();
  CHECK(header_of(files, "content-type") == "multipart/form-data; boundary=testclient-boundary-0");
  CHECK(files["body"] ==
        "--testclient-boundary-0\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
        "--testclient-boundary-0\r\ncontent-disposition: form-data; name=\"f%22\"; "
        "filename=\"x.txt\"\r\ncontent-type: text/plain; charset=utf-8\r\n\r\nc\r\n"
        "--testclient-boundary-0--\r\n");
  const json own = client.post("/", {.headers = {{"Content-Type", "text/json"}}, .json = 1}).json();
  CHECK(header_of(own, "content-type") == "text/json");
  CHECK(header_of(client.post("/").json(), "content-length") == "0");
}

TEST_CASE("forms and files arrive, whatever stands in them") {
  App app;
  app.post("/",
           [](Form<std::string, "name"> name, File<UploadFile, "file"> file) -> Task<std::string> {
             co_return *name + "|" + file->filename() + "|" +
                 std::string(file->content_type().value_or("")) + "|" + co_await file->read();
           });
  TestClient client(app);
  const auto response = client.post("/", {.data = {{"name", "n"}},
                                          .files = {{.name = "file",
                                                     .content = "--testclient-boundary-0--\r\n",
                                                     .filename = "a.bin",
                                                     .content_type = "x/y"}},
                                          .chunk_size = 7});
  CHECK(response.json() == "n|a.bin|x/y|--testclient-boundary-0--\r\n");
}

TEST_CASE("basic authentication is sent as RFC 7617 says") {
  App app = echo_app();
  TestClient client(app);
  const json seen = client.get("/", {.auth = BasicAuth{"Aladdin", "open sesame"}}).json();
  CHECK(header_of(seen, "authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
