// SPDX-License-Identifier: MIT
#include "users.hpp"

namespace shop {
namespace {

struct User {
  std::string username;
};

Task<std::vector<User>> read_users() { co_return std::vector<User>{{"Rick"}, {"Morty"}}; }
Task<User> read_user(Path<std::string, "username"> username) { co_return User{*username}; }

}  // namespace

APIRouter users_router() {
  APIRouter router({.tags = {"users"}});
  router.get("/users/", read_users);
  router.get("/users/{username}", read_user);
  return router;
}

}  // namespace shop
