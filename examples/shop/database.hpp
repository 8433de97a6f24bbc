// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "models.hpp"
#include "sqlite.hpp"

namespace shop {

struct NotFound : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A user as the database has it; none of the answers does.
struct StoredUser {
  User user;
  std::string password_hash;
};

/// All that the service asks of its database, in its own words; the only place with SQL in it. Any
/// thread; everything blocks, and throws sqlite::Error where SQLite cannot.
class Database {
 public:
  /// Opens nothing yet.
  explicit Database(std::string file) : pool_(std::move(file)) {}

  /// Brings the file to the newest schema, or makes it.
  void migrate();

  /// Throws Conflict where the name is taken.
  User create_user(const NewUser& user, const std::string& password_hash);
  std::optional<StoredUser> find_user(const std::string& username);
  void set_password_hash(const User& user, const std::string& password_hash);

  Item create_item(const User& owner, const NewItem& item);
  /// These throw NotFound where there is no such item.
  Item item(std::int64_t id);
  Item change_item(std::int64_t id, const ItemChange& change);
  /// Gives the file of its picture, which nobody refers to then.
  std::optional<std::string> delete_item(std::int64_t id);
  /// The oldest first.
  ItemPage items(const ItemFilter& filter);

  std::optional<std::string> picture_file(std::int64_t item_id);
  /// Gives the file of the picture that it had.
  std::optional<std::string> set_picture_file(std::int64_t item_id, const std::string& file);

 private:
  sqlite::ConnectionPool pool_;
};

Database& get_database(Request& request);
using DatabaseDep = Depends<on_loop(get_database)>;

}  // namespace shop
