// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <capricorn/handlers/static_folder.hpp>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "as_nobody.hpp"
#include "temporary_folder.hpp"

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// A folder `www` and what is kept of it. Each file is old enough to be kept: the world's clock
/// stands ten seconds ahead, unless a test sets it.
struct Site : TemporaryFolder {
  explicit Site(bool follow = false, std::size_t memory = 1 << 20)
      : follow_symlink(follow), kept(memory) {
    std::filesystem::create_directory(*this / "www");
  }
  OpenFile open(std::string_view path, std::string_view variant = "") {
    StaticFolder folder(www, follow_symlink, kept, now, std::time(nullptr) + ahead);
    OpenFile file = folder.open(path, variant);
    error = file ? 0 : folder.error();
    return file;
  }
  /// The bytes, from wherever they come; "" where there are none.
  std::string read(std::string_view path) {
    const OpenFile file = open(path);
    if (file.kept()) return file.kept()->bytes;
    std::string bytes(file.size(), ' ');
    const ssize_t n = file ? ::pread(file.fd(), bytes.data(), bytes.size(), 0) : 0;
    REQUIRE(n == static_cast<ssize_t>(bytes.size()));
    return bytes;
  }
  bool in_memory(std::string_view path) { return open(path).kept() != nullptr; }

  const std::string www = *this / "www";
  bool follow_symlink;
  KeptFiles kept;
  TimePoint now{};
  std::time_t ahead = 10;
  int error = 0;
};

int next_descriptor() {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(fd);
  return fd;
}

}  // namespace

TEST_CASE("a small file is read once, and no descriptor of it is kept") {
  Site site;
  site.write("www/a.txt", "hello");
  const int before = next_descriptor();
  const OpenFile first = site.open("a.txt");
  REQUIRE(first.kept());
  CHECK(first.fd() < 0);
  CHECK(first.is_regular());
  CHECK(first.kept()->bytes == "hello");
  for (int i = 0; i < 100; ++i) CHECK(site.open("a.txt").kept() == first.kept());
  CHECK(next_descriptor() == before);
  CHECK(site.kept.used() < 1024);
}

TEST_CASE("what is kept is what an opened file says of itself") {
  Site site;
  site.write("www/a.css", "a{}");
  site.ahead = 0;
  const OpenFile opened = site.open("a.css", "br");
  REQUIRE(opened.fd() >= 0);
  site.ahead = 10;
  const OpenFile kept = site.open("a.css", "br");
  REQUIRE(kept.kept());
  CHECK(kept.etag() == opened.etag());
  CHECK(kept.size() == opened.size());
  CHECK(kept.modified() == opened.modified());
  // The same bytes as another form of a file, and as themselves.
  CHECK(site.open("a.css").etag() != kept.etag());
}

TEST_CASE("a file that changed within the clock's tick is opened each time") {
  // 1. A file is written and read into memory.
  // 2. It is written again, as long as before, before the file system's clock ticks.
  // 3. Nothing that the system says of it has changed.
  Site site;
  site.write("www/a.txt", "hello");
  for (const std::time_t age : {-5, 0, 1, 2}) {
    CAPTURE(age);
    site.ahead = age;
    CHECK_FALSE(site.in_memory("a.txt"));
  }
  site.ahead = 4;
  CHECK(site.in_memory("a.txt"));
}

TEST_CASE("each change of a file shows when it is asked for next") {
  constexpr std::time_t kDate = 784111777;
  struct Change {
    const char* name;
    std::function<void(const Site&)> make;
    std::optional<std::string> bytes;  // none: it is no file
  };
  const Change changes[] = {
      {"as long as before, and the date put back",
       [](const Site& site) { site.write("www/in/a.txt", "HELLO", kDate); }, "HELLO"},
      {"grown", [](const Site& site) { site.write("www/in/a.txt", "hello, world"); },
       "hello, world"},
      {"emptied", [](const Site& site) { site.write("www/in/a.txt", "", kDate); }, ""},
      {"replaced by another of the same size and date",
       [](const Site& site) {
         site.write("www/in/b.txt", "other", kDate);
         std::filesystem::rename(site / "www/in/b.txt", site / "www/in/a.txt");
       },
       "other"},
      {"deleted", [](const Site& site) { std::filesystem::remove(site / "www/in/a.txt"); },
       std::nullopt},
      {"replaced by a folder",
       [](const Site& site) {
         std::filesystem::remove(site / "www/in/a.txt");
         std::filesystem::create_directory(site / "www/in/a.txt");
       },
       std::nullopt},
      {"replaced by a link that leads out",
       [](const Site& site) {
         std::filesystem::rename(site / "www/in/a.txt", site / "a.txt");
         site.link("www/in/a.txt", "../../a.txt");
       },
       std::nullopt},
      {"its folder moved out, with a link in its place",
       [](const Site& site) {
         std::filesystem::rename(site / "www/in", site / "out");
         site.link("www/in", "../out");
       },
       std::nullopt},
      {"its folder moved, with a link in its place that stays inside",
       [](const Site& site) {
         std::filesystem::rename(site / "www/in", site / "www/moved");
         site.link("www/in", "moved");
       },
       "hello"},
      {"the whole folder replaced",
       [](const Site& site) {
         std::filesystem::rename(site / "www", site / "old");
         site.write("www/in/a.txt", "new", kDate);
       },
       "new"},
  };
  for (const Change& change : changes) {
    CAPTURE(change.name);
    Site site;
    site.write("www/in/a.txt", "hello", kDate);
    REQUIRE(site.in_memory("in/a.txt"));
    change.make(site);
    const OpenFile file = site.open("in/a.txt");
    CHECK(file.is_regular() == change.bytes.has_value());
    if (change.bytes) CHECK(site.read("in/a.txt") == *change.bytes);
  }
}

TEST_CASE("what was found before is sent whole, whatever becomes of the file") {
  Site site;
  site.write("www/a.txt", "hello");
  const OpenFile sending = site.open("a.txt");
  REQUIRE(sending.kept());
  site.write("www/a.txt", "hello, world");
  CHECK(site.read("a.txt") == "hello, world");
  std::filesystem::remove(site / "www/a.txt");
  CHECK_FALSE(site.open("a.txt"));
  CHECK(sending.kept()->bytes == "hello");
  CHECK(sending.size() == 5);
}

TEST_CASE("a permission that was taken is asked for again") {
  Site site;
  site.write("www/in/a.txt", "hello");
  const OpenFile before = site.open("in/a.txt");
  REQUIRE(before.kept());
  REQUIRE(::chmod((site / "www/in/a.txt").c_str(), 0) == 0);
  const OpenFile after = site.open("in/a.txt");
  // root may read it all the same; it is another file for that.
  if (::geteuid() == 0) {
    CHECK(after.kept() != before.kept());
    CHECK(after.stamp().mode == S_IFREG);
  } else {
    CHECK_FALSE(after);
    CHECK(site.error == EACCES);
  }
}

#if defined(__linux__)
TEST_CASE("a folder that nobody may list is one all the same") {
  Site site;
  site.write("www/in/a.txt", "hello");
  site.write("www/in/b.txt", "secret");
  REQUIRE(::chmod(site.path().c_str(), 0755) == 0);
  REQUIRE(::chmod((site / "www/in/b.txt").c_str(), 0) == 0);
  REQUIRE(::chmod((site / "www/in").c_str(), 0111) == 0);
  {
    const AsNobody nobody;
    for (int times = 0; times < 2; ++times) {
      CHECK(site.open("in").is_directory());
      CHECK(site.open("in/").is_directory());
      CHECK(site.read("in/a.txt") == "hello");
      CHECK_FALSE(site.open("in/b.txt"));
      CHECK(site.error == EACCES);
    }
  }
  REQUIRE(::chmod((site / "www/in").c_str(), 0755) == 0);
}
#endif

TEST_CASE("a path through a link is opened each time, unless links may lead anywhere") {
  for (const bool follow : {false, true}) {
    CAPTURE(follow);
    Site site(follow);
    site.write("www/one/a.txt", "one");
    site.write("www/two/a.txt", "two");
    site.link("www/now", "one");
    site.link("www/b.txt", "one/a.txt");
    for (const char* path : {"now/a.txt", "b.txt"}) {
      CHECK(site.read(path) == "one");
      CHECK(site.in_memory(path) == follow);
    }
    CHECK(site.in_memory("now/") == follow);
    std::filesystem::remove(site / "www/now");
    site.link("www/now", "two");
    CHECK(site.read("now/a.txt") == "two");
  }
}

TEST_CASE("folders are remembered, too, and by the same rules") {
  Site site;
  site.write("www/docs/index.html", "docs");
  for (const char* path : {"", "docs", "docs/"}) {
    CAPTURE(path);
    CHECK(site.open(path).is_directory());
    CHECK(site.in_memory(path));
  }
  std::filesystem::rename(site / "www/docs", site / "docs");
  CHECK_FALSE(site.open("docs/"));
  site.link("www/docs", "../docs");
  CHECK_FALSE(site.open("docs/"));
  CHECK(site.error == EXDEV);
}

TEST_CASE("what no time tells shows within a second: files are read again") {
  Site site;
  site.write("www/a.txt", "hello");
  const OpenFile first = site.open("a.txt");
  REQUIRE(first.kept());
  site.now += StaticFolder::kBelieved - Duration(1);
  CHECK(site.open("a.txt").kept() == first.kept());
  site.now += Duration(1);
  const OpenFile second = site.open("a.txt");
  REQUIRE(second.kept());
  CHECK(second.kept() != first.kept());
  CHECK(second.kept()->read_at == site.now);
}

TEST_CASE("large files are opened, and no memory means none") {
  Site site;
  site.write("www/large", std::string(KeptFiles::kLargest + 1, 'x'));
  site.write("www/small", std::string(KeptFiles::kLargest, 'x'));
  CHECK(site.open("large").fd() >= 0);
  CHECK(site.in_memory("small"));
  Site none(false, 0);
  none.write("www/a.txt", "hello");
  CHECK(none.read("a.txt") == "hello");
  CHECK_FALSE(none.in_memory("a.txt"));
  CHECK_FALSE(none.in_memory(""));
  CHECK(none.kept.used() == 0);
}
