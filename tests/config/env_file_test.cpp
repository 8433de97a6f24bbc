// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/config/env_file.hpp>
#include <temporary_folder.hpp>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

using namespace capricorn;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

Variables variables_of(const std::string& text) {
  std::vector<std::string> mistakes;
  Variables variables = parse_env_file(text, ".env", mistakes);
  CHECK(mistakes.empty());
  return variables;
}

std::string mistake_of(const std::string& text) {
  std::vector<std::string> mistakes;
  parse_env_file(text, ".env", mistakes);
  return mistakes.empty() ? "" : mistakes.front();
}

}  // namespace

TEST_CASE("an environment file has names and values, comments and blank lines") {
  CHECK(variables_of("A=1\n# comment\n\n  export B = two words  # told\r\nC=\nD=a#b") ==
        Variables{{"A", "1"}, {"B", "two words"}, {"C", ""}, {"D", "a#b"}});
}

TEST_CASE("a quoted value may have anything, over several lines too") {
  CHECK(variables_of("A='one\ntwo # ${B} \\n' # told\nB=\"x\\ny\\\"\\\\\\q\"\n") ==
        Variables{{"A", "one\ntwo # ${B} \\n"}, {"B", "x\ny\"\\\\q"}});
}

TEST_CASE("a reference is the environment's value, else the file's, else its default") {
  setenv("CAPRICORN_TEST_OUTER", "outer", 1);
  CHECK(variables_of("A=in\nB=${A}-${CAPRICORN_TEST_OUTER}-${NONE_SUCH:-def}\nC=\"<${A}>\"\n") ==
        Variables{{"A", "in"}, {"B", "in-outer-def"}, {"C", "<in>"}});
  unsetenv("CAPRICORN_TEST_OUTER");
}

TEST_CASE("what is no variable is told with its line") {
  CHECK(mistake_of("A=1\nwhat\n") == "Cannot read .env:2: expected = behind what.");
  CHECK(mistake_of("1A=1\n") == "Cannot read .env:1: expected NAME=value.");
  CHECK(mistake_of("A=1\nB='x\n\n") == "Cannot read .env:2: expected ' at the end of the value.");
  CHECK(mistake_of("A='x' y\n") ==
        "Cannot read .env:1: expected nothing behind the quotes but a comment.");
  CHECK(mistake_of("A=${}\n") == "Cannot read .env:1: expected ${NAME} or ${NAME:-default}.");
}

TEST_CASE("what the environment has already stays, and the last line of a name counts") {
  const test::TemporaryFolder folder;
  folder.write(".env", "CAPRICORN_TEST_A=file\nCAPRICORN_TEST_B=1\nCAPRICORN_TEST_B=2\n");
  setenv("CAPRICORN_TEST_A", "before", 1);
  CHECK(load_env_file(folder / ".env").empty());
  CHECK(std::string(getenv("CAPRICORN_TEST_A")) == "before");
  CHECK(std::string(getenv("CAPRICORN_TEST_B")) == "2");
  unsetenv("CAPRICORN_TEST_A");
  CHECK(load_env_file("").empty());
  CHECK(getenv("CAPRICORN_TEST_B") == nullptr);
  CHECK(load_env_file("/nowhere") ==
        std::vector<std::string>{"Cannot read /nowhere: No such file or directory."});
}

TEST_CASE("a file that is loaded anew has its variables in the place of the former ones") {
  const test::TemporaryFolder folder;
  const auto value = [](const char* name) {
    const char* found = getenv(name);
    return std::string(found ? found : "none");
  };
  folder.write(".env", "CAPRICORN_TEST_A=1\nCAPRICORN_TEST_B=${CAPRICORN_TEST_A}\n");
  CHECK(load_env_file(folder / ".env").empty());
  const EnvVariables first = env_file_variables();
  CHECK(first == EnvVariables{{"CAPRICORN_TEST_A", "1"}, {"CAPRICORN_TEST_B", "1"}});
  folder.write(".env", "CAPRICORN_TEST_C=${CAPRICORN_TEST_A:-gone}\nCAPRICORN_TEST_A=2\n");
  CHECK(load_env_file(folder / ".env").empty());
  CHECK(value("CAPRICORN_TEST_A") == "2");
  CHECK(value("CAPRICORN_TEST_B") == "none");
  CHECK(value("CAPRICORN_TEST_C") == "gone");
  folder.write(".env", "CAPRICORN_TEST_A=3\nwhat\n");
  CHECK(load_env_file(folder / ".env").size() == 1);
  CHECK(value("CAPRICORN_TEST_A") == "2");
  set_env_file_variables(first);
  CHECK(value("CAPRICORN_TEST_A") == "1");
  CHECK(value("CAPRICORN_TEST_C") == "none");
  set_env_file_variables({});
  CHECK(value("CAPRICORN_TEST_A") == "none");
}
