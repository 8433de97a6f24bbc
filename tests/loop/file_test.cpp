// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>
#include <capricorn/loop/file.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using namespace capricorn;

namespace {

/// A directory of its own, gone with the case.
struct Folder {
  Folder() { REQUIRE(::mkdtemp(name) != nullptr); }
  ~Folder() { std::filesystem::remove_all(name); }
  std::string operator/(const char* file) const { return std::string(name) + "/" + file; }
  char name[32] = "/tmp/capricorn-file-XXXXXX";
};

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

void fill(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// What an open says that must fail.
Task<std::pair<std::error_code, std::string>> failure(std::string path, std::string mode) {
  try {
    co_await open_file(std::move(path), std::move(mode));
  } catch (const std::system_error& error) {
    co_return {error.code(), error.what()};
  }
  co_return {};
}

}  // namespace

TEST_CASE("what is written is read again, in whole and in pieces") {
  Folder folder;
  run([](std::string path) -> Task<> {
    File out = co_await open_file(path, "w");
    CHECK(co_await out.write("hello ") == 6);
    CHECK(co_await out.write("world\n") == 6);
    CHECK(co_await out.tell() == 12);
    CHECK(content(path) == "hello world\n");
    co_await out.close();
    CHECK(out.closed());
    co_await out.close();

    File in = co_await open_file(path);
    CHECK(in.path() == path);
    CHECK(co_await in.read(5) == "hello");
    CHECK(co_await in.read(0) == "");
    CHECK(co_await in.read() == " world\n");
    CHECK(co_await in.read() == "");
    CHECK(co_await in.read(5) == "");
  }(folder / "greeting"));
}

TEST_CASE("a large file is read in whole") {
  Folder folder;
  const std::string path = folder / "large";
  std::string text(5000000, 'x');
  text[4999999] = 'y';
  fill(path, text);
  run([](std::string name, const std::string& expected) -> Task<> {
    File file = co_await open_file(name, "rb");
    CHECK((co_await file.read() == expected));
    File pieces = co_await open_file(name, "rb");
    CHECK((co_await pieces.read(1000001)).size() == 1000001);
    CHECK((co_await pieces.read()).size() == 3999999);
  }(path, text));
}

TEST_CASE("lines come one by one, also mixed with other reads") {
  Folder folder;
  const std::string path = folder / "lines";
  const std::string longest(200000, 'l');
  fill(path, "one\n\nthree\n" + longest + "\nlast without end");
  run([](std::string name, std::string long_line) -> Task<> {
    File file = co_await open_file(name);
    std::vector<std::string> seen;
    AsyncGenerator<std::string> lines = file.lines();
    while (auto line = co_await lines.next()) seen.push_back(*line);
    CHECK((seen == std::vector<std::string>{"one\n", "\n", "three\n", long_line + "\n",
                                            "last without end"}));
    CHECK(co_await file.readline() == "");
    CHECK(co_await file.seek(0) == 0);
    CHECK(co_await file.readline() == "one\n");
    CHECK(co_await file.tell() == 4);
    CHECK(co_await file.readline() == "\n");
    CHECK(co_await file.read(3) == "thr");
    CHECK(co_await file.readline() == "ee\n");
    CHECK(co_await file.tell() == 11);
    CHECK((co_await file.read()).size() == 200000 + 17);
  }(path, longest));
}

TEST_CASE("each mode is Python's") {
  Folder folder;
  const std::string path = folder / "modes";
  run([](std::string name) -> Task<> {
    auto [missing, what] = co_await failure(name, "r");
    CHECK(missing == std::errc::no_such_file_or_directory);
    CHECK(what == "cannot open '" + name + "': No such file or directory");
    CHECK((co_await failure(name, "r+")).first == std::errc::no_such_file_or_directory);
    co_await (co_await open_file(name, "x")).write("first");
    CHECK((co_await failure(name, "xb")).first == std::errc::file_exists);
    co_await (co_await open_file(name, "a")).write(" more");
    CHECK(content(name) == "first more");
    File both = co_await open_file(name, "r+b");
    CHECK(co_await both.read(2) == "fi");
    co_await both.write("NAL");
    CHECK(co_await both.read() == " more");
    CHECK(content(name) == "fiNAL more");
    File append = co_await open_file(name, "a+");
    CHECK(co_await append.tell() == 10);
    co_await append.seek(0);
    CHECK(co_await append.readline() == "fiNAL more");
    co_await append.write("!");
    CHECK(content(name) == "fiNAL more!");
    co_await open_file(name, "w+t");
    CHECK(content(name).empty());
    for (const char* wrong : {"", "q", "rw", "r++", "rbt", "b", "+"}) {
      bool refused = false;
      try {
        co_await open_file(name, wrong);
      } catch (const std::invalid_argument& error) {
        refused = std::string(error.what()) == std::string("invalid mode: '") + wrong + "'";
      }
      CHECK(refused);
    }
    CHECK((co_await failure("/", "r")).first == std::errc::is_a_directory);
  }(path));
}

TEST_CASE("a line read ahead does not move what is written, truncated or sought") {
  Folder folder;
  const std::string path = folder / "ahead";
  fill(path, "one\ntwo\nthree\n");
  run([](std::string name) -> Task<> {
    File file = co_await open_file(name, "r+");
    CHECK(co_await file.readline() == "one\n");
    co_await file.write("TWO");
    CHECK(co_await file.readline() == "\n");
    CHECK(co_await file.seek(2, Whence::kCurrent) == 10);
    CHECK(co_await file.read(3) == "ree");
    co_await file.seek(0);
    co_await file.readline();
    CHECK(co_await file.truncate() == 4);
    CHECK(content(name) == "one\n");
    CHECK(co_await file.truncate(2) == 2);
    CHECK(co_await file.seek(-1, Whence::kEnd) == 1);
    CHECK(co_await file.read() == "n");
  }(path));
}

TEST_CASE("errors name the file; a closed one is refused") {
  Folder folder;
  const std::string path = folder / "errors";
  run([](std::string name) -> Task<> {
    File file = co_await open_file(name, "w");
    std::string what;
    try {
      co_await file.read();
    } catch (const std::system_error& error) {
      what = error.what();
    }
    CHECK(what == "cannot read '" + name + "': Bad file descriptor");
    co_await file.flush();
    co_await file.close();
    what.clear();
    try {
      co_await file.write("x");
    } catch (const std::invalid_argument& error) {
      what = error.what();
    }
    CHECK(what == "I/O operation on closed file '" + name + "'");
  }(path));
}

TEST_CASE("a path is not cut where a null character stands in it") {
  Folder folder;
  const std::string path = folder / "secret";
  fill(path, "secret");
  run([](std::string name) -> Task<> {
    std::string what;
    try {
      co_await open_file(name + std::string("\0.png", 5));
    } catch (const std::invalid_argument& error) {
      what = error.what();
    }
    CHECK(what == "embedded null byte");
  }(path));
}

TEST_CASE("a file may be moved and dropped while it is read; accesses at once do not mix") {
  Folder folder;
  const std::string path = folder / "shared";
  run([](std::string name) -> Task<> {
    File file = co_await open_file(name, "w+");
    std::vector<Task<std::size_t>> writes;
    for (char c = 'a'; c < 'k'; ++c) writes.push_back(file.write(std::string(1000, c) + "\n"));
    co_await gather(std::move(writes));
    co_await file.seek(0);
    AsyncGenerator<std::string> lines = file.lines();
    Task<std::string> first = file.readline();
    File moved = std::move(file);
    moved = File();
    int seen = 0;
    CHECK((co_await std::move(first)).size() == 1001);
    while (auto line = co_await lines.next()) {
      CHECK(line->size() == 1001);
      CHECK(line->find_first_not_of(line->front()) == 1000);
      ++seen;
    }
    CHECK(seen == 9);
  }(path));
}
