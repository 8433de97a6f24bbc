// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/file_watch.hpp>

#include <filesystem>

#include "temporary_folder.hpp"

using namespace capricorn;
using namespace std::chrono_literals;
using capricorn::test::TemporaryFolder;

namespace {

FileWatch watch(std::string folder) {
  return FileWatch({.folders = {std::move(folder)},
                    .include = {"*.hpp"},
                    .exclude = {".*", "build*"},
                    .files = {},
                    .delay = 0ms});
}

}  // namespace

TEST_CASE("files that come, change and go below a folder are told, and no others") {
  TemporaryFolder folder;
  folder.write("a.hpp", "1");
  FileWatch files = watch(folder.path());
  CHECK_FALSE(files.changed());
  folder.write("below/b.hpp", "1");
  CHECK(files.changed() == folder / "below/b.hpp");
  folder.write("a.hpp", "longer");
  CHECK(files.changed() == folder / "a.hpp");
  std::filesystem::remove(folder / "a.hpp");
  CHECK(files.changed() == folder / "a.hpp");
  folder.write("c.txt", "1");
  folder.write(".hidden.hpp", "1");
  folder.write(".git/d.hpp", "1");
  folder.write("build-debug/e.hpp", "1");
  CHECK_FALSE(files.changed());
}

TEST_CASE("what is excluded is a matter of names below the folder, not of the folder's") {
  TemporaryFolder folder;
  // Begins with "..", as "." and what is below it begin with a dot.
  FileWatch files = watch(std::filesystem::relative(folder.path()).string());
  folder.write("a.hpp", "1");
  CHECK(files.changed());
}

TEST_CASE(
    "a glob with a folder is the end of a path, and a whole name goes before what is excluded") {
  TemporaryFolder folder;
  FileWatch files({.folders = {folder.path()},
                   .include = {"src/*.cpp", "kept.tmp"},
                   .exclude = {"*.tmp"},
                   .files = {},
                   .delay = 0ms});
  folder.write("main.cpp", "1");
  folder.write("src/below/a.cpp", "1");
  folder.write("other.tmp", "1");
  CHECK_FALSE(files.changed());
  folder.write("a/src/b.cpp", "1");
  CHECK(files.changed() == folder / "a/src/b.cpp");
  folder.write("kept.tmp", "1");
  CHECK(files.changed() == folder / "kept.tmp");
}
