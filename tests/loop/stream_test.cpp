// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <cstdio>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <system_error>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

/// What awaiting the task throws, or the value where it throws nothing.
template <class E>
Task<std::string> error_of(Task<std::string> task) {
  try {
    co_return "no error: " + co_await std::move(task);
  } catch (const E& error) {
    co_return error.what();
  }
}

Task<std::error_code> code_of(Task<> task) {
  try {
    co_await std::move(task);
  } catch (const std::system_error& error) {
    co_return error.code();
  }
  co_return std::error_code();
}

const std::error_code kReset = std::make_error_code(std::errc::connection_reset);

}  // namespace

TEST_CASE("read gives what is there, at most n bytes, and nothing at the end of the stream") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    b.write("hello world");
    CHECK(co_await a.read(5) == "hello");
    CHECK(co_await a.read(0) == "");
    CHECK(co_await a.read(100) == " world");
    b.write_eof();
    CHECK(co_await a.read(1) == "");
    CHECK(co_await a.read(1) == "");
  }());
}

TEST_CASE("read(-1) waits for the end of the stream, however much comes") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 100});
    const std::string sent(300000, 'x');
    b.write(sent);
    b.write_eof();
    const std::string all = co_await a.read();
    CHECK(all == sent);
    CHECK(a.at_eof());
  }());
}

TEST_CASE("readexactly waits for all of it, beyond the limit too") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 4});
    auto reader = create_task(a.readexactly(1000));
    for (int i = 0; i < 100; ++i) {
      b.write("0123456789");
      co_await sleep(0s);
    }
    CHECK((co_await reader).size() == 1000);
    CHECK(co_await a.readexactly(0) == "");
  }());
}

TEST_CASE("readexactly at the end of the stream throws IncompleteReadError with what there was") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    b.write("abc");
    b.write_eof();
    bool thrown = false;
    try {
      co_await a.readexactly(5);
    } catch (const IncompleteReadError& error) {
      thrown = true;
      CHECK(error.partial == "abc");
      CHECK(error.expected == 5);
      CHECK(std::string(error.what()) == "3 bytes read on a total of 5 expected bytes");
    }
    CHECK(thrown);
    CHECK(a.at_eof());
  }());
}

TEST_CASE("readuntil finds a separator that arrives in pieces") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    auto reader = create_task(a.readuntil("\r\n\r\n"));
    for (const char* piece : {"head\r", "\n", "\r", "\nbody"}) {
      b.write(piece);
      co_await passes(2);
    }
    CHECK(co_await reader == "head\r\n\r\n");
    CHECK(co_await a.read(10) == "body");
  }());
}

TEST_CASE("a separator at the limit is found, one byte later it overruns and all stays there") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 8});
    b.write("12345678\n");
    CHECK(co_await a.readuntil() == "12345678\n");
    b.write("123456789\nrest");
    bool thrown = false;
    try {
      co_await a.readuntil();
    } catch (const LimitOverrunError& error) {
      thrown = true;
      CHECK(error.consumed == 9);
      CHECK(std::string(error.what()) == "Separator is found, but chunk is longer than limit");
    }
    CHECK(thrown);
    CHECK(co_await a.readexactly(14) == "123456789\nrest");
  }());
}

TEST_CASE("without a separator in more than the limit, readuntil throws LimitOverrunError") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 8});
    auto reader = create_task(a.readuntil("\r\n"));
    b.write("123456789");  // its last byte may begin a separator at the limit
    co_await passes(3);
    CHECK_FALSE(reader.done());
    b.write("0");
    bool thrown = false;
    try {
      co_await reader;
    } catch (const LimitOverrunError& error) {
      thrown = true;
      CHECK(error.consumed == 9);
      CHECK(std::string(error.what()) == "Separator is not found, and chunk exceed the limit");
    }
    CHECK(thrown);
    CHECK(co_await a.readexactly(10) == "1234567890");
  }());
}

TEST_CASE("readuntil at the end of the stream throws what there was; no separator is refused") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    b.write("abc");
    b.write_eof();
    bool thrown = false;
    try {
      co_await a.readuntil("\n");
    } catch (const IncompleteReadError& error) {
      thrown = true;
      CHECK(error.partial == "abc");
      CHECK_FALSE(error.expected.has_value());
      CHECK(std::string(error.what()) == "3 bytes read on a total of undefined expected bytes");
    }
    CHECK(thrown);
    CHECK(co_await error_of<std::invalid_argument>(a.readuntil("")) ==
          "Separator should be at least one-byte string");
  }());
}

TEST_CASE("readline gives lines, then what is left, then nothing") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    b.write("one\ntwo\nthr");
    b.write_eof();
    std::vector<std::string> lines;
    for (std::string line = co_await a.readline(); !line.empty(); line = co_await a.readline()) {
      lines.push_back(line);
    }
    CHECK(lines == std::vector<std::string>{"one\n", "two\n", "thr"});
  }());
}

TEST_CASE("readline drops a line that is too long and goes on behind it") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 4});
    b.write("123456\nabc\n");
    CHECK(co_await error_of<std::invalid_argument>(a.readline()) ==
          "Separator is found, but chunk is longer than limit");
    CHECK(co_await a.readline() == "abc\n");
    b.write("123456");
    CHECK(co_await error_of<std::invalid_argument>(a.readline()) ==
          "Separator is not found, and chunk exceed the limit");
    b.write("\nnext\n");
    CHECK(co_await a.readline() == "\n");
    CHECK(co_await a.readline() == "next\n");
  }());
}

TEST_CASE("a second reader is refused while one waits") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    auto reader = create_task(a.read(1));
    co_await sleep(0s);
    CHECK(co_await error_of<RuntimeError>(a.read(1)) ==
          "read() called while another coroutine is already waiting for incoming data");
    CHECK(co_await error_of<RuntimeError>(a.readline()) ==
          "readline() called while another coroutine is already waiting for incoming data");
    b.write("x");
    CHECK(co_await reader == "x");
  }());
}

TEST_CASE("a cancelled read loses no data, also where it was cancelled as data came") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    auto all = create_task(a.read());
    b.write("abc");
    co_await passes(3);
    all.cancel();
    co_await passes(2);
    CHECK(all.cancelled());

    auto reader = create_task(a.readexactly(6));
    co_await sleep(0s);
    b.write("def");
    co_await sleep(0s);  // the reader is woken, and has not run
    reader.cancel();
    co_await passes(2);
    CHECK(reader.cancelled());
    CHECK(co_await a.read(100) == "abcdef");
  }());
}

TEST_CASE("reading pauses beyond twice the limit and resumes at the limit") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 10});
    b.write(std::string(20, 'x'));
    co_await passes(2);
    b.write("y");
    co_await passes(2);
    CHECK(b.transport().write_buffer_size() == 0);  // 21 bytes lie with the reader: paused now
    b.write("z");
    co_await passes(2);
    CHECK(b.transport().write_buffer_size() == 1);
    CHECK(co_await a.read(10) == std::string(10, 'x'));  // 11 left
    co_await passes(2);
    CHECK(b.transport().write_buffer_size() == 1);
    CHECK(co_await a.read(1) == "x");
    co_await passes(2);
    CHECK(b.transport().write_buffer_size() == 0);
    CHECK(co_await a.readexactly(11) == "xxxxxxxxxyz");
  }());
}

TEST_CASE("drain waits while more than 64 KiB are unsent, until 16 are left") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 1});
    a.write("!!!");  // b takes this, and no more while nobody reads it
    co_await passes(2);
    a.write(std::string(65536, 'x'));
    auto within = create_task(a.drain());
    co_await passes(2);
    CHECK(within.done());
    a.write(std::string(16385, 'y'));
    auto one = create_task(a.drain());
    auto other = create_task(a.drain());
    co_await passes(3);
    CHECK_FALSE(one.done());
    CHECK(co_await b.readexactly(3) == "!!!");  // b takes 64 KiB, and no more
    co_await passes(3);
    CHECK(a.transport().write_buffer_size() == 16385);
    CHECK_FALSE(one.done());
    CHECK((co_await b.readexactly(65536)).size() == 65536);
    co_await passes(3);
    CHECK(one.done());
    CHECK(other.done());
    co_await one;
  }());
}

TEST_CASE("a cancelled drain leaves the others waiting and the bytes on their way") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    const std::string sent(300000, 'x');
    a.write(sent);
    auto one = create_task(a.drain());
    auto other = create_task(a.drain());
    co_await sleep(0s);
    one.cancel();
    CHECK(co_await b.readexactly(300000) == sent);
    co_await other;
    CHECK(one.cancelled());
  }());
}

TEST_CASE("drain on a closing stream yields once, then says that the connection is lost") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    a.close();
    a.write("dropped");
    CHECK(a.is_closing());
    CHECK(co_await code_of(a.drain()) == kReset);
    co_await a.wait_closed();
    CHECK(co_await b.read() == "");
  }());
}

TEST_CASE("close sends what was written; wait_closed may be awaited by many, and again") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    const std::string sent(200000, 'x');
    a.write(sent);
    a.close();
    auto one = create_task(a.wait_closed());
    auto other = create_task(a.wait_closed());
    co_await sleep(0s);
    CHECK_FALSE(one.done());
    CHECK(co_await b.read() == sent);
    co_await one;
    co_await other;
    co_await a.wait_closed();
    CHECK(co_await a.read(1) == "");
  }());
}

TEST_CASE("two that close while each has yet to be read do not wait for each other") {
  test::run_virtually([]() -> Task<> {
    auto [a, b] = memory_pipe();
    a.write("one");
    b.write("two");
    a.close();
    b.close();
    CHECK(co_await wait_for(code_of(a.wait_closed()), 1s) == kReset);
    CHECK(co_await wait_for(code_of(b.wait_closed()), 1s) == std::error_code());
  }());
}

TEST_CASE("after write_eof nothing can be written, and reading goes on") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    CHECK(a.can_write_eof());
    a.writelines(std::vector<std::string>{"one ", "two"});
    a.write_eof();
    a.write_eof();
    CHECK_THROWS_WITH_AS(a.write("three"), "Cannot call write() after write_eof()", RuntimeError);
    CHECK(co_await b.read() == "one two");
    b.write("answer");
    CHECK(co_await a.read(100) == "answer");
    CHECK_FALSE(b.is_closing());
  }());
}

TEST_CASE("at_eof is true once the stream has ended and everything was read") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    b.write("x");
    b.write_eof();
    co_await passes(3);
    CHECK_FALSE(a.at_eof());
    co_await a.read(1);
    CHECK(a.at_eof());
  }());
}

TEST_CASE("a broken connection is told to the reader, the drain and wait_closed") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 1});
    auto reader = create_task(error_of<std::system_error>(a.read(1)));
    b.write("!!!");
    co_await passes(3);
    auto next = create_task(error_of<std::system_error>(a.readexactly(9)));
    a.write(std::string(200000, 'x'));
    auto drain = create_task(code_of(a.drain()));
    auto closed = create_task(code_of(a.wait_closed()));
    co_await passes(3);
    b.transport().abort();
    CHECK(co_await next == "Connection lost: Connection reset by peer");
    CHECK(co_await drain == kReset);
    CHECK(co_await closed == kReset);
    CHECK(co_await code_of(a.drain()) == kReset);
    CHECK(a.is_closing());
    co_await reader;
  }());
}

TEST_CASE("a write to a peer that has gone does not throw; a later drain does") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    {
      Stream gone = std::move(b);
    }
    CHECK(co_await a.read() == "");
    a.write("anybody?");
    CHECK_FALSE(a.transport().write_buffer_size() > 0);
    CHECK(co_await code_of(a.drain()) == kReset);
  }());
}

TEST_CASE("in debug mode a stream that was not closed is named") {
  static std::string message;
  message.clear();
  const LogSink before = set_log_sink([](LogLevel level, std::string_view text) noexcept {
    if (level == LogLevel::kWarning) message = text;
  });
  const auto drop = []() -> Task<> {
    auto [a, b] = memory_pipe();
    b.close();
    co_await passes(1);
  };
  run(drop());
  CHECK(message.empty());
  run(drop(), {.debug = true});
  CHECK(message == "unclosed stream");
  set_log_sink(before);
}

TEST_CASE("a limit of nothing is refused") {
  run([]() -> Task<> {
    CHECK_THROWS_WITH_AS(memory_pipe({.limit = 0}), "Limit cannot be <= 0", std::invalid_argument);
    co_return;
  }());
}

TEST_CASE("a timed-out read can be tried again") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    bool timed_out = false;
    try {
      co_await timeout(1ms, a.readline());
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    b.write("line\n");
    CHECK(co_await a.readline() == "line\n");
  }());
}

TEST_CASE("two that echo a megabyte at each other keep every byte in order") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe({.limit = 1000});
    std::string sent;
    for (int i = 0; i < 200000; ++i) sent += std::to_string(i) + ",";
    auto echo = create_task([](Stream stream) -> Task<> {
      for (;;) {
        const std::string bytes = co_await stream.read(777);
        if (bytes.empty()) break;
        stream.write(bytes);
        co_await stream.drain();
      }
    }(std::move(b)));
    auto writer = create_task([](Stream& stream, const std::string& all) -> Task<> {
      for (std::size_t at = 0; at < all.size(); at += 10000) {
        stream.write(std::string_view(all).substr(at, 10000));
        co_await stream.drain();
      }
      stream.write_eof();
    }(a, sent));
    CHECK(co_await a.read() == sent);
    co_await writer;
    co_await echo;
  }());
}

TEST_CASE("a file goes through a pipe in memory behind what was written") {
  std::FILE* file = std::tmpfile();
  const std::string content(300000, 'f');
  REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
  std::fflush(file);
  run([](int fd, std::string expected) -> Task<> {
    auto [a, b] = memory_pipe();
    auto reader = create_task(b.read());
    a.write("head:");
    CHECK(co_await a.transport().send_file(fd, 5, 299990));
    a.write_eof();
    CHECK(co_await reader == "head:" + expected.substr(5, 299990));
    CHECK_FALSE(co_await b.transport().send_file(fd, 299999, 10));  // the file is shorter
  }(fileno(file), content));
  std::fclose(file);
}

TEST_CASE("readuntil with several separators ends at the first, and of two there at the shorter") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    b.write("one\ntwo\r\nthree\rfour--end--");
    const std::vector<std::string> line_ends{"\r\n", "\n", "\r"};
    CHECK(co_await a.readuntil(line_ends) == "one\n");
    CHECK(co_await a.readuntil(line_ends) == "two\r");  // \r ends first
    CHECK(co_await a.readuntil({"end", "--end--", "\n"}) == "\n");
    CHECK(co_await a.readuntil({"our", "r"}) == "thr");
    CHECK(co_await a.readuntil({"xyz", "\rf"}) == "ee\rf");
    CHECK(co_await a.readuntil({"--end--", "end"}) == "our--end");
  }());
}

TEST_CASE("readuntil finds the longer of several separators over a boundary, and refuses none") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    auto reading = create_task(a.readuntil({"ab", "cdef"}));
    for (const char* piece : {"xc", "d", "ef"}) {
      b.write(piece);
      co_await passes(3);
    }
    CHECK(co_await reading == "xcdef");
    CHECK(co_await error_of<std::invalid_argument>(a.readuntil(std::vector<std::string>())) ==
          "Separator should contain at least one element");
    CHECK(co_await error_of<std::invalid_argument>(a.readuntil({"a", ""})) ==
          "Separator should be at least one-byte string");
  }());
}

TEST_CASE("readuntil finds several separators wherever they stand") {
  run([]() -> Task<> {
    for (std::size_t before = 0; before < 300; ++before) {
      auto [a, b] = memory_pipe();
      const std::string text = std::string(before, 'x') + "--end\n";
      for (const std::size_t cut : {before / 2, before + 1, before + 3}) {
        b.write(text.substr(0, cut));
        co_await passes(2);
        b.write(text.substr(cut));
        CHECK((co_await a.readuntil({"never", "--end", "\n"})).size() == before + 5);
        CHECK(co_await a.readuntil({"never there, and long", "\n"}) == "\n");
      }
      b.write(text);
      CHECK((co_await a.readuntil({"-end", "--e", "d"})).size() == before + 3);
      CHECK(co_await a.readuntil({"nowhere", "nd\n"}) == "nd\n");
    }
  }());
}

TEST_CASE("cancelling a file's sending in memory while it waits for room does no harm") {
  run([]() -> Task<> {
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    REQUIRE(std::fwrite(std::string(300'000, 'x').data(), 1, 300'000, file) == 300'000);
    std::fflush(file);
    auto [a, b] = memory_pipe();
    auto sending = create_task(a.transport().send_file(::fileno(file), 0, 300'000));
    co_await passes(3);
    sending.cancel();
    co_await passes(2);
    CHECK(sending.cancelled());
    CHECK((co_await b.readexactly(65536)).size() == 65536);
    std::fclose(file);
  }());
}
