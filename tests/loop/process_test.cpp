// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <capricorn/loop/child_watcher.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/process.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// Whether a process of that number is left, be it as a zombie. It may need a moment.
bool gone(int pid) {
  for (int i = 0; i < 2000; ++i) {
    if (::kill(pid, 0) < 0 && errno == ESRCH) return true;
    ::usleep(1000);
  }
  return false;
}

Task<std::string> output_of(std::string command, ProcessOptions options = {}) {
  options.output = PIPE;
  Process process = co_await create_subprocess_shell(std::move(command), std::move(options));
  auto [output, error] = co_await process.communicate();
  CHECK(process.returncode() == 0);
  co_return output;
}

}  // namespace

TEST_CASE("communicate feeds a process and reads what it writes, however much") {
  run([]() -> Task<> {
    Process cat = co_await create_subprocess_exec({"cat"}, {.input = PIPE, .output = PIPE});
    CHECK(cat.pid() > 0);
    CHECK_FALSE(cat.returncode().has_value());
    std::string input(3000000, 'a');
    for (std::size_t i = 0; i < input.size(); i += 1000) input[i] = '\n';
    auto [output, error] = co_await cat.communicate(input);
    CHECK((output == input));
    CHECK(error.empty());
    CHECK(cat.returncode() == 0);
  }());
}

TEST_CASE("output and errors come apart, or together") {
  run([]() -> Task<> {
    const std::string command = "echo out; echo err >&2";
    Process apart = co_await create_subprocess_shell(command, {.output = PIPE, .error = PIPE});
    auto [output, error] = co_await apart.communicate();
    CHECK(output == "out\n");
    CHECK(error == "err\n");
    CHECK(co_await output_of(command, {.error = STDOUT}) == "out\nerr\n");
    CHECK(co_await output_of(command, {.error = DEVNULL}) == "out\n");
    CHECK(co_await output_of("cat", {.input = DEVNULL}) == "");
  }());
}

TEST_CASE("streams of a process are read line by line, and its input is closed to end it") {
  run([]() -> Task<> {
    Process cat = co_await create_subprocess_exec({"cat"}, {.input = PIPE, .output = PIPE});
    cat.input().write("one\ntwo\nrest");
    co_await cat.input().drain();
    CHECK(co_await cat.output().readline() == "one\n");
    CHECK(co_await cat.output().readline() == "two\n");
    cat.input().close();
    CHECK(co_await cat.output().readline() == "rest");
    CHECK(co_await cat.output().readline() == "");
    CHECK(cat.output().at_eof());
    CHECK(co_await cat.wait() == 0);
    CHECK_THROWS_WITH_AS(cat.error(), "the process's standard error is not a pipe", RuntimeError);
  }());
}

TEST_CASE("wait gives the exit code or minus the signal, as often as it is asked") {
  run([]() -> Task<> {
    Process three = co_await create_subprocess_shell("exit 3");
    auto [a, b] = co_await gather(three.wait(), three.wait());
    CHECK(a == 3);
    CHECK(b == 3);
    CHECK(co_await three.wait() == 3);
    CHECK(three.returncode() == 3);
    Process killed = co_await create_subprocess_shell("kill -9 $$");
    CHECK(co_await killed.wait() == -SIGKILL);
  }());
}

TEST_CASE("wait_for(wait) leaves the process alone; signals end it") {
  run([]() -> Task<> {
    Process sleeper = co_await create_subprocess_exec({"sleep", "100"});
    bool timed_out = false;
    try {
      co_await wait_for(sleeper.wait(), 5ms);
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    CHECK_FALSE(sleeper.returncode().has_value());
    sleeper.terminate();
    CHECK(co_await sleeper.wait() == -SIGTERM);
    std::error_code reason;
    try {
      sleeper.kill();
    } catch (const std::system_error& error) {
      reason = error.code();
    }
    CHECK(reason == std::errc::no_such_process);
    Process other = co_await create_subprocess_exec({"sleep", "100"});
    other.send_signal(SIGINT);
    CHECK(co_await other.wait() == -SIGINT);
  }());
}

TEST_CASE("a program that cannot be run is named, and so is a directory") {
  run([]() -> Task<> {
    const auto failure =
        [](std::vector<std::string> arguments,
           ProcessOptions options) -> Task<std::pair<std::error_code, std::string>> {
      try {
        co_await create_subprocess_exec(std::move(arguments), std::move(options));
      } catch (const std::system_error& error) {
        co_return {error.code(), error.what()};
      }
      co_return {};
    };
    auto [code, what] = co_await failure({"no-such-program"}, {});
    CHECK(code == std::errc::no_such_file_or_directory);
    CHECK(what.find("'no-such-program'") != std::string::npos);
    auto [code2, what2] = co_await failure({"/no/such/program"}, {});
    CHECK(code2 == std::errc::no_such_file_or_directory);
    auto [code3, what3] = co_await failure({"/etc/passwd"}, {});
    CHECK(code3 == std::errc::permission_denied);
    auto [code4, what4] = co_await failure({"cat"}, {.cwd = "/no/such/folder"});
    CHECK(code4 == std::errc::no_such_file_or_directory);
    CHECK(what4.find("'/no/such/folder'") != std::string::npos);
    auto [code5, what5] = co_await failure({"true"}, {.cwd = std::string("/\0no", 4)});
    CHECK(code5 == std::errc::invalid_argument);
    bool refused = false;
    try {
      co_await create_subprocess_exec({});
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  }());
}

TEST_CASE("directory and environment are as asked") {
  ::setenv("CAPRICORN_TEST_VARIABLE", "ours", 1);
  run([]() -> Task<> {
    CHECK(co_await output_of("pwd", {.cwd = "/"}) == "/\n");
    const std::string echo = "echo \"[$CAPRICORN_TEST_VARIABLE$OTHER]\"";
    CHECK(co_await output_of(echo) == "[ours]\n");
    std::map<std::string, std::string> env{{"OTHER", "its"}, {"PATH", "/usr/bin:/bin"}};
    CHECK(co_await output_of(echo, {.env = env}) == "[its]\n");
  }());
}

TEST_CASE("a process has no descriptor of ours, and its signals are as by default") {
  // On purpose without O_CLOEXEC.
  const int leaky = ::open("/dev/null", O_RDONLY);
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  run([]() -> Task<> {
#if defined(__linux__)
    const std::string status = co_await output_of("cat /proc/self/status");
    CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
    // 32 and 33 are glibc's own.
    const std::size_t ignored = status.find("SigIgn:\t");
    REQUIRE(ignored != std::string::npos);
    CHECK((std::stoull(status.substr(ignored + 8, 16), nullptr, 16) & ~0x180000000ULL) == 0);
    // Its standard streams, and the directory that is being listed.
    CHECK(co_await output_of("ls /proc/self/fd") == "0\n1\n2\n3\n");
#endif
  }());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  ::close(leaky);
}

TEST_CASE("a process that does not read its input is no error, and raises no SIGPIPE") {
  run([]() -> Task<> {
    Process deaf = co_await create_subprocess_exec({"true"}, {.input = PIPE, .output = PIPE});
    auto [output, error] = co_await deaf.communicate(std::string(1000000, 'x'));
    CHECK(output.empty());
    CHECK(co_await deaf.wait() == 0);
  }());
}

TEST_CASE("a handle that is dropped kills its process and leaves no zombie") {
  int pid = 0;
  run([](int& dropped) -> Task<> {
    {
      Process sleeper = co_await create_subprocess_exec({"sleep", "100"}, {.input = PIPE});
      dropped = sleeper.pid();
    }
    CHECK(gone(dropped));
    Process left = co_await create_subprocess_exec({"sleep", "100"});
    dropped = left.pid();
    co_await sleep(0s);
  }(pid));
  CHECK(gone(pid));
}

TEST_CASE("many processes at once") {
  run([]() -> Task<> {
    std::vector<Task<std::string>> all;
    for (int i = 0; i < 30; ++i) all.push_back(output_of("echo " + std::to_string(i)));
    const std::vector<std::string> outputs = co_await gather(std::move(all));
    for (int i = 0; i < 30; ++i) {
      CHECK(outputs[static_cast<std::size_t>(i)] == std::to_string(i) + "\n");
    }
  }());
}

TEST_CASE("a descriptor of the caller's stays open") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  run([](int fd) -> Task<> {
    Process process =
        co_await create_subprocess_shell("echo x; echo y >&2", {.output = fd, .error = STDOUT});
    CHECK(co_await process.wait() == 0);
  }(ends[1]));
  CHECK(::write(ends[1], "z", 1) == 1);
  char bytes[8] = {};
  CHECK(::read(ends[0], bytes, sizeof bytes) == 5);
  CHECK(std::string(bytes, 5) == "x\ny\nz");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("without a pidfd a thread waits") {
  const auto child = [](int code) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      if (code < 0) ::pause();
      ::_exit(code);
    }
    return pid;
  };
  Loop loop;
  {
    ChildWatcher watcher(loop, child(5), [&] { loop.stop(); }, ChildWatcher::Method::kThread);
    loop.run_forever();
    CHECK(watcher.returncode() == 5);
    CHECK_FALSE(watcher.send(SIGTERM));
  }
  const pid_t pid = child(-1);
  {
    ChildWatcher watcher(loop, pid, [] {}, ChildWatcher::Method::kThread);
    CHECK(watcher.send(0));
  }
  CHECK(gone(pid));
}

TEST_CASE("a descriptor that is none is refused, and not left as ours") {
  run([]() -> Task<> {
    for (const int fd : {-1, -7}) {
      CHECK_THROWS_AS(co_await create_subprocess_exec({"true"}, {.output = fd}), std::system_error);
    }
  }());
}

TEST_CASE("a process that was killed before communicate gives what it had written") {
  run([]() -> Task<> {
    Process process = co_await create_subprocess_shell(
        "echo out; echo error >&2; exec sleep 60", {.input = PIPE, .output = PIPE, .error = PIPE});
    CHECK(co_await process.error().readline() == "error\n");
    process.kill();
    auto [output, error] = co_await process.communicate(std::string(1'000'000, 'x'));
    CHECK(output == "out\n");
    CHECK(error.empty());
    CHECK(process.returncode() == -SIGKILL);
    CHECK_THROWS_AS(process.kill(), std::system_error);
  }());
}

TEST_CASE("a communicate that was cancelled may be called again, with what was not read") {
  run([]() -> Task<> {
    Process process = co_await create_subprocess_shell("cat; echo end; sleep 0.2; echo late",
                                                       {.input = PIPE, .output = PIPE});
    CHECK_THROWS_AS(co_await wait_for(process.communicate("all of it\n"), 50ms), TimeoutError);
    auto [output, error] = co_await process.communicate();
    CHECK(output == "all of it\nend\nlate\n");
    CHECK(co_await process.wait() == 0);
  }());
}
