// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace capricorn {
namespace {

// Each of these stores a value and returns "", or returns what was expected.
using Apply = std::string (*)(Config& config, std::string_view value);

template <auto Field>
std::string text(Config& config, std::string_view value) {
  std::invoke(Field, config) = std::string(value);
  return {};
}

template <auto Field, long long Min, long long Max>
std::string integer(Config& config, std::string_view value) {
  long long number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (value.empty() || error != std::errc{} || stop != end || number < Min || number > Max) {
    return "a whole number from " + std::to_string(Min) + " to " + std::to_string(Max);
  }
  auto& field = std::invoke(Field, config);
  field = static_cast<std::remove_reference_t<decltype(field)>>(number);
  return {};
}

/// A number of units: "10", "1.5s", "500ms", "2m". The first unit goes without saying.
struct Unit {
  std::string_view name;
  double factor;
};

template <std::size_t N>
std::optional<double> measure(std::string_view value, const Unit (&units)[N]) {
  double number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (value.empty() || error != std::errc{}) return std::nullopt;
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  if (name.empty()) return number * units[0].factor;
  for (const Unit& unit : units) {
    if (unit.name == name) return number * unit.factor;
  }
  return std::nullopt;
}

constexpr Unit kTimeUnits[] = {{"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
constexpr Unit kSizeUnits[] = {{"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};

/// A phase without any time would refuse everybody: 100 ms at least, or 0 where that means none.
template <auto Field, long long Min = 0>
std::string seconds(Config& config, std::string_view value) {
  constexpr double kMax = 86400000;
  const std::optional<double> milliseconds = measure(value, kTimeUnits);
  if (!milliseconds || !(*milliseconds >= Min && *milliseconds <= kMax)) {
    return std::string("seconds from ") + (Min == 0 ? "0" : "0.1") +
           " to 86400, or a time as 500ms";
  }
  std::invoke(Field, config) =
      std::chrono::milliseconds(static_cast<long long>(*milliseconds + 0.5));
  return {};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <auto Field>
std::string yes_or_no(Config& config, std::string_view value) {
  const std::string lower = lower_case(value);
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, std::string_view(lower)) != words.end();
  };
  if (is({"true", "1", "yes", "on"}))
    std::invoke(Field, config) = true;
  else if (is({"false", "0", "no", "off"}))
    std::invoke(Field, config) = false;
  else
    return "true or false";
  return {};
}

constexpr std::array<std::string_view, 6> kLevels{"critical", "error", "warning",
                                                  "info",     "debug", "trace"};
constexpr std::array<std::string_view, 3> kLifespans{"auto", "on", "off"};
// uvicorn's names mean the best there is.
#if defined(__linux__)
constexpr std::array<std::string_view, 5> kLoops{"auto", "asyncio", "uvloop", "epoll", "poll"};
#else
constexpr std::array<std::string_view, 5> kLoops{"auto", "asyncio", "uvloop", "kqueue", "poll"};
#endif
constexpr std::array<std::string_view, 3> kHttps{"auto", "h11", "httptools"};
constexpr std::array<std::string_view, 5> kWss{"auto", "none", "websockets", "websockets-sansio",
                                               "wsproto"};
constexpr std::array<std::string_view, 2> kInterfaces{"auto", "asgi3"};

template <auto Field, const auto& Choices>
std::string choice(Config& config, std::string_view value) {
  std::string lower = lower_case(value);
  if (std::ranges::find(Choices, std::string_view(lower)) != Choices.end()) {
    std::invoke(Field, config) = std::move(lower);
    return {};
  }
  std::string expected = "one of ";
  for (std::string_view name : Choices) {
    if (name != Choices.front()) expected += ", ";
    expected += name;
  }
  return expected;
}

template <std::size_t Limits::* Limit, long long Min, long long Max>
std::string limit(Config& config, std::string_view value) {
  constexpr auto kField = [](Config& c) -> std::size_t& { return c.limits.*Limit; };
  return integer<kField, Min, Max>(config, value);
}

template <std::size_t Limits::* Limit, long long Min, long long Max>
std::string bytes(Config& config, std::string_view value) {
  const std::optional<double> size = measure(value, kSizeUnits);
  if (!size || !(*size >= Min && *size <= Max) || *size != std::floor(*size)) {
    return "bytes from " + std::to_string(Min) + " to " + std::to_string(Max) +
           ", or a size as 64KiB";
  }
  config.limits.*Limit = static_cast<std::size_t>(*size);
  return {};
}

/// One option. A flag (`value` is empty) has its `--no-` form too.
struct Option {
  std::string_view name;
  std::string_view value;
  std::string_view help;
  Apply apply;
};

constexpr long long kMegabyte = 1048576;
constexpr long long kGigabyte = 1024 * kMegabyte;
constexpr long long kIntMax = std::numeric_limits<int>::max();
using C = Config;
using L = Limits;

constexpr Option kOptions[] = {
    {"host", "ADDRESS", "Listen on this address or name; IPv4 or IPv6. [127.0.0.1]",
     text<&C::host>},
    {"port", "NUMBER", "Listen on this port, 0 to 65535; 0 takes a free one. [8000]",
     integer<&C::port, 0, 65535>},
    {"uds", "PATH", "Listen on this Unix socket instead of a port.", text<&C::uds>},
    {"fd", "NUMBER", "Listen on this inherited socket instead of a port; 0 or more.",
     integer<&C::fd, 0, kIntMax>},
    {"backlog", "NUMBER", "Connections that may wait to be accepted, 1 to 65535. [2048]",
     integer<&C::backlog, 1, 65535>},
    {"worker-threads", "NUMBER", "Threads for handlers that are no coroutines, 1 to 1024. [40]",
     integer<&C::worker_threads, 1, 1024>},
    {"lifespan", "auto|on|off", "Tell the application of start and stop. [auto]",
     choice<&C::lifespan, kLifespans>},
    {"root-path", "PATH", "The prefix that a proxy in front takes off the path.",
     text<&C::root_path>},
    {"log-level", "LEVEL", "critical, error, warning, info, debug or trace. [info]",
     choice<&C::log_level, kLevels>},
    {"access-log", "", "One line on standard output for each request. [on]",
     yes_or_no<&C::access_log>},
    {"use-colors", "", "Colours in the log. [where it is a terminal]", yes_or_no<&C::use_colors>},
    {"server-header", "", "Send `server:` with each answer. [on]", yes_or_no<&C::server_header>},
    {"date-header", "", "Send `date:` with each answer. [on]", yes_or_no<&C::date_header>},
    {"limit-concurrency", "NUMBER", "Requests under way at most, others get 503; 0: no limit. [0]",
     integer<&C::limit_concurrency, 0, kIntMax>},
    {"limit-max-requests", "NUMBER", "Stop gracefully after so many requests; 0: never. [0]",
     integer<&C::limit_max_requests, 0, std::numeric_limits<long long>::max()>},
    {"limit-request-line", "BYTES", "Longest request line, 64 bytes to 1 MiB. [8192]",
     bytes<&L::request_line, 64, kMegabyte>},
    {"limit-head-bytes", "BYTES", "Largest request head, 256 bytes to 1 MiB. [16384]",
     bytes<&L::head_bytes, 256, kMegabyte>},
    {"h11-max-incomplete-event-size", "BYTES", "uvicorn's name for --limit-head-bytes.",
     bytes<&L::head_bytes, 256, kMegabyte>},
    {"limit-head-fields", "NUMBER",
     "Header fields, or trailer fields, in a request, 1 to 10000. [100]",
     limit<&L::head_fields, 1, 10000>},
    {"limit-body-bytes", "BYTES", "Largest request body, 0 bytes to 1 TiB. [1048576]",
     bytes<&L::body_bytes, 0, 1024 * kGigabyte>},
    {"limit-trailer-bytes", "BYTES", "Trailers of a request, 0 bytes to 1 MiB. [8192]",
     bytes<&L::trailer_bytes, 0, kMegabyte>},
    {"limit-chunk-extension-bytes", "BYTES",
     "Chunk extensions of a request in all, 0 bytes to 1 MiB. [16384]",
     bytes<&L::chunk_extension_bytes, 0, kMegabyte>},
    {"timeout-keep-alive", "SECONDS", "Close a connection idle for so long between requests. [5]",
     seconds<&C::timeout_keep_alive>},
    {"timeout-headers", "SECONDS", "The first byte, and a request's head, are there within. [10]",
     seconds<&C::timeout_headers, 100>},
    {"timeout-body-idle", "SECONDS", "Longest pause within a request's body. [15]",
     seconds<&C::timeout_body_idle, 100>},
    {"timeout-body", "SECONDS", "A request's body is complete within, plus 1 s per 64 KiB. [30]",
     seconds<&C::timeout_body, 100>},
    {"timeout-handler", "SECONDS",
     "A handler that has its request begins its answer within, or 504; 0: no limit. [0]",
     seconds<&C::timeout_handler>},
    {"timeout-unread-response", "SECONDS",
     "Close where the client reads next to nothing of an answer for so long. [30]",
     seconds<&C::timeout_unread_response, 100>},
    {"timeout-lingering", "SECONDS", "Read on after the last answer for so long at most. [2]",
     seconds<&C::timeout_lingering>},
    {"timeout-graceful-shutdown", "SECONDS", "Requests under way may finish within. [30]",
     seconds<&C::timeout_graceful_shutdown>},
    {"watchdog-timeout", "SECONDS",
     "Tell what blocks the event loop for so long, and its tasks at SIGQUIT; 0: off. [1]",
     seconds<&C::watchdog_timeout>},
    {"loop", "auto|epoll|kqueue|poll",
     "What the loop asks for events; uvicorn's names mean auto. [auto]", choice<&C::loop, kLoops>},
    {"http", "auto|h11|httptools", "Taken as uvicorn's; all mean our own. [auto]",
     choice<&C::http, kHttps>},
    {"ws", "IMPLEMENTATION", "none: no WebSockets; uvicorn's other names mean our own. [auto]",
     choice<&C::ws, kWss>},
    {"ws-max-size", "BYTES", "Largest WebSocket message, 1 byte to 1 TiB. [16777216]",
     integer<&C::ws_max_size, 1, 1024 * kGigabyte>},
    {"ws-max-queue", "NUMBER", "Messages received before reading pauses, 1 to 65536. [32]",
     integer<&C::ws_max_queue, 1, 65536>},
    {"ws-ping-interval", "SECONDS", "Ping each WebSocket so often; 0: never. [20]",
     seconds<&C::ws_ping_interval>},
    {"ws-ping-timeout", "SECONDS", "Close one that does not answer a ping within; 0: never. [20]",
     seconds<&C::ws_ping_timeout>},
    {"ws-per-message-deflate", "true|false", "Compress WebSocket messages where agreed on. [true]",
     yes_or_no<&C::ws_per_message_deflate>},
    {"ws-close-timeout", "SECONDS", "Wait so long for the answer to a WebSocket's close. [10]",
     seconds<&C::ws_close_timeout>},
    {"interface", "auto|asgi3", "Taken as uvicorn's; both mean our own. [auto]",
     choice<&C::interface, kInterfaces>},
};

std::string help_text() {
  std::string text =
      "Usage: capricorn [OPTIONS] APP\n"
      "       capricorn healthcheck --url URL\n\n"
      "Serves APP, a shared object `path.so[:name]`.\n"
      "BYTES may end in KiB, MiB or GiB, SECONDS in ms, s, m or h.\n"
      "Each option is read from the environment too: --port as CAPRICORN_PORT, UVICORN_PORT.\n\n"
      "Options:\n";
  const auto line = [&text](std::string left, std::string_view right) {
    left.insert(0, "  ");
    left.append(left.size() < 42 ? 42 - left.size() : 1, ' ');
    text.append(left).append(right) += '\n';
  };
  for (const Option& option : kOptions) {
    const std::string name(option.name);
    line(option.value.empty() ? "--" + name + " / --no-" + name
                              : "--" + name + " " + std::string(option.value),
         option.help);
  }
  line("--version", "Print the version and exit.");
  line("--help", "Print this and exit.");
  return text;
}

ExitWith refuse(const std::string& sentence) {
  return {1, "Error: " + sentence + "\nTry 'capricorn --help' for help.\n"};
}

/// A variable that is set and not empty, and its name.
struct Variable {
  std::string name;
  const char* value = nullptr;
};

Variable from_environment(std::string_view option) {
  std::string upper(option);
  for (char& c : upper) {
    c = c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  std::vector<std::string> names{"CAPRICORN_" + upper, "UVICORN_" + upper};
  if (option == "port") names.emplace_back("PORT");
  for (std::string& name : names) {
    const char* value = std::getenv(name.c_str());
    if (value && *value) return {std::move(name), value};
  }
  return {};
}

/// What stood on the command line, in the order of kOptions.
struct Given {
  CLI::App parser;
  std::vector<CLI::Option*> options;
  CLI::Option* app = nullptr;
  CLI::Option* version = nullptr;
  CLI::Option* help = nullptr;
};

void declare(Given& given) {
  given.parser.set_help_flag();
  given.parser.allow_extras();
  for (const Option& option : kOptions) {
    const std::string name(option.name);
    CLI::Option* declared = nullptr;
    if (option.value.empty()) {
      declared = given.parser.add_flag("--" + name + ",!--no-" + name);
    } else {
      declared = given.parser.add_option("--" + name)->expected(1);
      declared->type_name(std::string(option.value));
    }
    declared->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    given.options.push_back(declared);
  }
  given.app = given.parser.add_option("APP")->expected(1);
  given.version = given.parser.add_flag("--version");
  given.help = given.parser.add_flag("--help,-h");
}

/// "" or the sentence that refuses the first bad value.
std::string apply_options(const Given& given, Config& config) {
  for (std::size_t i = 0; i < std::size(kOptions); ++i) {
    const Option& option = kOptions[i];
    Variable source;
    std::string value;
    if (given.options[i]->count() > 0) {
      source.name = "--" + std::string(option.name);
      value = given.options[i]->results().back();
    } else {
      source = from_environment(option.name);
      if (!source.value) continue;
      value = source.value;
    }
    const std::string expected = option.apply(config, value);
    if (!expected.empty()) {
      return "Invalid value for " + source.name + ": expected " + expected + ", got '" + value +
             "'.";
    }
  }
  if (given.app->count() > 0)
    config.app = given.app->results().back();
  else if (const Variable app = from_environment("app"); app.value)
    config.app = app.value;
  if (config.app.empty()) return "Missing argument APP: expected path.so[:name].";
  if (!config.uds.empty() && config.fd >= 0) return "--uds and --fd exclude each other.";
  return {};
}

}  // namespace

std::variant<Config, ExitWith> parse_command_line(int argc, const char* const* argv) {
  Given given;
  declare(given);
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::ranges::reverse(arguments);  // as CLI11 takes a vector
  try {
    given.parser.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return refuse(std::string(error.what()) + ".");
  }
  if (given.help->count() > 0) return ExitWith{0, help_text()};
  if (given.version->count() > 0) return ExitWith{0, "capricorn 0.1.0\n"};
  if (const auto extra = given.parser.remaining(); !extra.empty()) {
    const bool option = extra.front().starts_with('-');
    return refuse((option ? "No such option: " : "Unexpected argument after APP: ") +
                  extra.front() + ".");
  }
  Config config;
  if (const std::string sentence = apply_options(given, config); !sentence.empty()) {
    return refuse(sentence);
  }
  return config;
}

}  // namespace capricorn
