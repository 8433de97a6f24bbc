// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/log.hpp>
#include <capricorn/server/logging.hpp>
#include <capricorn/server/loop_group.hpp>
#include <no_threads.hpp>
#include <temporary_folder.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace capricorn;

namespace {

struct Nothing final : Application {
  Task<> operator()(Scope&, Receive&, Send&) override { co_return; }
};

}  // namespace

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
