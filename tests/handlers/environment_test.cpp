// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <chrono>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace capricorn;

namespace {

/// Of the environment, as long as it lives.
class Variables {
 public:
  Variables(std::initializer_list<std::pair<const char*, const char*>> variables) {
    for (const auto& [name, value] : variables) {
      names_.push_back(name);
      ::setenv(name, value, 1);
    }
  }
  ~Variables() {
    for (const char* name : names_) ::unsetenv(name);
  }

 private:
  std::vector<const char*> names_;
};

enum class Mode { fast, careful };
struct Database {
  std::string host;
  int port = 5432;
};
struct Settings {
  Field<std::string, MinLength{4}> secret;
  int per_minute = 10;
  bool debug = false;
  Mode mode = Mode::fast;
  std::chrono::seconds lifetime{60};
  std::optional<std::string> owner;
  std::vector<std::string> hosts;
  Database database{"localhost"};
  Field<std::string, Default{"none"}, Alias{"HOST_OF_ALL"}> host;
};

struct Range {
  int low = 0;
  int high = 1;
};
std::optional<std::string> validate(const Range& range) {
  if (range.low > range.high) return "low is above high";
  return std::nullopt;
}

}  // namespace

TEST_CASE("settings are a model that the environment fills") {
  const Variables variables{{"SHOP_SECRET", "abcd"},
                            {"SHOP_PER_MINUTE", "7"},
                            {"SHOP_DEBUG", "yes"},
                            {"SHOP_MODE", "careful"},
                            {"SHOP_LIFETIME", "PT90S"},
                            {"SHOP_OWNER", "Ann"},
                            {"SHOP_HOSTS", R"(["a", "b"])"},
                            {"SHOP_DATABASE", R"({"host": "db"})"},
                            {"HOST_OF_ALL", "h"}};
  const auto settings = read_environment<Settings>("SHOP_");
  CHECK(settings.secret == "abcd");
  CHECK(settings.per_minute == 7);
  CHECK(settings.debug);
  CHECK(settings.mode == Mode::careful);
  CHECK(settings.lifetime == std::chrono::seconds(90));
  CHECK(settings.owner == "Ann");
  CHECK(settings.hosts == std::vector<std::string>{"a", "b"});
  CHECK(settings.database.host == "db");
  CHECK(settings.database.port == 5432);
  CHECK(settings.host == "h");
}

TEST_CASE("a setting that is not there, or empty, stays what it is") {
  const Variables variables{{"SHOP_SECRET", "abcd"}, {"SHOP_PER_MINUTE", ""}};
  const auto settings = read_environment<Settings>("SHOP_");
  CHECK(settings.per_minute == 10);
  CHECK_FALSE(settings.debug);
  CHECK_FALSE(settings.owner);
  CHECK(settings.hosts.empty());
  CHECK(settings.database.host == "localhost");
  CHECK(settings.host == "none");
}

TEST_CASE("all that is wrong with settings is said at once, without their values") {
  const Variables variables{{"SHOP_PER_MINUTE", "many"},
                            {"SHOP_HOSTS", R"(["a", 1])"},
                            {"SHOP_DATABASE", "{"},
                            {"SHOP_MODE", "slow"}};
  CHECK_THROWS_WITH_AS(
      read_environment<Settings>("SHOP_"),
      "SHOP_SECRET: Field required; SHOP_PER_MINUTE: Input should be a valid integer, unable to "
      "parse string as an integer; SHOP_MODE: Input should be 'fast' or 'careful'; SHOP_HOSTS.1: "
      "Input should be a valid string; SHOP_DATABASE.1: JSON decode error",
      std::runtime_error);
  const Variables secret{{"SHOP_SECRET", "abc"}};
  try {
    read_environment<Settings>("SHOP_");
    FAIL("it was taken");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what())
              .starts_with("SHOP_SECRET: String should have at least 4 characters; "));
  }
}

TEST_CASE("a model of settings is checked as a whole") {
  const Variables variables{{"LOW", "5"}, {"HIGH", "3"}};
  CHECK_THROWS_WITH_AS(read_environment<Range>(), "Range: Value error, low is above high",
                       std::runtime_error);
}
