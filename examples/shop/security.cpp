// SPDX-License-Identifier: MIT
#include "security.hpp"

#include <chrono>
#include <optional>

namespace shop {
namespace {

constexpr jwt::Algorithm kAlgorithm = "HS256";

struct Claims {
  std::string sub;
  std::int64_t exp;
};

}  // namespace

std::string hash_password(const std::string& password) {
  return PasswordHash::recommended().hash(password);
}

bool needs_rehash(const StoredUser& stored) {
  return PasswordHash::recommended().needs_rehash(stored.password_hash);
}

bool is_password_of(const std::optional<StoredUser>& stored, const std::string& password) {
  static const std::string nobody = hash_password("nobody");
  const bool right = PasswordHash::verify(password, stored ? stored->password_hash : nobody);
  return stored && right;
}

Token make_token(const Settings& settings, const User& user) {
  const auto end = std::chrono::system_clock::now() + settings.token_lifetime;
  const Claims claims{user.username, jwt::numeric_date(end)};
  return {jwt::encode(claims, settings.token_key, kAlgorithm), "bearer"};
}

User user_of_token(const std::string& token, const Settings& settings, Database& database) {
  const HTTPException refused(401, "Could not validate credentials",
                              {{"WWW-Authenticate", "Bearer"}});
  try {
    const auto claims = jwt::decode<Claims>(token, settings.token_key, {kAlgorithm});
    const auto stored = database.find_user(claims.sub);
    if (!stored) throw refused;
    return stored->user;
  } catch (const jwt::InvalidTokenError&) {
    throw refused;
  }
}

User current_user(Depends<oauth2_scheme> token, SettingsDep settings, DatabaseDep database) {
  return user_of_token(*token, *settings, *database);
}

User user_of_query(Query<std::string, "token"> token, SettingsDep settings, DatabaseDep database) {
  return user_of_token(*token, *settings, *database);
}

Item own_item(Path<std::int64_t, "item_id"> item_id, CurrentUser user, DatabaseDep database) {
  Item item = database->item(*item_id);
  if (item.owner != user->username) throw HTTPException(403, "This item is not yours");
  return item;
}

}  // namespace shop
