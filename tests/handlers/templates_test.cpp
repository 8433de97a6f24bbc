// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/templates.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "scenario.hpp"
#include "temporary_folder.hpp"

using namespace capricorn;
using capricorn::test::TemporaryFolder;

namespace {
struct Item {
  std::string name;
  double price = 0;
  bool sold = false;
};
struct Shop {
  std::string owner;
  std::vector<Item> items;
  std::optional<std::string> note;
};
}  // namespace

TEST_CASE("a page is made of a template and a model, and what it holds is no HTML") {
  const TemporaryFolder folder;
  folder.write("shop.html",
               "<h1>{{owner}}</h1>{{#items}}<li>{{name}} {{price}}{{#sold}} (sold){{/sold}}"
               "{{/items}}{{^items}}nothing{{/items}}{{#note}}<p>{{{note}}}</p>{{/note}}");
  App app;
  app.get("/", [templates = std::make_shared<Templates>(folder.path())]() -> Task<Response> {
    const Shop shop{"<Ann & \"Co\">", {{"tea", 2.5, true}, {"<b>", 3, false}}, "<i>raw</i>"};
    co_return templates->template_response("shop.html", shop, 201);
  });
  TestClient client(app);
  const auto page = client.get("/");
  CHECK(page.status_code == 201);
  CHECK(page.header("content-type") == "text/html; charset=utf-8");
  CHECK(page.text() ==
        "<h1>&lt;Ann &amp; &quot;Co&quot;&gt;</h1><li>tea 2.5 (sold)<li>&lt;b&gt; 3.0"
        "<p><i>raw</i></p>");
  const Templates templates(folder.path());
  CHECK(templates.render("shop.html", Shop{"Bo", {}, {}}) == "<h1>Bo</h1>nothing");
}

TEST_CASE("a context is any JSON object, and names that it lacks are nothing") {
  const TemporaryFolder folder;
  folder.write("a.txt",
               "{{a.b}}|{{#list}}{{.}},{{/list}}|{{missing}}|{{n}}|{{^none}}none{{/none}}");
  const Templates templates(folder.path());
  const nlohmann::json context = {
      {"a", {{"b", "deep"}}}, {"list", {"x", 2, "z"}}, {"n", 7}, {"none", nullptr}};
  CHECK(templates.render("a.txt", context) == "deep|x,2,z,||7|none");
  CHECK_THROWS_AS(templates.render("a.txt", nlohmann::json::array()), std::invalid_argument);
}

TEST_CASE("parts are templates of the same folder, and one that includes itself has an end") {
  const TemporaryFolder folder;
  folder.write("page.html", "{{> parts/head.html}}body");
  folder.write("parts/head.html", "[{{title}}]{{> parts/nav.html}}");
  folder.write("parts/nav.html", "{{#links}}<{{name}}>{{/links}}");
  folder.write("tree.html", "{{name}}{{#children}}({{> tree.html}}){{/children}}");
  folder.write("endless.html", "x{{> endless.html}}");
  folder.write("out.html", "{{> ../secret}}");
  const Templates templates(folder.path());
  const nlohmann::json page = {{"title", "T"}, {"links", {{{"name", "a"}}, {{"name", "b"}}}}};
  CHECK(templates.render("page.html", page) == "[T]<a><b>body");
  const nlohmann::json tree = {
      {"name", "r"},
      {"children", {{{"name", "a"}, {"children", false}}, {{"name", "b"}, {"children", false}}}}};
  CHECK(templates.render("tree.html", tree) == "r(a)(b)");
  CHECK_THROWS_WITH_AS(templates.render("endless.html", nlohmann::json::object()),
                       "the template 'endless.html' includes itself without end", RuntimeError);
  CHECK_THROWS_AS(templates.render("out.html", nlohmann::json::object()), std::invalid_argument);
}

TEST_CASE("a template is read once, or again where it may change") {
  const TemporaryFolder folder;
  folder.write("a.txt", "first", 1000);
  const Templates kept(folder.path());
  const Templates fresh(folder.path(), {.auto_reload = true});
  const nlohmann::json none = nlohmann::json::object();
  CHECK(kept.render("a.txt", none) == "first");
  CHECK(fresh.render("a.txt", none) == "first");
  folder.write("a.txt", "second", 2000);
  CHECK(kept.render("a.txt", none) == "first");
  CHECK(kept.render(".//./a.txt", none) == "first");  // it is kept once, whatever it is called
  CHECK(fresh.render("a.txt", none) == "second");
}

TEST_CASE("several threads render at once") {
  const TemporaryFolder folder;
  folder.write("a.txt", "{{#list}}{{.}}{{/list}}");
  const Templates templates(folder.path());
  const nlohmann::json context = {{"list", {"a", "b", "c"}}};
  std::vector<std::string> out(4);
  std::vector<std::thread> threads;
  for (std::string& text : out) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) text = templates.render("a.txt", context);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : out) CHECK(text == "abc");
}

TEST_CASE("a folder, a name and a template that cannot be are said to be so") {
  const TemporaryFolder folder;
  folder.write("broken.html", "{{#a}}");
  folder.write("late.html", "{{> broken.html}}");
  CHECK_THROWS_AS(Templates(folder / "nowhere"), std::invalid_argument);
  const Templates templates(folder.path());
  const nlohmann::json none = nlohmann::json::object();
  for (const char* name : {"", "../a", "a/../../b", "/etc/passwd", ".."}) {
    CAPTURE(name);
    CHECK_THROWS_AS(templates.render(name, none), std::invalid_argument);
  }
  CHECK_THROWS_AS(templates.render("missing.html", none), RuntimeError);
  CHECK_THROWS_AS(templates.render("broken.html", none), RuntimeError);
  CHECK_THROWS_AS(templates.render("late.html", none), RuntimeError);
}

TEST_CASE("a page has the addresses of routes, by their names") {
  const TemporaryFolder folder;
  folder.write(
      "item.html",
      "{{#items}}<a href=\"{{#url_for}}read_item id={{name}}  size={{price}}{{/url_for}}\">"
      "{{/items}}|{{#url_path_for}} all {{/url_path_for}}");
  folder.write("as_it_is.html",
               "{{#items}}{{#url_path_for}}read_item id={{{name}}} size={{& price }}"
               "{{/url_path_for}}{{/items}}");
  folder.write("broken.html", "{{#url_for}}read_item id{{/url_for}}");
  folder.write("unknown.html", "{{#url_for}}nothing id=1{{/url_for}}");
  App app;
  const auto templates = std::make_shared<Templates>(folder.path());
  app.get("/items/{id}/{size}",
          [](Path<std::string, "id">, Path<double, "size">) -> Task<> { co_return; },
          {.name = "read_item"});
  app.get("/items", []() -> Task<> { co_return; }, {.name = "all"});
  app.get("/pages/{page}",
          [templates](Request& request, Path<std::string, "page"> page) -> Task<Response> {
            const Shop shop{"", {{"a b&c/\"", 2.5, true}}, {}};
            co_return templates->template_response(request, *page, shop);
          });
  app.get("/json", [templates](Request& request) -> Task<Response> {
    const nlohmann::json context = {{"items", {{{"name", "x"}, {"price", 1}}}}};
    co_return templates->template_response(request, "item.html", context, 202);
  });
  App outer;
  outer.mount("/shop", std::move(app));
  TestClient client(outer);
  CHECK(client.get("/shop/pages/item.html").text() ==
        "<a href=\"http://testserver/shop/items/a%20b%26c%2F%22/2.5\">|/shop/items");
  CHECK(client.get("/shop/pages/as_it_is.html").text() == "/shop/items/a%20b%26c%2F%22/2.5");
  const auto json = client.get("/shop/json", {.headers = {{"host", "a\"b&c"}}});
  CHECK(json.status_code == 202);
  CHECK(json.text() == "<a href=\"http://a&quot;b&amp;c/shop/items/x/1\">|/shop/items");
  CHECK_THROWS_WITH_AS(client.get("/shop/pages/broken.html"),
                       "a parameter of a route is key=value, got 'id'", std::invalid_argument);
  CHECK_THROWS_AS(client.get("/shop/pages/unknown.html"), NoMatchFound);
}
