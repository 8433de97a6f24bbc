// SPDX-License-Identifier: MIT
// Items: everything below /items, for who has the token.
#include "items.hpp"

#include "dependencies.hpp"

namespace shop {
namespace {

struct Item {
  std::string name;
};

Task<std::vector<Item>> read_items() { co_return std::vector<Item>{{"Plumbus"}, {"Portal Gun"}}; }

Task<Item> update_item(Path<std::string, "item_id"> item_id) {
  if (*item_id != "plumbus") throw HTTPException(403, "You can only update the item: plumbus");
  co_return Item{"The great Plumbus"};
}

}  // namespace

APIRouter items_router() {
  APIRouter router({.prefix = "/items",
                    .tags = {"items"},
                    .dependencies = dependencies<get_token_header>(),
                    .responses = {{404, {"Not found"}}}});
  router.get("/", read_items);
  router.put("/{item_id}", update_item, {.tags = {"custom"}, .responses = {{403, {"Forbidden"}}}});
  return router;
}

}  // namespace shop
