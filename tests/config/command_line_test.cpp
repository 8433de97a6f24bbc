// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/config/command_line.hpp>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

std::variant<Config, ExitWith> parse(std::initializer_list<const char*> arguments) {
  std::vector<const char*> argv{"capricorn"};
  argv.insert(argv.end(), arguments);
  return parse_command_line(static_cast<int>(argv.size()), argv.data(),
                            {.version = "Running capricorn 1.2.3"});
}

Config config_of(std::initializer_list<const char*> arguments) {
  auto parsed = parse(arguments);
  REQUIRE(std::holds_alternative<Config>(parsed));
  return std::get<Config>(parsed);
}

ExitWith exit_of(std::initializer_list<const char*> arguments) {
  auto parsed = parse(arguments);
  REQUIRE(std::holds_alternative<ExitWith>(parsed));
  return std::get<ExitWith>(parsed);
}

bool contains(const std::string& text, const char* part) { return text.find(part) != text.npos; }

struct Environment {
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }
  const char* name_;
};

}  // namespace

TEST_CASE("without options the defaults stand") {
  const Config config = config_of({"demo.so"});
  CHECK(config.app == "demo.so");
  CHECK(config.host == "127.0.0.1");
  CHECK(config.port == 8000);
  CHECK(config.access_log);
  CHECK_FALSE(config.use_colors.has_value());
}

TEST_CASE("uvicorn's command line is understood") {
  const Config config = config_of({"demo.so:app", "--host", "0.0.0.0", "--port=9000",
                                   "--no-access-log", "--loop", "uvloop", "--log-level", "WARNING",
                                   "--use-colors", "--timeout-keep-alive", "0.5"});
  CHECK(config.app == "demo.so:app");
  CHECK(config.host == "0.0.0.0");
  CHECK(config.port == 9000);
  CHECK_FALSE(config.access_log);
  CHECK(config.log_level == "warning");
  CHECK(config.use_colors == true);
  CHECK(config.timeout_keep_alive == std::chrono::milliseconds(500));
}

TEST_CASE("the watchdog's time is a second, and 0 turns it off") {
  CHECK(config_of({"demo.so"}).watchdog_timeout == std::chrono::seconds(1));
  CHECK(config_of({"demo.so", "--watchdog-timeout", "0.25"}).watchdog_timeout ==
        std::chrono::milliseconds(250));
  CHECK(config_of({"demo.so", "--watchdog-timeout", "0"}).watchdog_timeout.count() == 0);
}

TEST_CASE("--loop takes uvicorn's names and this system's selectors") {
  CHECK(config_of({"demo.so"}).loop == "auto");
  CHECK(config_of({"demo.so", "--loop", "poll"}).loop == "poll");
  CHECK(config_of({"demo.so", "--loop", "asyncio"}).loop == "asyncio");
  CHECK(contains(exit_of({"demo.so", "--loop", "wepoll"}).text,
                 "one of auto, none, asyncio, uvloop, "));
}

TEST_CASE("the last of an option given twice counts") {
  CHECK(config_of({"demo.so", "--port", "1", "--port", "2"}).port == 2);
  CHECK(config_of({"demo.so", "--no-access-log", "--access-log"}).access_log);
}

TEST_CASE("an empty value behind = is that, and takes no word of the line") {
  const Config config =
      config_of({"--root-path=", "--host=", "demo.so", "--port", "9000", "--forwarded-allow-ips="});
  CHECK(config.app == "demo.so");
  CHECK(config.root_path == "");
  CHECK(config.host == "");
  CHECK(config.port == 9000);
  CHECK(config.forwarded_allow_ips.empty());
  CHECK(contains(exit_of({"demo.so", "--port=", "9000"}).text,
                 "Invalid value for --port: expected a whole number from 0 to 65535, got ''."));
  CHECK(contains(exit_of({"--prot=", "demo.so"}).text, "No such option: --prot."));
}

TEST_CASE("the command line goes before the environment, ours before uvicorn's and PORT") {
  const Environment general("PORT", "1000");
  CHECK(config_of({"demo.so"}).port == 1000);
  const Environment theirs("UVICORN_PORT", "2000");
  CHECK(config_of({"demo.so"}).port == 2000);
  const Environment ours("CAPRICORN_PORT", "3000");
  CHECK(config_of({"demo.so"}).port == 3000);
  CHECK(config_of({"demo.so", "--port", "4000"}).port == 4000);
}

TEST_CASE("a port of the command line goes before what others bind instead of one") {
  const Environment bind("CAPRICORN_BIND", "0.0.0.0:1");
  const Environment uds("CAPRICORN_UDS", "/run/x");
  CHECK(config_of({"demo.so"}).bind == std::vector<std::string>{"0.0.0.0:1"});
  for (const auto& arguments : {std::initializer_list<const char*>{"demo.so", "--port", "2"},
                                {"demo.so", "--host", "::1"}}) {
    const Config config = config_of(arguments);
    CHECK(config.bind.empty());
    CHECK(config.uds.empty());
  }
  const Config both = config_of({"demo.so", "--port", "2", "--bind", ":3"});
  CHECK(both.bind == std::vector<std::string>{":3"});
  CHECK(both.uds == "/run/x");
  const Environment port("PORT", "4");
  CHECK_FALSE(config_of({"demo.so"}).bind.empty());
}

TEST_CASE("a bad value is one sentence with the option, what was expected and what came") {
  const ExitWith exit = exit_of({"demo.so", "--port", "70000"});
  CHECK(exit.code == 1);
  CHECK(contains(exit.text, "--port"));
  CHECK(contains(exit.text, "from 0 to 65535"));
  CHECK(contains(exit.text, "'70000'"));
  CHECK(contains(exit_of({"demo.so", "--lifespan", "maybe"}).text, "one of auto, on, off"));
  CHECK(contains(exit_of({"demo.so", "--port", "80x"}).text, "'80x'"));
  const Environment bad("CAPRICORN_BACKLOG", "many");
  CHECK(contains(exit_of({"demo.so"}).text, "CAPRICORN_BACKLOG"));
}

TEST_CASE("an unknown option, a missing value and a missing application exit with 1") {
  CHECK(exit_of({"demo.so", "--bogus"}).code == 1);
  CHECK(contains(exit_of({"demo.so", "--bogus"}).text, "--bogus"));
  CHECK(exit_of({"demo.so", "--port"}).code == 1);
  CHECK(contains(exit_of({"demo.so", "--port"}).text, "--port"));
  CHECK(contains(exit_of({}).text, "APP"));
}

TEST_CASE("help and version exit with 0") {
  CHECK(exit_of({"--version"}).text == "Running capricorn 1.2.3\n");
  const ExitWith help = exit_of({"--help"});
  CHECK(help.code == 0);
  CHECK(contains(help.text, "--timeout-graceful-shutdown SECONDS"));
  CHECK(contains(help.text, "--access-log / --no-access-log"));
}

TEST_CASE("sizes and times may have units") {
  const Config config = config_of(
      {"a.so", "--limit-body-bytes", "4MiB", "--limit-head-bytes=0.5KiB", "--limit-request-line",
       "100B", "--timeout-headers", "1500ms", "--timeout-body=2m", "--timeout-handler", "5s"});
  CHECK(config.limits.body_bytes == 4 << 20);
  CHECK(config.limits.head_bytes == 512);
  CHECK(config.limits.request_line == 100);
  CHECK(config.timeout_headers == std::chrono::milliseconds(1500));
  CHECK(config.timeout_body == std::chrono::minutes(2));
  CHECK(config.timeout_handler == std::chrono::seconds(5));
  CHECK(config_of({"a.so", "--h11-max-incomplete-event-size", "4096"}).limits.head_bytes == 4096);
}

TEST_CASE("a size or time that cannot be is refused with what may be") {
  CHECK(
      exit_of({"a.so", "--limit-head-bytes", "10"}).text ==
      "Error: Invalid value for --limit-head-bytes: expected bytes from 256 to 1048576, or a size "
      "as 64KiB, got '10'.\nTry 'capricorn --help' for help.\n");
  for (const char* size : {"", "KiB", "1kb", "1.5B", "-1", "0x10", "nan", "1e99", "2MiB"}) {
    CAPTURE(size);
    CHECK(exit_of({"a.so", "--limit-head-bytes", size}).code == 1);
  }
  CHECK(exit_of({"a.so", "--timeout-headers", "0"}).text ==
        "Error: Invalid value for --timeout-headers: expected seconds from 0.1 to 86400, or a time "
        "as 500ms, got '0'.\nTry 'capricorn --help' for help.\n");
  for (const char* time : {"1d", "ms", "-1s", "1 s", "25h", "inf", "99ms"}) {
    CAPTURE(time);
    CHECK(exit_of({"a.so", "--timeout-body-idle", time}).code == 1);
  }
}

TEST_CASE("the options of WebSockets are uvicorn's") {
  const Config defaults = config_of({"a.so"});
  CHECK(defaults.ws_max_size == 16777216);
  CHECK(defaults.ws_max_queue == 32);
  CHECK(defaults.ws_ping_interval == std::chrono::seconds(20));
  CHECK(defaults.ws_ping_timeout == std::chrono::seconds(20));
  CHECK(defaults.ws_per_message_deflate);
  const Environment queue("UVICORN_WS_MAX_QUEUE", "7");
  const Config config =
      config_of({"a.so", "--ws", "none", "--ws-max-size", "1000", "--ws-ping-interval", "2.5",
                 "--ws-ping-timeout", "0", "--ws-per-message-deflate", "false"});
  CHECK(config.ws == "none");
  CHECK(config.ws_max_size == 1000);
  CHECK(config.ws_max_queue == 7);
  CHECK(config.ws_ping_interval == std::chrono::milliseconds(2500));
  CHECK(config.ws_ping_timeout == std::chrono::seconds(0));
  CHECK_FALSE(config.ws_per_message_deflate);
  CHECK(exit_of({"a.so", "--ws-max-size", "0"}).code == 1);
}
