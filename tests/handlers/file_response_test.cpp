// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/response.hpp>
#include <capricorn/handlers/test_client.hpp>

#include "temporary_folder.hpp"

using namespace capricorn;
using namespace capricorn::test;

namespace {

template <class F>
TestResponse answer(F handler, TextPairs headers = {}, std::string method = "GET") {
  App app;
  app.api_route("/",
                method_bit(Method::kGet) | method_bit(Method::kHead) | method_bit(Method::kPost),
                std::move(handler));
  TestClient client(app);
  return client.request(std::move(method), "/", {.headers = std::move(headers)});
}

}  // namespace

TEST_CASE("a file as an answer has its type, size and validators") {
  TemporaryFolder folder;
  folder.write("a.csv", "a,b\n");
  const std::string path = folder / "a.csv";
  const auto response = answer([=] { return FileResponse(path); });
  CHECK(response.status_code == 200);
  CHECK(response.text() == "a,b\n");
  CHECK(response.header("content-type") == "text/csv; charset=utf-8");
  CHECK(response.header("content-length") == "4");
  CHECK(response.header("accept-ranges") == "bytes");
  CHECK_FALSE(response.header("etag").empty());
  CHECK_FALSE(response.header("last-modified").empty());
  CHECK(response.header("content-disposition").empty());
}

TEST_CASE("a download says its name") {
  TemporaryFolder folder;
  folder.write("4711", "data");
  const std::string path = folder / "4711";
  const auto named = answer([=] { return FileResponse(path, {.filename = "r\xc3\xa9port.pdf"}); });
  CHECK(named.header("content-disposition") ==
        "attachment; filename=\"r_port.pdf\"; filename*=UTF-8''r%C3%A9port.pdf");
  CHECK(named.header("content-type") == "application/pdf");
  const auto shown = answer([=] {
    return FileResponse(path, {.media_type = "text/x-log",
                               .filename = "a.log",
                               .content_disposition_type = "inline",
                               .status = 201});
  });
  CHECK(shown.status_code == 201);
  CHECK(shown.header("content-disposition") == "inline; filename=\"a.log\"");
  CHECK(shown.header("content-type") == "text/x-log; charset=utf-8");
  CHECK(answer([=] {
          return FileResponse(path, "text/plain; charset=latin-1");
        }).header("content-type") == "text/plain; charset=latin-1");
}

TEST_CASE("a file as an answer takes fields of its own") {
  TemporaryFolder folder;
  folder.write("a", "data");
  const std::string path = folder / "a";
  const auto response = answer([=] {
    return FileResponse(path, {.headers = {{"Cache-Control", "no-store"}, {"x-a", "1"}}});
  });
  CHECK(response.text() == "data");
  CHECK(response.header("cache-control") == "no-store");
  CHECK(response.header("x-a") == "1");
}

TEST_CASE("a file as an answer has ranges and conditions") {
  TemporaryFolder folder;
  folder.write("a", "0123456789");
  const std::string path = folder / "a";
  const auto file = [=] {
    Response response = FileResponse(path);
    response.headers().append("etag", "\"mine\"");
    response.headers().append("x-kept", "1");
    return response;
  };
  const auto part = answer(file, {{"range", "bytes=1-2"}});
  CHECK(part.status_code == 206);
  CHECK(part.text() == "12");
  CHECK(part.header("x-kept") == "1");
  const auto known = answer(file, {{"if-none-match", "\"mine\""}});
  CHECK(known.status_code == 304);
  CHECK(known.header("x-kept") == "1");
  CHECK(answer(file, {}, "HEAD").header("content-length") == "10");
  // The answer to a POST is not what a GET would give.
  CHECK(answer(file, {{"range", "bytes=1-2"}, {"if-match", "\"x\""}}, "POST").text() ==
        "0123456789");
}

TEST_CASE("what is no file is not found") {
  TemporaryFolder folder;
  const std::string path = folder.path();
  CHECK(answer([=] { return FileResponse(path); }).status_code == 404);
  CHECK(answer([=] { return FileResponse(path + "/none"); }).text() == R"({"detail":"Not Found"})");
  // Nor is what stands before a null character: whoever looked at the end saw another name.
  folder.write("secret", "secret");
  const std::string cut = path + "/secret" + std::string("\0.png", 5);
  CHECK(answer([=] { return FileResponse(cut); }).status_code == 404);
}
