// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/loop/run.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "../../../handlers/openapi/embedded_files.hpp"

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

struct Item {
  std::string name;
};

Task<Item> read_item(Path<int, "id">) { co_return Item{"thing"}; }

Json document_of(App& app) { return Json::parse(TestClient(app).get("/openapi.json").text()); }

/// Where the page's element of that kind points: `attribute="..."` behind `tag`.
std::string attribute(std::string_view page, std::string_view tag, std::string_view attribute) {
  const std::size_t element = page.find(tag);
  REQUIRE(element != std::string_view::npos);
  const std::size_t begin = page.find(std::string(attribute) + "=\"", element);
  REQUIRE(begin != std::string_view::npos);
  const std::size_t first = begin + attribute.size() + 2;
  return std::string(page.substr(first, page.find('"', first) - first));
}

}  // namespace

TEST_CASE("an application serves its document, without the routes that serve it") {
  App app({.title = "Shop", .version = "3"});
  app.get("/items/{id}", read_item,
          {.tags = {"items"}, .summary = "One item", .name = "read_item"});
  TestClient client(app);
  const auto answer = client.get("/openapi.json");
  CHECK(answer.status_code == 200);
  CHECK(answer.header("content-type") == "application/json");
  const Json json = Json::parse(answer.text());
  CHECK(json["info"] == Json::parse(R"({"title": "Shop", "version": "3"})"));
  REQUIRE(json["paths"].size() == 1);
  const Json& get = json["paths"]["/items/{id}"]["get"];
  CHECK(get["operationId"] == "read_item_items__id__get");
  CHECK(get["summary"] == "One item");
  CHECK(json["paths"]["/items/{id}"].size() == 1);  // HEAD goes without saying
  CHECK(json == app.openapi());
}

TEST_CASE("a client that has the document is told so") {
  App app;
  TestClient client(app);
  const std::string etag = client.get("/openapi.json").header("etag");
  CHECK(etag.starts_with('"'));
  const auto again = client.get("/openapi.json", {.headers = {{"if-none-match", etag}}});
  CHECK(again.status_code == 304);
  CHECK(again.text().empty());
}

TEST_CASE("the document can be changed, and is made anew where a route was added") {
  App app;
  app.get("/a", [] { return 1; });
  app.openapi()["info"]["x-logo"] = "logo.png";
  CHECK(document_of(app)["info"]["x-logo"] == "logo.png");
  app.get("/b", [] { return 1; });
  const Json json = document_of(app);
  CHECK(json["paths"].contains("/b"));
  CHECK_FALSE(json["info"].contains("x-logo"));
}

TEST_CASE("websockets, mounts and hidden routes are not in the document") {
  App app;
  App inner;
  inner.get("/own", [] { return 1; });
  app.mount("/inner", std::move(inner));
  app.websocket("/ws", [](WebSocket& socket) -> Task<> { co_await socket.close(); });
  app.get("/hidden", [] { return 1; }, {.include_in_schema = false});
  CHECK(document_of(app)["paths"].empty());
}

TEST_CASE("a mounted application has a document of its own, whose server is where it is mounted") {
  App inner({.servers = {{"https://there.example"}}});
  inner.get("/own", [] { return 1; });
  App app;
  app.mount("/inner", std::move(inner));
  TestClient client(app);
  const Json json = Json::parse(client.get("/inner/openapi.json").text());
  CHECK(json["paths"].contains("/own"));
  CHECK(json["servers"] == Json::parse(R"([{"url": "/inner"}, {"url": "https://there.example"}])"));
  const auto page = client.get("/inner/docs");
  CHECK(attribute(page.text(), "id=\"swagger-ui\"", "data-openapi-url") == "/inner/openapi.json");
  CHECK(attribute(page.text(), "id=\"swagger-ui\"", "data-oauth2-redirect-url") ==
        "/inner/docs/oauth2-redirect");
}

TEST_CASE("a method of several is an operation of its own") {
  App app;
  app.api_route("/both", method_bit(Method::kGet) | method_bit(Method::kPost), [] { return 1; });
  const Json methods = document_of(app)["paths"]["/both"];
  CHECK(methods["get"]["operationId"] == "get_both");
  CHECK(methods["post"]["operationId"] == "post_both");
}

TEST_CASE("the docs pages have no script of their own, and name files that are there") {
  App app({.title = "A & B"});
  TestClient client(app);
  for (const char* path : {"/docs", "/redoc", "/docs/oauth2-redirect"}) {
    CAPTURE(path);
    const auto page = client.get(path);
    CHECK(page.status_code == 200);
    CHECK(page.header("content-type") == "text/html; charset=utf-8");
    std::size_t scripts = 0;
    for (std::size_t at = page.text().find("<script"); at != std::string::npos;
         at = page.text().find("<script", at + 1)) {
      ++scripts;
      const std::string url = attribute(page.text().substr(at), "<script", "src");
      if (url.starts_with("https:")) continue;
      const auto script = client.get(url);
      CHECK(script.status_code == 200);
      CHECK(script.header("content-type") == "text/javascript; charset=utf-8");
    }
    CHECK(scripts > 0);
  }
  CHECK(client.get("/docs").text().find("<title>A &amp; B - Swagger UI</title>") !=
        std::string::npos);
}

TEST_CASE("pages load from a CDN exactly what the binary does not carry") {
  App app;
  const bool carried = !embedded_files().empty();
  const std::string docs = TestClient(app).get("/docs").text();
  CHECK((docs.find("https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/") == std::string::npos) ==
        carried);
  const std::string redoc = TestClient(app).get("/redoc").text();
  CHECK((redoc.find("https://cdn.jsdelivr.net/npm/redoc@2/") == std::string::npos) == carried);
  if (!carried) CHECK(TestClient(app).get("/docs/swagger-ui.css").status_code == 404);
}

TEST_CASE("a file of the pages is packed where the client takes that, and kept for good") {
  if (embedded_files().empty()) return;  // built without them
  App app;
  TestClient client(app);
  const std::string url = attribute(client.get("/docs").text(), "rel=\"stylesheet\"", "href");
  const auto plain = client.get(url, {.headers = {{"accept-encoding", "identity"}}});
  CHECK(plain.header("content-encoding").empty());
  CHECK(plain.header("cache-control") == "public, max-age=31536000, immutable");
  CHECK(plain.header("vary") == "Accept-Encoding");
  CHECK(plain.text().find(".swagger-ui") != std::string::npos);
  const auto packed = client.get(url, {.headers = {{"accept-encoding", "gzip, br"}}});
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(packed.header("etag") != plain.header("etag"));
  CHECK(packed.text() == plain.text());  // the client has unpacked it
  const std::string etag = packed.header("etag");
  const auto again =
      client.get(url, {.headers = {{"accept-encoding", "gzip"}, {"if-none-match", etag}}});
  CHECK(again.status_code == 304);
  CHECK(client.get("/docs/swagger-ui.css").header("cache-control") == "no-cache");
}

TEST_CASE("an empty URL takes a page away, and without a document there is none") {
  App without_pages({.docs_url = "", .redoc_url = ""});
  TestClient client(without_pages);
  CHECK(client.get("/docs").status_code == 404);
  CHECK(client.get("/docs/oauth2-redirect").status_code == 404);
  CHECK(client.get("/redoc").status_code == 404);
  CHECK(client.get("/openapi.json").status_code == 200);
  App without_document({.openapi_url = ""});
  CHECK(TestClient(without_document).get("/openapi.json").status_code == 404);
  CHECK(TestClient(without_document).get("/docs").status_code == 404);
  App elsewhere({.openapi_url = "/api/v1.json", .docs_url = "/try"});
  CHECK(attribute(TestClient(elsewhere).get("/try").text(), "id=\"swagger-ui\"",
                  "data-openapi-url") == "/api/v1.json");
}

TEST_CASE("the application's own routes stand before those of the same path that come later") {
  App app;
  app.get("/docs", [] { return "mine"; });
  CHECK(TestClient(app).get("/docs").text() != "\"mine\"");
  App without({.docs_url = ""});
  without.get("/docs", [] { return "mine"; });
  CHECK(TestClient(without).get("/docs").text() == "\"mine\"");
}

TEST_CASE("Swagger UI gets its options, which have to be an object") {
  App app({.swagger_ui_init_oauth = R"({"clientId": "me"})",
           .swagger_ui_parameters = R"({"docExpansion": "none"})"});
  const std::string page = TestClient(app).get("/docs").text();
  CHECK(attribute(page, "id=\"swagger-ui\"", "data-parameters") ==
        "{&quot;docExpansion&quot;: &quot;none&quot;}");
  CHECK(attribute(page, "id=\"swagger-ui\"", "data-init-oauth") ==
        "{&quot;clientId&quot;: &quot;me&quot;}");
  CHECK_THROWS_WITH_AS(App({.swagger_ui_parameters = "[1]"}),
                       "swagger_ui_parameters is no JSON object: [1]", std::invalid_argument);
}

TEST_CASE("an application that was moved still serves its document") {
  App first;
  first.get("/a", [] { return 1; });
  App app = std::move(first);
  app.get("/b", [] { return 1; });
  CHECK(document_of(app)["paths"].size() == 2);
}
