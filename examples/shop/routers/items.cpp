// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include "../database.hpp"
#include "../models.hpp"
#include "../pictures.hpp"
#include "../security.hpp"
#include "routers.hpp"

namespace shop {
namespace {

// All of these are plain functions: they ask the database, and run in threads of the pool.

ItemPage read_items(Query<ItemFilter> filter, DatabaseDep database) {
  return database->items(*filter);
}

Item read_item(Path<std::int64_t, "item_id"> item_id, DatabaseDep database) {
  return database->item(*item_id);
}

Item create_item(Body<NewItem> item, Request& request, Response& response, CurrentUser user,
                 DatabaseDep database) {
  Item created = database->create_item(*user, *item);
  response.headers().append(
      "location", request.url_for("read_item", {{"item_id", std::to_string(created.id)}}));
  return created;
}

Item change_item(OwnItem item, Body<ItemChange> change, DatabaseDep database) {
  return database->change_item(item->id, *change);
}

void delete_item(OwnItem item, DatabaseDep database, PicturesDep pictures) {
  if (const auto picture = database->delete_item(item->id)) pictures->remove(*picture);
}

}  // namespace

APIRouter items_router() {
  const AdditionalResponses of_owner = {{401, {"No token, or none that counts"}},
                                        {403, {"The item is another user's"}},
                                        {404, {"There is no such item"}}};
  APIRouter router({.prefix = "/items", .tags = {"items"}});
  router.get("", read_items, {.name = "read_items"});
  router.post("", create_item,
              {.status_code = 201,
               .name = "create_item",
               .responses = {{401, {"No token, or none that counts"}}}});
  router.get("/{item_id}", read_item,
             {.name = "read_item", .responses = {{404, {"There is no such item"}}}});
  router.patch("/{item_id}", change_item, {.name = "change_item", .responses = of_owner});
  router.delete_("/{item_id}", delete_item,
                 {.status_code = 204, .name = "delete_item", .responses = of_owner});
  return router;
}

}  // namespace shop
