// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/log.hpp>
#include <capricorn/server/reload_files.hpp>

#include <filesystem>
#include <string>
#include <string_view>

#include "temporary_folder.hpp"

using namespace capricorn;
using capricorn::test::TemporaryFolder;
using Strings = std::vector<std::string>;

namespace {

std::string told;
void tell(LogLevel, std::string_view message) noexcept { told += message; }

}  // namespace

TEST_CASE("includes and excludes come beside the usual ones") {
  const FileWatchOptions files = reload_files(
      {.app = "a/app.so:name", .reload_includes = {"*.txt"}, .reload_excludes = {"t*"}});
  CHECK(files.include == Strings{"*.cpp", "*.hpp", "*.h", "*.so", "*.txt"});
  CHECK(files.exclude == Strings{".*", "*~", "*.sw?", "*.tmp", "t*"});
  CHECK(files.folders == Strings{"."});
  CHECK(files.files == Strings{"a/app.so"});
}

TEST_CASE("the module is watched where it is loaded from") {
  CHECK(reload_files({.app = "app.so:name", .app_dir = "build"}).files == Strings{"build/app.so"});
  CHECK(reload_files({.app = "/srv/app.so", .app_dir = "build"}).files == Strings{"/srv/app.so"});
  CHECK(reload_files({.app = "a:b/app.so"}).files == Strings{"a:b/app.so"});
  CHECK(reload_files({.app = "app.module"}).files == Strings{"./app.module"});
}

TEST_CASE("each takes from the other's usual ones what it names") {
  const FileWatchOptions files =
      reload_files({.reload_includes = {"*.tmp"}, .reload_excludes = {"*.so", "*.h"}});
  CHECK(files.include == Strings{"*.cpp", "*.hpp", "*.tmp"});
  CHECK(files.exclude == Strings{".*", "*~", "*.sw?", "*.so", "*.h"});
}

TEST_CASE("folders that are included are watched, and instead of the working directory") {
  TemporaryFolder folder;
  folder.write("src/a.cpp", "1");
  folder.write("src/below/b.cpp", "1");
  folder.write("other/c.cpp", "1");
  const FileWatchOptions files =
      reload_files({.reload_dirs = {folder / "src/below"},
                    .reload_includes = {folder / "s*", folder / "other"}});
  CHECK(files.folders == Strings{folder / "src", folder / "other"});
}

TEST_CASE("folders that are excluded are left out, with all below them") {
  TemporaryFolder folder;
  folder.write("src/a.cpp", "1");
  folder.write("src/made/b.cpp", "1");
  folder.write("out/c.cpp", "1");
  FileWatchOptions files = reload_files({.reload_dirs = {folder / "src", folder / "out"},
                                         .reload_excludes = {folder / "src/made", folder / "out"},
                                         .reload_delay = {}});
  CHECK(files.folders == Strings{folder / "src"});
  files.files.clear();
  FileWatch watch(files);
  folder.write("src/made/b.cpp", "longer");
  folder.write("src/made/deep/d.cpp", "1");
  CHECK_FALSE(watch.changed());
  folder.write("src/a.cpp", "longer");
  CHECK(watch.changed() == folder / "src/a.cpp");
}

TEST_CASE("folders that are not there are told") {
  const LogSink before = set_log_sink(&tell);
  const FileWatchOptions files = reload_files({.reload_dirs = {"/nowhere", "/nor/here"}});
  CHECK(files.folders == Strings{"."});
  CHECK(told ==
        "Provided reload directories ['/nowhere', '/nor/here'] did not contain valid directories, "
        "watching current working directory.");
  told.clear();
  static_cast<void>(reload_files({.reload_dirs = {"."}}));
  static_cast<void>(reload_files({}));
  CHECK(told == "");
  set_log_sink(before);
}
