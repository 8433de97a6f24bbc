// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace shop {

using namespace capricorn;

/// The environment is not as the service needs it: one sentence for each variable.
struct SettingsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What differs from one place where the service runs to the next. Read once and checked before
/// anything starts; a handler takes it as SettingsDep.
struct Settings {
  jwt::Key token_key;                       // SHOP_SECRET, of 32 bytes or more
  std::string data_folder = "shop-data";    // SHOP_DATA
  std::chrono::minutes token_lifetime{30};  // SHOP_TOKEN_MINUTES
  std::size_t logins_a_minute = 10;         // SHOP_LOGINS_A_MINUTE, of one client

  /// Throws SettingsError.
  static Settings from_environment();

  std::string database_file() const { return data_folder + "/shop.db"; }
  std::string pictures_folder() const { return data_folder + "/pictures"; }
  std::string outbox_folder() const { return data_folder + "/outbox"; }
};

Settings& get_settings(Request& request);
using SettingsDep = Depends<on_loop(get_settings)>;  // a look into a table: no way to the pool

}  // namespace shop
