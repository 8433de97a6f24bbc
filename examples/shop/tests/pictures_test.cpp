// SPDX-License-Identifier: MIT
#include "../pictures.hpp"

#include "shop.hpp"

using namespace shop;
using nlohmann::json;
using shop::tests::Shop;

namespace {

const std::string kPng = std::string("\x89PNG\r\n\x1a\n") + "pixels";
const std::string kJpeg = "\xff\xd8\xff other pixels";

TestResponse put(Shop& shop, const TextPairs& headers, std::string content,
                 std::string filename = "lamp.png") {
  return shop.client.put(
      "/items/1/picture",
      {.headers = headers,
       .files = {{.name = "file", .content = std::move(content), .filename = filename}}});
}

std::ptrdiff_t count_files(const Shop& shop) {
  return std::ranges::distance(std::filesystem::directory_iterator(shop.folder / "data/pictures"));
}

}  // namespace

TEST_CASE("a picture comes back as it was, and but once") {
  Shop shop;
  const auto ann = shop.user("ann");
  shop.item(ann);
  CHECK(shop.client.get("/items/1/picture").json() == json{{"detail", "The item has no picture"}});
  const auto changed = put(shop, ann, kPng, "../../etc/passwd");
  CHECK(changed.status_code == 200);
  CHECK(changed.json()["has_picture"] == true);
  CHECK(shop.client.get("/items/1").json()["has_picture"] == true);
  const auto picture = shop.client.get("/items/1/picture");
  CHECK(picture.status_code == 200);
  CHECK(picture.header("content-type") == "image/png");
  CHECK(picture.header("x-content-type-options") == "nosniff");
  CHECK(picture.content() == kPng);
  const auto known =
      shop.client.get("/items/1/picture", {.headers = {{"if-none-match", picture.header("etag")}}});
  CHECK(known.status_code == 304);
  CHECK(known.content().empty());
}

// 1. Somebody who asked for the picture was told the name of its file.
// 2. Another picture took its place, and its file went.
// 3. The file was to be opened: 404, of an item that had a picture all the time.
TEST_CASE("a new picture takes the place of another, whose file stays a while") {
  Shop shop;
  const auto ann = shop.user("ann");
  shop.item(ann);
  put(shop, ann, kPng);
  const auto former = shop.app.state().get<Database>().picture_file(1);
  put(shop, ann, kJpeg);
  CHECK(std::filesystem::exists(shop.folder / "data/pictures/" + *former));
  CHECK(count_files(shop) == 2);
  CHECK(shop.client.get("/items/1/picture").content() == kJpeg);
  shop.client.close();
  CHECK(count_files(shop) == 1);
}

TEST_CASE("what is discarded goes in time, and is no more than so many files") {
  capricorn::test::TemporaryFolder folder;
  const auto files = [&] {
    return std::ranges::distance(std::filesystem::directory_iterator(folder.path()));
  };
  Pictures hasty(folder.path(), std::chrono::seconds(0));
  std::ofstream(hasty.path("a.png")) << "a";
  hasty.discard("a.png");
  CHECK(files() == 0);
  Pictures patient(folder.path());
  for (int i = 0; i < 100; ++i) {
    const std::string file = std::to_string(i) + ".png";
    std::ofstream(patient.path(file)) << file;
    patient.discard(file);
  }
  CHECK(files() == 64);
}

TEST_CASE("a picture goes with its item") {
  Shop shop;
  const auto ann = shop.user("ann");
  shop.item(ann);
  put(shop, ann, kJpeg);
  const auto picture = shop.client.get("/items/1/picture");
  CHECK(picture.header("content-type") == "image/jpeg");
  CHECK(picture.content() == kJpeg);
  shop.client.delete_("/items/1", {.headers = ann});
  CHECK(count_files(shop) == 0);
  CHECK(shop.client.get("/items/1/picture").status_code == 404);
}

TEST_CASE("what is no picture, too large, or another's is not kept") {
  Shop shop;
  const auto ann = shop.user("ann");
  const auto bob = shop.user("bob");
  shop.item(ann);
  CHECK(put(shop, bob, kPng).status_code == 403);
  CHECK(put(shop, {}, kPng).status_code == 401);
  const auto script = put(shop, ann, "<script>alert(1)</script>");
  CHECK(script.status_code == 415);
  CHECK(script.json() == json{{"detail", "A picture is a PNG, a JPEG or a WebP"}});
  const auto large = put(shop, ann, kPng + std::string(Pictures::kMaxSize, 'x'));
  CHECK(large.status_code == 413);
  CHECK(large.json() == json{{"detail", "A picture has at most 2097152 bytes"}});
  CHECK(put(shop, ann, std::string(Pictures::kMaxSize * 2, 'x')).status_code == 413);
  CHECK(put(shop, ann, "").status_code == 415);
  const auto missing = shop.client.put("/items/1/picture", {.headers = ann});
  CHECK(missing.status_code == 422);
  CHECK(missing.json()["detail"][0]["loc"] == json{"body", "file"});
  CHECK(count_files(shop) == 0);
}
