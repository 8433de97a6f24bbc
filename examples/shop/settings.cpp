// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace shop {
namespace {

constexpr std::size_t kMinSecret = 32;  // RFC 7518, 3.2, for HS256

/// Reads variables and gathers what is wrong with them, so that all of it is told at once.
class Environment {
 public:
  std::string text(const char* name, std::string_view otherwise) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing runs yet
    return std::string(value && *value ? value : otherwise);
  }
  std::string secret(const char* name, std::size_t min_size) {
    const std::string value = text(name, "");
    if (value.empty()) {
      complain(std::string(name) + " is not set: it signs the tokens. Make one, once, with " +
               "`openssl rand -hex 32`");
    } else if (value.size() < min_size) {
      complain(std::string(name) + " has " + std::to_string(value.size()) + " bytes, expected " +
               std::to_string(min_size) + " or more");
    }
    return value;
  }
  unsigned number(const char* name, unsigned otherwise, unsigned max) {
    const std::string value = text(name, std::to_string(otherwise));
    unsigned number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || stop != end || number == 0 || number > max) {
      complain(std::string(name) + ": expected a number from 1 to " + std::to_string(max) +
               ", got '" + value + "'");
    }
    return number;
  }
  void check() const {
    if (!wrong_.empty()) throw SettingsError(wrong_);
  }

 private:
  void complain(const std::string& sentence) {
    if (!wrong_.empty()) wrong_ += "; ";
    wrong_ += sentence;
  }
  std::string wrong_;
};

}  // namespace

Settings Settings::from_environment() {
  Environment environment;
  const std::string secret = environment.secret("SHOP_SECRET", kMinSecret);
  const std::string data_folder = environment.text("SHOP_DATA", "shop-data");
  const unsigned minutes = environment.number("SHOP_TOKEN_MINUTES", 30, 24 * 60);
  const unsigned logins = environment.number("SHOP_LOGINS_A_MINUTE", 10, 10'000);
  environment.check();
  return {.token_key = jwt::Key(secret),
          .data_folder = data_folder,
          .token_lifetime = std::chrono::minutes(minutes),
          .logins_a_minute = logins};
}

Settings& get_settings(Request& request) { return request.app().state().get<Settings>(); }

}  // namespace shop
