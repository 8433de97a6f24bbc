// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <capricorn/server/dev/build_session.hpp>
#include <temporary_folder.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

using namespace capricorn;

namespace {

/// Without a home, and with temporary files in a folder of the test's.
class Homeless {
 public:
  explicit Homeless(const std::string& temporary) {
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("HOME");
    ::setenv("TMPDIR", temporary.c_str(), 1);
  }
  Homeless(const Homeless&) = delete;
  ~Homeless() {
    ::unsetenv("TMPDIR");
    if (!home_.empty()) ::setenv("HOME", home_.c_str(), 1);
  }

 private:
  std::string home_ = std::getenv("HOME") ? std::getenv("HOME") : "";
};

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("who has no home has a folder of its own among the temporary files") {
  const test::TemporaryFolder folder;
  const Homeless homeless(folder.path());
  const std::string cache = cache_folder();
  CHECK(cache == folder / "capricorn-" + std::to_string(::geteuid()));
  CHECK(mode_of(cache) == 0700);
  CHECK(cache_folder() == cache);
}

// Its name can be guessed, and so be there before: as a link that somebody else has made to a
// folder of ours, which nobody else could enter any more.
TEST_CASE("another user's link is no folder of ours") {
  const test::TemporaryFolder folder;
  const Homeless homeless(folder.path());
  const std::string name = "capricorn-" + std::to_string(::geteuid());
  std::filesystem::create_directory(folder / "precious");
  REQUIRE(::chmod((folder / "precious").c_str(), 0755) == 0);
  folder.link(name, folder / "precious");
  CHECK_NOTHROW(cache_folder());                                     // our own
  if (::lchown((folder / name).c_str(), 65534, 65534) != 0) return;  // only root may give it away
  REQUIRE(::chmod((folder / "precious").c_str(), 0755) == 0);
  CHECK_THROWS_AS(cache_folder(), std::system_error);
  CHECK(mode_of(folder / "precious") == 0755);
}
