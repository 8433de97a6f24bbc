// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

using namespace capricorn;

TEST_CASE("text of any JSON that is not UTF-8 is replaced") {
  const nlohmann::json value{{"name", "caf\xe9"}};
  CHECK(JSONResponse(value).body() == "{\"name\":\"caf\xef\xbf\xbd\"}");
}

TEST_CASE("an answer whose headers are changed changes no other's") {
  Response first = PlainTextResponse("a");
  const Response second = PlainTextResponse("b");
  first.headers().set("content-type", "text/csv");
  first.headers().append("x-one", "1");
  CHECK(std::as_const(first).headers().get("content-type") == "text/csv");
  CHECK(second.headers().get("content-type") == "text/plain; charset=utf-8");
  CHECK(second.headers().size() == 1);
  CHECK(std::as_const(first).body() == "a");
}

TEST_CASE("an unusual type stands in the answer as it was given") {
  const Response response(200, Buffer("<a/>"), "application/xml");
  CHECK(response.headers().get("content-type") == "application/xml");
  CHECK(response.is_whole());
  CHECK(response.whole().body == "<a/>");
}

TEST_CASE("a text has UTF-8's charset, unless it names one") {
  const auto type = [](std::string_view given) {
    return std::string(*Response(200, Buffer("x"), given).headers().get("content-type"));
  };
  CHECK(type("text/csv") == "text/csv; charset=utf-8");
  CHECK(type("text/csv; charset=latin-1") == "text/csv; charset=latin-1");
  CHECK(type("image/png") == "image/png");
}

TEST_CASE("an answer of each kind takes headers") {
  const Response::FieldList fields = {{"X-Total", "2"}, {"Content-Type", "application/hal+json"}};
  const auto has_them = [](const Response& response) {
    return response.headers().get("x-total") == "2" &&
           response.headers().get("content-type") == "application/hal+json";
  };
  CHECK(has_them(JSONResponse(nlohmann::json{1, 2}, 200, fields)));
  CHECK(has_them(JSONResponse(std::vector{1, 2}, 200, fields)));
  CHECK(has_them(PlainTextResponse("x", 200, fields)));
  CHECK(has_them(HTMLResponse("x", 200, fields)));
  CHECK(has_them(RedirectResponse("/", 303, fields)));
  const Response made = JSONResponse(7, 201, {{"location", "/items/7"}, {"vary", "a"}});
  CHECK(made.headers().get("location") == "/items/7");
  CHECK(made.headers().get("content-type") == "application/json");
}

TEST_CASE("a moved answer brings its headers, body and stream along") {
  Response from = JSONResponse(1, 201);
  from.headers().append("x-one", "1");
  Response to(std::move(from));
  CHECK(to.status() == 201);
  CHECK(std::as_const(to).headers().get("content-type") == "application/json");
  CHECK(std::as_const(to).headers().get("x-one") == "1");
  CHECK(to.body() == "1");
  from = StreamingResponse([](BodyWriter&) -> Task<> { co_return; }, "text/plain");
  CHECK(from.is_stream());
  CHECK_FALSE(from.is_whole());
  from.set_body(Buffer("whole again"));
  CHECK(from.is_whole());
}
