// SPDX-License-Identifier: MIT
#include "shop.hpp"

using namespace shop;
using nlohmann::json;
using shop::tests::Shop;

TEST_CASE("an item is offered, and found where the answer says") {
  Shop shop;
  const auto ann = shop.user("ann");
  const auto created = shop.client.post(
      "/items",
      {.headers = ann, .json = json{{"name", "Lamp"}, {"price", "19.90"}, {"note", "Old"}}});
  CHECK(created.status_code == 201);
  CHECK(created.header("location") == "http://testserver/items/1");
  const json lamp = {{"id", 1},          {"owner", "ann"}, {"name", "Lamp"},
                     {"price", "19.90"}, {"note", "Old"},  {"has_picture", false}};
  CHECK(created.json() == lamp);
  CHECK(shop.client.get(created.header("location")).json() == lamp);
}

TEST_CASE("an offer wants a token, a name and a price") {
  Shop shop;
  const auto ann = shop.user("ann");
  CHECK(shop.client.post("/items", {.json = json{{"name", "Lamp"}, {"price", 1}}}).status_code ==
        401);
  const auto wrong =
      shop.client.post("/items", {.headers = ann, .json = json{{"name", ""}, {"price", "-0.001"}}});
  CHECK(wrong.status_code == 422);
  CHECK(wrong.json()["detail"][0]["type"] == "string_too_short");
  CHECK(wrong.json()["detail"][1]["loc"] == json{"body", "price"});
  CHECK(shop.client.get("/items").json()["total"] == 0);
}

TEST_CASE("items come in pages, of all users or of one") {
  Shop shop;
  const auto ann = shop.user("ann");
  const auto bob = shop.user("bob");
  for (const char* name : {"a", "b", "c"}) shop.item(ann, name);
  shop.item(bob, "d");
  const auto names = [&shop](std::string query) {
    std::string found;
    for (const Item& item : shop.client.get("/items" + query).json<ItemPage>().items) {
      found += item.name;
    }
    return found;
  };
  CHECK(names("") == "abcd");
  CHECK(names("?limit=2") == "ab");
  CHECK(names("?limit=2&offset=2") == "cd");
  CHECK(names("?offset=4") == "");
  CHECK(names("?owner=ann&offset=1") == "bc");
  CHECK(names("?owner=nobody") == "");
  const auto page = shop.client.get("/items?owner=bob&limit=1").json<ItemPage>();
  CHECK(page.total == 1);
  CHECK(page.limit == 1);
  CHECK(page.offset == 0);
  CHECK(shop.client.get("/items?limit=101").status_code == 422);
}

TEST_CASE("what a change leaves out stays") {
  Shop shop;
  const auto ann = shop.user("ann");
  shop.item(ann);
  const auto changed =
      shop.client.patch("/items/1", {.headers = ann, .json = json{{"price", 15.5}}});
  CHECK(changed.status_code == 200);
  CHECK(changed.json()["name"] == "Lamp");
  CHECK(changed.json()["price"] == "15.5");
  CHECK(shop.client.get("/items/1").json() == changed.json());
  CHECK(shop.client.patch("/items/1", {.headers = ann, .json = json{{"price", 0}}}).status_code ==
        422);
}

TEST_CASE("a note stays where it is left out, and goes where it is null") {
  Shop shop;
  const auto ann = shop.user("ann");
  shop.item(ann);
  const auto note_after = [&](json change) {
    const auto answer = shop.client.patch("/items/1", {.headers = ann, .json = std::move(change)});
    REQUIRE(answer.status_code == 200);
    return answer.json()["note"];
  };
  CHECK(note_after({{"note", "As new"}}) == "As new");
  CHECK(note_after({{"name", "Lantern"}}) == "As new");
  CHECK(note_after({{"note", nullptr}}) == nullptr);
}

TEST_CASE("only its owner changes an item, or takes it back") {
  Shop shop;
  const auto ann = shop.user("ann");
  const auto bob = shop.user("bob");
  shop.item(ann);
  const json change = {{"name", "Mine"}};
  const auto refused = shop.client.patch("/items/1", {.headers = bob, .json = change});
  CHECK(refused.status_code == 403);
  CHECK(refused.json() == json{{"detail", "This item is not yours"}});
  CHECK(shop.client.delete_("/items/1", {.headers = bob}).status_code == 403);
  CHECK(shop.client.delete_("/items/1").status_code == 401);
  CHECK(shop.client.get("/items/1").json()["name"] == "Lamp");
  const auto gone = shop.client.delete_("/items/1", {.headers = ann});
  CHECK(gone.status_code == 204);
  CHECK(gone.text().empty());
}

TEST_CASE("what is not there is not found") {
  Shop shop;
  const auto ann = shop.user("ann");
  for (const auto& answer : {
           shop.client.get("/items/1"),
           shop.client.patch("/items/1", {.headers = ann, .json = json::object()}),
           shop.client.delete_("/items/1", {.headers = ann}),
           shop.client.get("/items/1/picture"),
       }) {
    CHECK(answer.status_code == 404);
    CHECK(answer.json() == json{{"detail", "Item not found"}});
  }
}

TEST_CASE("what was written is there after a start") {
  capricorn::test::TemporaryFolder folder;
  const Settings settings{.token_key = jwt::Key(std::string(32, 'k')),
                          .data_folder = folder.path()};
  std::string token;
  for (const int known : {0, 1}) {
    App app = make_app(settings);
    TestClient client(app);
    CHECK(client.get("/items").json()["total"] == known);
    if (known) break;
    auto& database = app.state().get<Database>();
    const User ann = database.create_user({"ann", "a@b", "x"}, "hash");
    database.create_item(ann, {"Lamp", Decimal("1.50"), {}});
  }
}

TEST_CASE("a database of a later program is left alone") {
  capricorn::test::TemporaryFolder folder;
  sqlite::Connection(folder / "shop.db").run_script("PRAGMA user_version = 1000");
  Database database(folder / "shop.db");
  CHECK_THROWS_WITH_AS(database.migrate(), "the database has schema 1000, and this program knows 2",
                       std::runtime_error);
}

TEST_CASE("what a transaction did is undone where it is not committed") {
  capricorn::test::TemporaryFolder folder;
  sqlite::Connection connection(folder / "t.db");
  connection.run_script("CREATE TABLE t (n INTEGER UNIQUE)");
  {
    const sqlite::Transaction transaction(connection);
    CHECK(connection.execute("INSERT INTO t VALUES (?1)", 1) == 1);
    CHECK_THROWS_AS(connection.execute("INSERT INTO t VALUES (?1)", 1), sqlite::UniqueError);
  }
  sqlite::Rows rows = connection.query("SELECT count(*) FROM t");
  REQUIRE(rows.next());
  CHECK(rows.get<int>(0) == 0);
}

TEST_CASE("a database that another program holds is busy, and the client may come again") {
  Shop shop;
  const auto ann = shop.user("ann");
  shop.app.dependency_overrides().set<get_database>(
      []() -> Database& { throw sqlite::BusyError(5, "database is locked"); });
  const auto answer = shop.client.get("/items");
  CHECK(answer.status_code == 503);
  CHECK(answer.header("retry-after") == "1");
  CHECK(answer.json() == json{{"detail", "The database is busy"}});
}
