// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/config/option.hpp>
#include <capricorn/config/settings_reference.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

using namespace capricorn;

namespace {

std::string committed(const std::string& path) {
  const char* root = std::getenv("SOURCE_ROOT");
  REQUIRE(root != nullptr);
  std::ifstream file(std::string(root) + "/" + path);
  REQUIRE(file.is_open());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("docs/settings.md is what the table of options makes") {
  CHECK_MESSAGE(committed("docs/settings.md") == settings_markdown(),
                "capricorn settings --format markdown > docs/settings.md");
}

TEST_CASE("docs/capricorn.toml is what the table of options makes") {
  CHECK_MESSAGE(committed("docs/capricorn.toml") == settings_toml(),
                "capricorn settings --format toml > docs/capricorn.toml");
}

TEST_CASE("every option is in the help, once, and has a sentence") {
  const std::string help = help_text({});
  std::set<std::string_view> names;
  for (const Option& option : options()) {
    CAPTURE(option.name);
    CHECK(names.insert(option.name).second);
    CHECK((option.alias.empty() || names.insert(option.alias).second));
    CHECK(option.help.ends_with('.'));
    if (option.name == "app") continue;
    const std::string flag = "\n  --" + std::string(option.name) + " ";
    CHECK(help.find(flag) != help.npos);
    CHECK(help.find(flag) == help.rfind(flag));
  }
}

TEST_CASE("no line of the help is wider than a terminal of 100 columns") {
  std::istringstream help(help_text({}));
  for (std::string line; std::getline(help, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 100);
  }
}

TEST_CASE("the help shows the defaults of the program it is of") {
  Program program;
  program.defaults.port = 9123;
  CHECK(help_text(program).find("[9123]") != std::string::npos);
  CHECK(help_text({}).find("[9123]") == std::string::npos);
}
