// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/log.hpp>
#include <capricorn/server/log_writer.hpp>
#include <temporary_folder.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

using namespace capricorn;

namespace {

std::string lost(std::uint64_t lines) { return "lost " + std::to_string(lines); }

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr auto kThread = LogWriter::Mode::kThread;

}  // namespace

TEST_CASE("lines come in their order, and all of them by the end") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  std::string expected;
  {
    LogWriter writer(path, kThread, &lost);
    for (int i = 0; i < 5000; ++i) {
      const std::string line = "line " + std::to_string(i);
      writer.write(line, i % 100 == 0);
      expected += line + "\n";
    }
  }
  CHECK(content_of(path) == expected);
}

TEST_CASE("a flush writes what there is") {
  test::TemporaryFolder folder;
  LogWriter writer(folder.path() + "/log", kThread, &lost);
  writer.write("one", false);
  writer.flush();
  CHECK(content_of(folder.path() + "/log") == "one\n");
  CHECK(writer.dropped() == 0);
}

TEST_CASE("a process that forks writes at once") {
  test::TemporaryFolder folder;
  LogWriter writer(folder.path() + "/log", LogWriter::Mode::kDirect, &lost);
  writer.write("one", false);
  CHECK(content_of(folder.path() + "/log") == "one\n");
}

TEST_CASE("a process that forks tells what a full pipe did not take before its next line") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  char bytes[65536] = {};
  while (::write(ends[1], bytes, sizeof bytes) > 0) {
  }
  LogWriter writer(ends[1], LogWriter::Mode::kDirect, &lost);
  writer.write("one", true);
  writer.write("two", true);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  while (::read(ends[0], bytes, sizeof bytes) > 0) {
  }
  writer.write("three", true);
  writer.write("four", true);
  const ssize_t n = ::read(ends[0], bytes, sizeof bytes);
  REQUIRE(n > 0);
  CHECK(std::string(bytes, static_cast<std::size_t>(n)) == "lost 2\nthree\nfour\n");
  CHECK(writer.dropped() == 2);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a file that was renamed is opened anew") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  LogWriter writer(path, kThread, &lost);
  writer.write("before", false);
  writer.flush();
  REQUIRE(std::rename(path.c_str(), (path + ".1").c_str()) == 0);
  writer.reopen();
  writer.write("after", true);
  writer.flush();
  CHECK(content_of(path + ".1") == "before\n");
  CHECK(content_of(path) == "after\n");
}

TEST_CASE("a file that cannot be opened anew is told, and the former one goes on") {
  static std::string told;
  told.clear();
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view text) noexcept { told = text; });
  test::TemporaryFolder folder;
  const std::string inner = folder.path() + "/inner";
  REQUIRE(::mkdir(inner.c_str(), 0700) == 0);
  for (const auto mode : {kThread, LogWriter::Mode::kDirect}) {
    LogWriter writer(inner + "/log", mode, &lost);
    REQUIRE(std::rename(inner.c_str(), (inner + ".1").c_str()) == 0);
    writer.reopen();
    writer.write("after", true);
    writer.flush();
    CHECK(told == "cannot open the log file '" + inner +
                      "/log' again: No such file or directory. It goes on with the former one.");
    CHECK(content_of(inner + ".1/log").ends_with("after\n"));
    REQUIRE(std::rename((inner + ".1").c_str(), inner.c_str()) == 0);
  }
  set_log_sink(before);
}

#if defined(__linux__)
TEST_CASE("lines that a full disk does not take are counted") {
  LogWriter writer("/dev/full", kThread, &lost);
  writer.write("one", true);
  writer.write("two", true);
  writer.flush();
  CHECK(writer.dropped() == 2);  // a notice that fails is none of the log's
}
#endif

TEST_CASE("a FIFO that nobody reads keeps nobody waiting, and its reader is told what was lost") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const std::string line(1023, 'x');
  LogWriter writer(path, kThread, &lost);
  for (int i = 0; i < 8 * 1024; ++i) writer.write(line, false);  // twice of what it keeps
  CHECK(writer.dropped() > 0);
  const int reader = ::open(path.c_str(), O_RDONLY);
  REQUIRE(reader >= 0);
  std::string all;
  char bytes[65536];
  while (all.find("lost ") == all.npos) {
    const ssize_t n = ::read(reader, bytes, sizeof bytes);
    REQUIRE(n > 0);
    all.append(bytes, static_cast<std::size_t>(n));
    writer.write("again", true);
  }
  ::close(reader);
}

TEST_CASE("a closed pipe takes nothing and stops nobody") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  {
    LogWriter writer(ends[1], kThread, &lost);
    writer.write("one", true);
    writer.flush();
    CHECK(writer.dropped() == 1);
  }
  ::close(ends[1]);
}

TEST_CASE("the same file is known, however it was opened") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  LogWriter writer(path, kThread, &lost);
  CHECK(writer.same_place(path));
  CHECK_FALSE(writer.same_place(folder.path() + "/other"));
  const int fd = ::open(path.c_str(), O_WRONLY);
  CHECK(writer.same_place(fd));
  ::close(fd);
}

TEST_CASE("a file that cannot be opened is told with its name") {
  CHECK_THROWS_WITH_AS(LogWriter("/no/such/folder/log", kThread, &lost),
                       "cannot open the log file '/no/such/folder/log': No such file or directory",
                       LogFileError);
}
