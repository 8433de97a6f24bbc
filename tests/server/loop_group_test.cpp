// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <capricorn/loop/address.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/socket.hpp>
#include <capricorn/server/logging.hpp>
#include <capricorn/server/loop_group.hpp>
#include <no_threads.hpp>
#include <temporary_folder.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

using namespace capricorn;

namespace {

struct Nothing final : Application {
  Task<> operator()(Scope&, Receive&, Send&) override { co_return; }
};

/// Its handler interrupts the loop, with itself and others under way.
struct Interrupting final : Application {
  Task<> operator()(Scope&, Receive&, Send&) override {
    get_running_loop().call_soon([] { throw KeyboardInterrupt(); });
    co_await sleep(std::chrono::hours(1));
  }
};

/// Asks for something as soon as there is a server.
void ask(const std::string& path) {
  const SocketAddress address = SocketAddress::of_path(path);
  for (int i = 0; i < 1000; ++i) {
    const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.fd(), address.data(), address.size()) == 0) {
      constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
      static_cast<void>(!::send(socket.fd(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL));
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

// 1. A callback of the application's threw KeyboardInterrupt while a request was under way.
// 2. It left the loop, and the server went before the loop's tasks, which still used it.
// 3. With --loops it ended the process, or waited for ever for the other loops.
TEST_CASE("an application that interrupts its loop ends the server in good order") {
  test::TemporaryFolder folder;
  Config config;
  config.uds = folder / "socket";
  config.lifespan = "off";
  config.watchdog_timeout = {};
  config.log_file = folder / "log";
  ServerParent nobody;
  const ApplicationFactory factory = [] {
    return LoadedApplication(new Interrupting, [](Application* app) { delete app; });
  };
  for (const int loops : {1, 2}) {
    config.loops = loops;
    const std::jthread client([&] { ask(config.uds); });
    if (loops == 1)
      CHECK_THROWS_AS(serve_on_loops(factory, config, nobody), KeyboardInterrupt);
    else
      CHECK(serve_on_loops(factory, config, nobody) == 3);
  }
  flush_logs();
  Config usual;
  usual.access_log = false;
  configure_logging(usual);
  set_log_sink(nullptr);
}

#ifdef CAPRICORN_TEST_NO_THREADS
// 1. A loop's thread served already, and the next one could not be started.
// 2. The first was waited for, but nobody had told it to stop.
// 3. The process stood there for ever.
TEST_CASE("where one of several loops gets no thread, none serves on") {
  test::TemporaryFolder folder;
  Config config;
  config.host = "127.0.0.1";
  config.port = 0;
  config.loops = 4;
  config.lifespan = "off";
  config.watchdog_timeout = {};
  config.log_file = folder / "log";
  ServerParent nobody;
  {
    const test::FewThreads log_and_one_loop(2);
    CHECK(serve_on_loops(
              [] { return LoadedApplication(new Nothing, [](Application* app) { delete app; }); },
              config, nobody) == 3);
  }
  flush_logs();
  std::ifstream file(config.log_file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text.contains("Cannot serve: Resource temporarily unavailable\n"));
  Config usual;
  usual.access_log = false;
  configure_logging(usual);
  set_log_sink(nullptr);
}
#endif
