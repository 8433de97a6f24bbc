// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <capricorn/server/pid_file.hpp>
#include <temporary_folder.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace capricorn;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a pid file has the number, may be written by us alone, and goes with us") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "pid";
  PidFile file;
  const mode_t before = ::umask(0);
  file.write(path);
  ::umask(before);
  CHECK(read(path) == std::to_string(::getpid()) + "\n");
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  file.remove();
  CHECK(::access(path.c_str(), F_OK) != 0);
}

// Where others may write, one has put a link to a file that only we may write to where our draft
// will lie: its name has the process's number, which can be guessed.
TEST_CASE("a pid file follows nobody's link") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "pid";
  folder.write("precious", "precious");
  folder.link("pid." + std::to_string(::getpid()), folder / "precious");
  folder.link("pid", folder / "precious");
  PidFile file;
  file.write(path);
  CHECK(read(folder / "precious") == "precious");
  CHECK(read(path) == std::to_string(::getpid()) + "\n");
  file.remove();
}
