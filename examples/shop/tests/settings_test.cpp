// SPDX-License-Identifier: MIT
#include "../settings.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace shop;

namespace {

/// A variable of the environment, for as long as this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

const std::string kSecret(32, 's');

}  // namespace

TEST_CASE("a secret is enough") {
  const Variable secret("SHOP_SECRET", kSecret);
  const Settings settings = Settings::from_environment();
  CHECK(settings.data_folder == "shop-data");
  CHECK(settings.token_lifetime == std::chrono::minutes(30));
  CHECK(settings.logins_a_minute == 10);
  CHECK(settings.database_file() == "shop-data/shop.db");
}

TEST_CASE("the environment says where and how long") {
  const Variable secret("SHOP_SECRET", kSecret);
  const Variable data("SHOP_DATA", "/srv/shop");
  const Variable minutes("SHOP_TOKEN_MINUTES", "5");
  const Variable logins("SHOP_LOGINS_A_MINUTE", "3");
  const Settings settings = Settings::from_environment();
  CHECK(settings.outbox_folder() == "/srv/shop/outbox");
  CHECK(settings.token_lifetime == std::chrono::minutes(5));
  CHECK(settings.logins_a_minute == 3);
}

TEST_CASE("without a secret it does not start, and says how to make one") {
  CHECK_THROWS_WITH_AS(Settings::from_environment(),
                       "SHOP_SECRET is not set: it signs the tokens. Make one, once, with "
                       "`openssl rand -hex 32`",
                       SettingsError);
}

TEST_CASE("all that is wrong with the environment is told at once") {
  const Variable secret("SHOP_SECRET", "short");
  const Variable minutes("SHOP_TOKEN_MINUTES", "soon");
  const Variable logins("SHOP_LOGINS_A_MINUTE", "0");
  CHECK_THROWS_WITH_AS(Settings::from_environment(),
                       "SHOP_SECRET has 5 bytes, expected 32 or more; SHOP_TOKEN_MINUTES: expected "
                       "a number from 1 to 1440, got 'soon'; SHOP_LOGINS_A_MINUTE: expected a "
                       "number from 1 to 10000, got '0'",
                       SettingsError);
}
