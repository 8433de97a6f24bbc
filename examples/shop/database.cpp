// SPDX-License-Identifier: MIT
#include "database.hpp"

#include <cstddef>
#include <string_view>

namespace shop {
namespace {

using sqlite::Connection;
using sqlite::Rows;
using sqlite::Transaction;

/// Each brings the schema one version further. One that was released is never changed.
constexpr const char* kMigrations[] = {
    R"(CREATE TABLE users (
         id INTEGER PRIMARY KEY,
         username TEXT NOT NULL UNIQUE,
         email TEXT NOT NULL,
         password_hash TEXT NOT NULL
       ) STRICT;
       CREATE TABLE items (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         owner_id INTEGER NOT NULL REFERENCES users (id),
         name TEXT NOT NULL,
         price TEXT NOT NULL,
         note TEXT
       ) STRICT;
       CREATE INDEX items_by_owner ON items (owner_id, id);)",
    R"(ALTER TABLE items ADD COLUMN picture_file TEXT;)",
};
constexpr int kNewest = std::size(kMigrations);

int schema_version(Connection& connection) {
  Rows rows = connection.query("PRAGMA user_version");
  rows.next();
  return rows.get<int>(0);
}

constexpr std::string_view kSelectItem =
    "SELECT items.id, username, name, price, note, picture_file IS NOT NULL"
    " FROM items JOIN users ON users.id = owner_id WHERE items.id = ?1";
// The filter without an owner takes all of them.
constexpr std::string_view kSelectItems =
    "SELECT items.id, username, name, price, note, picture_file IS NOT NULL"
    " FROM items JOIN users ON users.id = owner_id WHERE ?1 IS NULL OR username = ?1"
    " ORDER BY items.id LIMIT ?2 OFFSET ?3";
constexpr std::string_view kCountItems =
    "SELECT count(*) FROM items JOIN users ON users.id = owner_id"
    " WHERE ?1 IS NULL OR username = ?1";

Item read_item(const Rows& rows) {
  return {.id = rows.get<std::int64_t>(0),
          .owner = rows.get<std::string>(1),
          .name = rows.get<std::string>(2),
          .price = Decimal(rows.get<std::string>(3)),
          .note = rows.get<std::optional<std::string>>(4),
          .has_picture = rows.get<bool>(5)};
}

Item find_item(Connection& connection, std::int64_t id) {
  Rows rows = connection.query(kSelectItem, id);
  if (!rows.next()) throw NotFound("Item not found");
  return read_item(rows);
}

std::optional<std::string> find_picture_file(Connection& connection, std::int64_t item_id) {
  Rows rows = connection.query("SELECT picture_file FROM items WHERE id = ?1", item_id);
  if (!rows.next()) throw NotFound("Item not found");
  return rows.get<std::optional<std::string>>(0);
}

std::optional<std::string> price_text(const std::optional<Decimal>& price) {
  return price ? std::optional(price->to_string()) : std::nullopt;
}

}  // namespace

void Database::migrate() {
  const auto connection = pool_.borrow();
  Transaction transaction(*connection);  // of several processes that start, one does it
  const int version = schema_version(*connection);
  if (version > kNewest) {
    throw std::runtime_error("the database has schema " + std::to_string(version) +
                             ", and this program knows " + std::to_string(kNewest));
  }
  for (int next = version; next < kNewest; ++next) connection->run_script(kMigrations[next]);
  // A PRAGMA takes no values; this one is a number of our own.
  connection->run_script(("PRAGMA user_version = " + std::to_string(kNewest)).c_str());
  transaction.commit();
}

// ---------------------------------------------------------------- users

User Database::create_user(const NewUser& user, const std::string& password_hash) {
  const auto connection = pool_.borrow();
  try {
    const std::int64_t id =
        connection->insert("INSERT INTO users (username, email, password_hash) VALUES (?1, ?2, ?3)",
                           *user.username, *user.email, password_hash);
    return {id, user.username, user.email};
  } catch (const sqlite::UniqueError&) {
    throw Conflict("The name " + *user.username + " is taken");
  }
}

std::optional<StoredUser> Database::find_user(const std::string& username) {
  const auto connection = pool_.borrow();
  Rows rows = connection->query(
      "SELECT id, username, email, password_hash FROM users WHERE username = ?1", username);
  if (!rows.next()) return std::nullopt;
  return StoredUser{{rows.get<std::int64_t>(0), rows.get<std::string>(1), rows.get<std::string>(2)},
                    rows.get<std::string>(3)};
}

void Database::set_password_hash(const User& user, const std::string& password_hash) {
  const auto connection = pool_.borrow();
  connection->execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", user.id, password_hash);
}

// ---------------------------------------------------------------- items

Item Database::create_item(const User& owner, const NewItem& item) {
  const auto connection = pool_.borrow();
  const std::int64_t id =
      connection->insert("INSERT INTO items (owner_id, name, price, note) VALUES (?1, ?2, ?3, ?4)",
                         owner.id, *item.name, item.price->to_string(), *item.note);
  return {.id = id,
          .owner = owner.username,
          .name = item.name,
          .price = item.price,
          .note = item.note,
          .has_picture = false};
}

Item Database::item(std::int64_t id) {
  const auto connection = pool_.borrow();
  return find_item(*connection, id);
}

Item Database::change_item(std::int64_t id, const ItemChange& change) {
  const auto connection = pool_.borrow();
  Transaction transaction(*connection);
  connection->execute(
      "UPDATE items SET name = coalesce(?2, name), price = coalesce(?3, price),"
      " note = CASE WHEN ?4 THEN ?5 ELSE note END WHERE id = ?1",
      id, *change.name, price_text(change.price), change.note->has_value(),
      change.note->value_or(std::nullopt));
  Item item = find_item(*connection, id);
  transaction.commit();
  return item;
}

std::optional<std::string> Database::delete_item(std::int64_t id) {
  const auto connection = pool_.borrow();
  Transaction transaction(*connection);
  std::optional<std::string> picture = find_picture_file(*connection, id);
  connection->execute("DELETE FROM items WHERE id = ?1", id);
  transaction.commit();
  return picture;
}

ItemPage Database::items(const ItemFilter& filter) {
  const auto connection = pool_.borrow();
  ItemPage page{.items = {}, .total = 0, .limit = filter.limit, .offset = filter.offset};
  {
    Rows count = connection->query(kCountItems, filter.owner);
    count.next();
    page.total = count.get<std::int64_t>(0);
  }
  Rows rows = connection->query(kSelectItems, filter.owner, page.limit, page.offset);
  while (rows.next()) page.items.push_back(read_item(rows));
  return page;
}

std::optional<std::string> Database::picture_file(std::int64_t item_id) {
  const auto connection = pool_.borrow();
  return find_picture_file(*connection, item_id);
}

std::optional<std::string> Database::set_picture_file(std::int64_t item_id,
                                                      const std::string& file) {
  const auto connection = pool_.borrow();
  Transaction transaction(*connection);
  std::optional<std::string> former = find_picture_file(*connection, item_id);
  connection->execute("UPDATE items SET picture_file = ?2 WHERE id = ?1", item_id, file);
  transaction.commit();
  return former;
}

Database& get_database(Request& request) { return request.app().state().get<Database>(); }

}  // namespace shop
