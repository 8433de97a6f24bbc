// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include "../database.hpp"
#include "../mailer.hpp"
#include "../models.hpp"
#include "../security.hpp"
#include "../settings.hpp"
#include "routers.hpp"

namespace shop {
namespace {

User create_user(Body<NewUser> user, BackgroundTasks& background, DatabaseDep database,
                 MailerDep mailer) {
  User created = database->create_user(*user, hash_password(user->password));
  background.add_task(deliver, &*mailer,
                      Mail{.to = created.email,
                           .subject = "Welcome",
                           .text = "Hello " + created.username + ", your shop is open."});
  return created;
}

Token log_in(Form<OAuth2PasswordRequestForm> form, SettingsDep settings, DatabaseDep database) {
  const auto stored = database->find_user(form->username);
  if (!is_password_of(stored, form->password)) {
    throw HTTPException(401, "Incorrect username or password", {{"WWW-Authenticate", "Bearer"}});
  }
  if (needs_rehash(*stored)) {
    database->set_password_hash(stored->user, hash_password(form->password));
  }
  return make_token(*settings, stored->user);
}

Task<User> read_me(CurrentUser user) { co_return *user; }

}  // namespace

APIRouter users_router() {
  APIRouter router({.tags = {"users"}});
  router.post("/users", create_user,
              {.status_code = 201,
               .name = "create_user",
               .responses = {{409, {"The name is taken"}}},
               .pool = std::string(kPasswordPool)});
  router.post("/token", log_in,
              {.name = "log_in",
               .responses = {{401, {"Wrong name or password"}}, {429, {"Too many attempts"}}},
               .pool = std::string(kPasswordPool)});
  router.get("/users/me", read_me,
             {.name = "read_me", .responses = {{401, {"No token, or none that counts"}}}});
  return router;
}

}  // namespace shop
