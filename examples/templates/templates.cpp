// SPDX-License-Identifier: MIT
// The samples of docs/templates.md: pages made of files.
#include <capricorn/capricorn.hpp>

#include <string>
#include <vector>

using namespace capricorn;

namespace {

struct Item {
  int id;
  std::string name;
};
struct ItemsPage {
  std::string title;
  std::vector<Item> items;
};

const Templates& templates() {
  static const Templates pages(PAGES);
  return pages;
}

Task<Response> item_list(Request& request) {
  const ItemsPage page{"Items", {{1, "Fish & chips"}, {2, "Peas"}}};
  co_return templates().template_response(request, "items.html", page);
}

Task<int> read_item(Path<int, "id"> id) { co_return *id; }

}  // namespace

App make_app() {
  App app({.title = "Templates"});
  app.get("/items", item_list);
  app.get("/items/{id}", read_item, {.name = "read_item"});
  return app;
}
CAPRICORN_APP(make_app)
