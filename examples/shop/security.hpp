// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <string>
#include <string_view>

#include "database.hpp"
#include "models.hpp"
#include "settings.hpp"

/// Who somebody is: passwords, tokens, and the dependencies that ask for them.
namespace shop {

/// The threads in which passwords are hashed: `.pool = kPasswordPool`.
inline constexpr std::string_view kPasswordPool = "passwords";

std::string hash_password(const std::string& password);
/// Whether it is of a cost of years ago: whoever has the password at hand hashes it anew.
bool needs_rehash(const StoredUser& stored);
/// Takes as long for a name that nobody has, so that a stranger learns no names by the clock.
bool is_password_of(const std::optional<StoredUser>& stored, const std::string& password);

Token make_token(const Settings& settings, const User& user);
/// Throws HTTPException (401) for a token that is none, has run out, or is of nobody.
User user_of_token(const std::string& token, const Settings& settings, Database& database);

inline constexpr OAuth2PasswordBearer oauth2_scheme{"token"};

/// Who sends the request. Plain, for it asks the database.
User current_user(Depends<oauth2_scheme> token, SettingsDep settings, DatabaseDep database);
using CurrentUser = Depends<current_user>;

/// Who opens a websocket. A browser sends no header of ours with a handshake, hence the token
/// stands in the query; there it is seen by whatever logs addresses, and is short-lived for that.
User user_of_query(Query<std::string, "token"> token, SettingsDep settings, DatabaseDep database);

/// The item of the path, for its owner: 404 where there is none, 403 for somebody else.
Item own_item(Path<std::int64_t, "item_id"> item_id, CurrentUser user, DatabaseDep database);
using OwnItem = Depends<own_item>;

}  // namespace shop
