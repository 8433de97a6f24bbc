// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include "../database.hpp"
#include "../models.hpp"
#include "../pictures.hpp"
#include "../security.hpp"
#include "routers.hpp"

namespace shop {
namespace {

// What stands around the file in a form.
constexpr std::size_t kFormOverhead = 64 << 10;

Item put_picture(OwnItem item, File<UploadFile, "file"> upload, DatabaseDep database,
                 PicturesDep pictures) {
  const std::string file = pictures->save(*upload);
  std::optional<std::string> former;
  try {
    former = database->set_picture_file(item->id, file);
  } catch (...) {  // the item went meanwhile, or the database is busy
    pictures->remove(file);
    throw;
  }
  if (former) pictures->discard(std::move(*former));
  Item changed = *item;
  changed.has_picture = true;
  return changed;
}

/// With an ETag: who has it already is told so, in a few bytes.
Response read_picture(Path<std::int64_t, "item_id"> item_id, DatabaseDep database,
                      PicturesDep pictures) {
  const auto file = database->picture_file(*item_id);
  if (!file) throw NotFound("The item has no picture");
  Response response = FileResponse(pictures->path(*file));
  response.headers().append("cache-control", "no-cache");  // ask each time whether it is still so
  return response;
}

}  // namespace

APIRouter pictures_router() {
  APIRouter router({.prefix = "/items/{item_id}/picture",
                    .tags = {"pictures"},
                    .responses = {{404, {"There is no such item, or it has no picture"}}}});
  router.put("", put_picture,
             {.name = "put_picture",
              .responses = {{401, {"No token, or none that counts"}},
                            {403, {"The item is another user's"}},
                            {413, {"More than 2 MiB"}},
                            {415, {"No PNG, JPEG or WebP"}}},
              .max_body = Pictures::kMaxSize + kFormOverhead});
  router.get("", read_picture, {.name = "read_picture", .response_media_type = "image/*"});
  return router;
}

}  // namespace shop
