// SPDX-License-Identifier: MIT
// An application that does not start, end or answer when it should: as the file in the variable
// STUBBORN says when its lifespan begins.
#include <capricorn/capricorn.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::string mode() {
  std::string text;
  if (const char* path = std::getenv("STUBBORN")) std::ifstream(path) >> text;
  return text;
}

void block() {
  const auto end = std::chrono::steady_clock::now() + 1h;
  while (std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1h);
}

AsyncGenerator<> lifespan(App&) {
  const std::string stubborn = mode();
  if (!stubborn.empty()) log(LogLevel::kInfo, "The application is to " + stubborn);
  if (stubborn == "hang") co_await sleep(1h);
  if (stubborn == "block") block();
  co_yield {};
  if (stubborn == "hang_at_end") co_await sleep(1h);
  if (stubborn == "block_at_end") block();
}

App make_app() {
  if (mode() == "throw") throw 7;
  App app({.lifespan = lifespan});
  app.get("/plain", []() -> Task<std::string> { co_return "Hello, World!"; });
  app.get("/block", [] {
    log(LogLevel::kInfo, "A handler blocks its thread");
    block();
    return std::string("never");
  });
  app.get("/freeze", []() -> Task<std::string> {
    log(LogLevel::kInfo, "A handler blocks the loop");
    block();
    co_return "never";
  });
  app.get("/hang", []() -> Task<std::string> {
    log(LogLevel::kInfo, "A handler hangs");
    co_await sleep(1h);
    co_return "never";
  });
  return app;
}

}  // namespace

CAPRICORN_APP(make_app)
