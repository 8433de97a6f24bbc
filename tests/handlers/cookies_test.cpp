// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;

TEST_CASE("cookies are parameters, by their exact names") {
  App app;
  app.get("/",
          [](Cookie<std::string, "session_id"> id, Cookie<std::optional<int>, "n"> n,
             Cookie<int, "m", Default{7}, Le{10}> m) -> Task<std::string> {
            co_return *id + (*n ? std::to_string(**n) : "-") + std::to_string(*m);
          });
  TestClient client(app);
  CHECK(client.get("/", {.headers = {{"cookie", "session_id=abc"}}}).text() == "\"abc-7\"");
  CHECK(client.get("/", {.headers = {{"cookie", "n=1; session_id=\"a b\""}, {"cookie", "m=2"}}})
            .text() == "\"a b12\"");
  const auto wrong = client.get("/", {.headers = {{"cookie", "session-id=abc; n=x; m=11"}}});
  CHECK(wrong.status_code == 422);
  CHECK(
      wrong.text() ==
      R"({"detail":[{"type":"missing","loc":["cookie","session_id"],"msg":"Field required","input":null},)"
      R"({"type":"int_parsing","loc":["cookie","n"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},)"
      R"({"type":"less_than_equal","loc":["cookie","m"],"msg":"Input should be less than or equal to 10","input":"11","ctx":{"le":10}}]})");
}

TEST_CASE("a response sets and deletes cookies") {
  App app;
  app.get("/", [](Request& request) -> Task<Response> {
    Response response = PlainTextResponse(request.cookies().get("a").value_or("none"));
    response.set_cookie("a", "1", {.max_age = std::chrono::hours(1), .httponly = true})
        .delete_cookie("b", {.domain = "example.com"});
    CHECK_THROWS_AS(response.set_cookie("a", "x\r\nSet-Cookie: y=z"), std::invalid_argument);
    co_return response;
  });
  TestClient client(app);
  const auto response = client.get("/", {.headers = {{"cookie", "b=2; a=3"}}});
  CHECK(response.text() == "3");
  std::string cookies;
  for (const Headers::Field field : response.headers) {
    if (field.name == "set-cookie") cookies += std::string(field.value) + "\n";
  }
  CHECK(cookies ==
        "a=1; HttpOnly; Max-Age=3600; Path=/; SameSite=lax\n"
        "b=\"\"; Domain=example.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; "
        "SameSite=lax\n");
  CHECK(client.get("/").text() == "1");
  client.cookies().clear();
  CHECK(client.get("/").text() == "none");
}
