// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/dev/header_cache.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "temporary_folder.hpp"

using namespace capricorn;
using capricorn::test::TemporaryFolder;
namespace fs = std::filesystem;

TEST_CASE("the headers used last are kept, and others are none of its business") {
  TemporaryFolder cache;
  for (int i = 0; i < 6; ++i) {
    const std::string folder = "headers-" + std::to_string(i);
    cache.write(folder + "/capricorn.hpp.pch", "1");
    fs::last_write_time(cache / folder,
                        fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
  }
  cache.write("session-1/app.so", "1");
  keep_newest_headers(cache.path(), cache / "headers-1");
  CHECK_FALSE(fs::exists(cache / "headers-0"));
  CHECK(fs::exists(cache / "headers-1/capricorn.hpp.pch"));
  CHECK_FALSE(fs::exists(cache / "headers-2"));
  for (const char* kept : {"headers-3", "headers-4", "headers-5", "session-1"}) {
    CHECK(fs::exists(cache / kept));
  }
}

TEST_CASE("the folder in use is made, and what a killed compiler left there goes") {
  TemporaryFolder cache;
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  REQUIRE(::waitpid(gone, nullptr, 0) == gone);
  const std::string left = "headers-a/capricorn.hpp.pch." + std::to_string(gone);
  const std::string current = "headers-a/capricorn.hpp.pch." + std::to_string(::getpid());
  cache.write(left, "1");
  cache.write(current, "1");
  keep_newest_headers(cache.path(), cache / "headers-a");
  CHECK_FALSE(fs::exists(cache / left));
  CHECK(fs::exists(cache / current));
  keep_newest_headers(cache.path(), cache / "headers-b");
  CHECK(fs::is_directory(cache / "headers-b"));
}
