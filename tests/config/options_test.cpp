// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/config/command_line.hpp>
#include <capricorn/config/option.hpp>
#include <temporary_folder.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

using Arguments = std::vector<std::string>;

std::variant<Config, ExitWith> parse(const Arguments& arguments) {
  std::vector<const char*> argv{"capricorn"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

Config config_of(const Arguments& arguments) {
  auto parsed = parse(arguments);
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) FAIL(exit->text);
  return std::get<Config>(parsed);
}

std::string refusal_of(const Arguments& arguments) {
  auto parsed = parse(arguments);
  REQUIRE(std::holds_alternative<ExitWith>(parsed));
  CHECK(std::get<ExitWith>(parsed).code == 1);
  return std::get<ExitWith>(parsed).text;
}

struct Environment {
  Environment(std::string name, const std::string& value) : name_(std::move(name)) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Environment() { unsetenv(name_.c_str()); }
  Environment(const Environment&) = delete;
  const std::string name_;
};

/// A TOML file with these lines.
struct File {
  explicit File(const std::string& text) : path(folder.path() + "/app.toml") {
    std::ofstream(path) << text;
  }
  test::TemporaryFolder folder;
  const std::string path;
};

/// Two values of an option, in a form that a file takes without quotes where `bare`; what `show`
/// makes of the first; and one that cannot be.
struct Row {
  const char* name;
  const char* first;
  const char* second;
  const char* shown;
  const char* bad;  // nullptr: any text is good
};

constexpr Row kRows[] = {
    {"app", "a.so", "b.so", "\"a.so\"", nullptr},
    {"app-dir", "/a", "/b", "\"/a\"", nullptr},
    {"env-file", "/a", "/b", "\"/a\"", nullptr},
    {"lifespan", "on", "off", "\"on\"", "maybe"},
    {"root-path", "/a", "/b", "\"/a\"", nullptr},
    {"proxy-headers", "false", "true", "false", "perhaps"},
    {"forwarded-allow-ips", "10.0.0.0/8, ::1", "*", "[\"10.0.0.0/8\", \"::1\"]", "10.0.0.0/33"},
    {"forwarded-headers", "forwarded", "x-forwarded", "\"forwarded\"", "both"},
    {"proxy-protocol", "true", "false", "true", "perhaps"},
    {"header", "X-A: 1, 2", "X-B:", "[\"X-A: 1, 2\"]", "no colon"},
    {"workers", "1", "2", "1", "many"},
    {"loops", "3", "2", "3", "0"},
    {"timeout-worker-healthcheck", "1", "2.5", "1", "-1"},
    {"worker-max-memory", "1", "2", "1", "-1"},
    {"pid-file", "/a", "/b", "\"/a\"", nullptr},
    {"shutdown-delay", "1", "2.5", "1", "-1"},
    {"reload", "true", "false", "true", "perhaps"},
    {"reload-dir", "/a, /b", "/c", "[\"/a\", \"/b\"]", nullptr},
    {"reload-include", "*.txt", "*.md", "[\"*.txt\"]", nullptr},
    {"reload-exclude", "*.txt", "*.md", "[\"*.txt\"]", nullptr},
    {"reload-delay", "1", "2.5", "1", "-1"},
    {"limit-max-requests-jitter", "1", "2", "1", "-1"},
    {"reset-contextvars", "true", "false", "true", "perhaps"},
    {"host", "::1", "::", "\"::1\"", nullptr},
    {"port", "1", "2", "1", "65536"},
    {"bind", ":80", "[::1]:8080", "[\":80\"]", "localhost"},
    {"uds-permissions", "0660", "600", "\"0660\"", "0888"},
    {"uds", "/a", "/b", "\"/a\"", nullptr},
    {"fd", "0", "7", "0", "-2"},
    {"backlog", "1", "2", "1", "0"},
    {"ssl-certfile", "/a", "/b", "\"/a\"", nullptr},
    {"ssl-keyfile", "/a", "/b", "\"/a\"", nullptr},
    {"ssl-keyfile-password", "a", "b", "\"a\"", nullptr},
    {"ssl-min-version", "1.3", "1.2", "\"1.3\"", "1.1"},
    {"ssl-ciphers", "a", "b", "\"a\"", nullptr},
    {"ssl-ca-certs", "/a", "/b", "\"/a\"", nullptr},
    {"ssl-crlfile", "/a", "/b", "\"/a\"", nullptr},
    {"ssl-ocsp-response", "/a", "/b", "\"/a\"", nullptr},
    {"ssl-cert-reqs", "required", "1", "\"required\"", "3"},
    {"ssl-sni", "a=b,c", "*.d=e", "[\"a=b,c\"]", "a="},
    {"worker-threads", "1", "2", "1", "0"},
    {"loop", "poll", "uvloop", "\"poll\"", "wepoll"},
    {"watchdog-timeout", "0.25", "2m", "0.25", "-1"},
    {"log-level", "debug", "TRACE", "\"debug\"", "loud"},
    {"access-log", "false", "true", "false", "perhaps"},
    {"use-colors", "true", "false", "true", "perhaps"},
    {"log-format", "json", "text", "\"json\"", "xml"},
    {"access-log-format", "json", "%(h)s %({x-id}i)s", "\"json\"", "%(y)s"},
    {"log-file", "/a", "/b", "\"/a\"", nullptr},
    {"access-log-file", "/a", "/b", "\"/a\"", nullptr},
    {"admin-port", "0", "9000", "0", "65536"},
    {"admin-host", "::1", "::", "\"::1\"", nullptr},
    {"admin-uds", "/a", "/b", "\"/a\"", nullptr},
    {"metrics", "true", "false", "true", "perhaps"},
    {"livez-max-lag", "2", "1s", "2", "0"},
    {"server-header", "false", "true", "false", "perhaps"},
    {"date-header", "off", "on", "false", "perhaps"},
    {"limit-concurrency", "1", "2", "1", "-1"},
    {"limit-max-requests", "1", "2", "1", "-1"},
    {"limit-request-line", "64", "1KiB", "64", "63"},
    {"limit-head-bytes", "256", "1MiB", "256", "255"},
    {"limit-head-fields", "1", "2", "1", "0"},
    {"limit-body-bytes", "1", "1GiB", "1", "1.5B"},
    {"limit-trailer-bytes", "1", "2", "1", "2MiB"},
    {"limit-chunk-extension-bytes", "1", "2", "1", "2MiB"},
    {"timeout-keep-alive", "1.5s", "0", "1.5", "1d"},
    {"timeout-headers", "1", "2", "1", "0"},
    {"timeout-body-idle", "1", "2", "1", "0"},
    {"timeout-body", "1", "2", "1", "0"},
    {"timeout-handler", "1", "2", "1", "-1"},
    {"timeout-ssl-handshake", "1", "2", "1", "99ms"},
    {"timeout-unread-response", "1", "2", "1", "99ms"},
    {"timeout-lingering", "1", "1h", "1", "25h"},
    {"timeout-graceful-shutdown", "1", "2", "1", "x"},
    {"ws-max-size", "1", "16MiB", "1", "0"},
    {"ws-max-queue", "1", "2", "1", "0"},
    {"ws-ping-interval", "1", "2", "1", "x"},
    {"ws-ping-timeout", "1", "2", "1", "x"},
    {"ws-per-message-deflate", "false", "true", "false", "perhaps"},
    {"ws-close-timeout", "1", "2", "1", "x"},
    {"ws", "none", "wsproto", "\"none\"", "socket.io"},
    {"http", "h11", "httptools", "\"h11\"", "h2"},
    {"ssl-version", "2", "17", "\"2\"", "3"},
    {"interface", "asgi3", "auto", "\"asgi3\"", "wsgi"},
    {"factory", "true", "false", "true", "perhaps"},
};

const Option& option_of(std::string_view name) {
  for (const Option& option : options()) {
    if (option.name == name) return option;
  }
  FAIL("no such option: ", std::string(name));
  return options().front();
}

std::string shown(const Option& option, const Config& config) { return option.type.show(config); }

Arguments flag(const Option& option, const std::string& value) {
  const std::string name(option.name);
  if (name == "app") return {value};
  if (option.type.shape == OptionType::Shape::kFlag) {
    return {value == "true" || value == "on" ? "--" + name : "--no-" + name, "x.so"};
  }
  if (name == "uds" || name == "fd") return {"--" + name + "=" + value, "x.so"};
  return {"--" + name, value, "x.so"};
}

}  // namespace

TEST_CASE("the table of this test has every option") {
  for (const Option& option : options()) {
    CAPTURE(option.name);
    if (option.name == "config" || option.name == "log-config") continue;
    CHECK(std::ranges::count(kRows, option.name,
                             [](const Row& row) { return std::string_view(row.name); }) == 1);
  }
}

TEST_CASE("each option is taken from each source, and each goes before the next") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const Option& option = option_of(row.name);
    std::optional<Environment> certificate;  // without one there is no TLS to be optioned
    if (option.name.starts_with("ssl-") && option.name != "ssl-certfile") {
      certificate.emplace("CAPRICORN_SSL_CERTFILE", "/a");
    }
    const std::string default_value = shown(option, Config{});
    CHECK(default_value != row.shown);
    const Arguments none = std::string_view(row.name) == "app" ? Arguments{} : Arguments{"x.so"};
    const std::string first = row.first;

    const File file(key_of(option.name) + " = \"" + first + "\"\n");
    Arguments from_file = none;
    from_file.insert(from_file.end(), {"--config", file.path});
    CHECK(shown(option, config_of(from_file)) == row.shown);

    const File lower(key_of(option.name) + " = \"" + row.second + "\"\n");
    Arguments above_file = none;
    above_file.insert(above_file.end(), {"--config", lower.path});
    const std::string second = shown(option, config_of(above_file));
    CHECK(second != row.shown);
    for (const char* prefix : {"UVICORN", "CAPRICORN"}) {
      const Environment variable(variable_of(prefix, option.name), first);
      CHECK(shown(option, config_of(above_file)) == row.shown);
    }
    const Environment below(variable_of("UVICORN", option.name), row.second);
    {
      const Environment above(variable_of("CAPRICORN", option.name), first);
      CHECK(shown(option, config_of(none)) == row.shown);
    }
    const Environment overridden(variable_of("CAPRICORN", option.name), row.second);
    CHECK(shown(option, config_of(flag(option, first))) == row.shown);
  }
}

TEST_CASE("a bad value is refused from each source, by name, place and what came") {
  for (const Row& row : kRows) {
    if (!row.bad) continue;
    CAPTURE(row.name);
    const Option& option = option_of(row.name);
    const std::string rest =
        ": expected " + option.type.expected() + ", got '" + std::string(row.bad) + "'.";
    if (option.type.shape != OptionType::Shape::kFlag) {
      const std::string text = refusal_of({"x.so", "--" + std::string(row.name) + "=" + row.bad});
      CHECK(text.find("Invalid value for --" + std::string(row.name) + rest) != text.npos);
    }
    {
      const std::string name = variable_of("CAPRICORN", option.name);
      const Environment variable(name, row.bad);
      const std::string text = refusal_of({"x.so"});
      CHECK(text.find("Invalid value for " + name + rest) != text.npos);
    }
    const File file("\n\n" + key_of(option.name) + " = \"" + row.bad + "\"\n");
    const std::string text = refusal_of({"x.so", "--config", file.path});
    CHECK(text.find("Invalid value for " + key_of(option.name) + " (" + file.path + ":3)" + rest) !=
          text.npos);
  }
}

TEST_CASE("the default that is shown is the default when it is read") {
  for (const Option& option : options()) {
    if (!option.in_file || option.name == "app") continue;
    CAPTURE(option.name);
    const std::string value = shown(option, Config{});
    const File file(key_of(option.name) + " = " + value + "\n");
    CHECK(shown(option, config_of({"x.so", "--config", file.path})) == value);
  }
}

TEST_CASE("a file has numbers, booleans and texts") {
  const File file(
      "app = 'x.so'\nport = 9000\naccess_log = false\ntimeout_keep_alive = 2.5\n"
      "limit_body_bytes = '4MiB'\nuse_colors = true\n");
  const Config config = config_of({"--config", file.path});
  CHECK(config.app == "x.so");
  CHECK(config.port == 9000);
  CHECK_FALSE(config.access_log);
  CHECK(config.timeout_keep_alive == std::chrono::milliseconds(2500));
  CHECK(config.limits.body_bytes == 4 << 20);
  CHECK(config.use_colors == true);
}

TEST_CASE("a list is given part by part, or with commas, and one place has all of it") {
  const std::vector<std::string> two{"127.0.0.1:80", "unix:/a"};
  CHECK(config_of({"x.so", "--bind", two[0], "--bind", two[1]}).bind == two);
  CHECK(config_of({"--bind", two[0] + ", " + two[1], "x.so"}).bind == two);
  const File file("bind = ['127.0.0.1:80', 'unix:/a']\n");
  CHECK(config_of({"x.so", "--config", file.path}).bind == two);
  const Environment variable("UVICORN_BIND", "127.0.0.1:80,unix:/a");
  CHECK(config_of({"x.so"}).bind == two);
  CHECK(config_of({"x.so", "--config", file.path, "--bind", ":1"}).bind ==
        std::vector<std::string>{":1"});
}

TEST_CASE("a header's value may have commas, and several stand on lines of a variable") {
  CHECK(config_of({"x.so", "--header", "A: 1, 2", "--header", "B:"}).headers ==
        std::vector<std::string>{"A: 1, 2", "B:"});
  const Environment variable("CAPRICORN_HEADER", "A: 1, 2\nB: 3");
  CHECK(config_of({"x.so"}).headers == std::vector<std::string>{"A: 1, 2", "B: 3"});
  for (const char* bad :
       {"Content-Length: 1", "transfer-encoding: chunked", ": x", "a b: c", "a: \x01"}) {
    CAPTURE(bad);
    CHECK(refusal_of({"x.so", "--header", bad}).find("expected Name:value") != std::string::npos);
  }
}

TEST_CASE("the variables that platforms set are taken") {
  const Environment port("PORT", "8123");
  const Environment proxies("FORWARDED_ALLOW_IPS", "*");
  CHECK(config_of({"x.so"}).port == 8123);
  CHECK(config_of({"x.so"}).forwarded_allow_ips == std::vector<std::string>{"*"});
}

TEST_CASE("CAPRICORN_CONFIG names a file, and --config goes before it") {
  const File first("port = 1\n");
  const File second("port = 2\n");
  const Environment variable("CAPRICORN_CONFIG", first.path);
  CHECK(config_of({"x.so"}).port == 1);
  CHECK(config_of({"x.so"}).config_file == first.path);
  CHECK(config_of({"x.so", "--config", second.path}).port == 2);
}

TEST_CASE("everything that is wrong is told, not only the first") {
  const File file("prot = 1\nbacklog = 'many'\nhost = ['a', 'b']\nport = {a = 1}\n");
  const Environment variable("CAPRICORN_WS_MAX_QUEUE", "0");
  const std::string text =
      refusal_of({"x.so", "--config", file.path, "--lifespan", "maybe", "--workres", "2"});
  const auto has = [&](const std::string& sentence) {
    CAPTURE(sentence);
    CHECK(text.find("Error: " + sentence + "\n") != text.npos);
  };
  has("No such key: prot (" + file.path + ":1). Did you mean port?");
  has("Invalid value for backlog (" + file.path +
      ":2): expected a whole number from 1 to 65535, got 'many'.");
  has("Invalid value for host (" + file.path + ":3): expected text, got a list.");
  has("Invalid value for port (" + file.path +
      ":4): expected a whole number from 0 to 65535, got a table.");
  has("Invalid value for CAPRICORN_WS_MAX_QUEUE: expected a whole number from 1 to 65536, got "
      "'0'.");
  has("Invalid value for --lifespan: expected one of auto, on, off, got 'maybe'.");
}

TEST_CASE("a null character, which would end a name, is refused") {
  const File file("host = \"a\\u0000b\"\nuds = \"/tmp/\\u0000\"\n");
  const std::string text = refusal_of({"x.so", "--config", file.path});
  for (const std::string& key : {"host (" + file.path + ":1)", "uds (" + file.path + ":2)"}) {
    const std::string sentence =
        "Error: Invalid value for " + key + ": expected text, got a null character.\n";
    CHECK_MESSAGE(text.find(sentence) != text.npos, text);
  }
}

TEST_CASE("what is misspelt is told with what is near, and nothing where nothing is") {
  const auto says = [](const Arguments& arguments, const std::string& sentence) {
    CAPTURE(sentence);
    const std::string text = refusal_of(arguments);
    CHECK_MESSAGE(text.find("Error: " + sentence + "\n") != text.npos, text);
  };
  says({"x.so", "--prot", "80"}, "No such option: --prot. Did you mean --port?");
  says({"x.so", "--log_level=debug"}, "No such option: --log_level. Did you mean --log-level?");
  says({"x.so", "--no-acces-log"}, "No such option: --no-acces-log. Did you mean --no-access-log?");
  says({"x.so", "--frobnicate"}, "No such option: --frobnicate.");
  const Environment variable("CAPRICORN_PROT", "80");
  says({"x.so"}, "No such variable: CAPRICORN_PROT. Did you mean CAPRICORN_PORT?");
}

TEST_CASE("a variable that is nobody's, and those of Kubernetes, are passed over") {
  const Environment other("CAPRICORN_GREETING", "hello");
  const Environment host("CAPRICORN_SERVICE_HOST", "10.0.0.1");
  const Environment port("CAPRICORN_PORT", "tcp://10.0.0.1:80");
  const Environment one("CAPRICORN_PORT_80_TCP_PROTO", "tcp");
  CHECK(config_of({"x.so"}).port == 8000);
}

TEST_CASE("a file that is no TOML, or not there, is told with the place") {
  const File file("port = 1\nhost = = 2\n");
  CHECK(refusal_of({"x.so", "--config", file.path}).find("Cannot read " + file.path + ":2: ") !=
        std::string::npos);
  CHECK(refusal_of({"x.so", "--config", "/nowhere.toml"}) ==
        "Error: Cannot read /nowhere.toml: No such file or directory.\n"
        "Try 'capricorn --help' for help.\n");
}

TEST_CASE("a configuration of Python's logging is refused with what is here instead") {
  CHECK(refusal_of({"x.so", "--log-config", "log.ini"}).find("--log-level") != std::string::npos);
}

TEST_CASE("a program of its own has its defaults and takes no APP") {
  Program program{.name = "shop", .takes_app = false, .defaults = {.port = 9000}};
  const auto run = [&](std::vector<const char*> argv) {
    return parse_command_line(static_cast<int>(argv.size()), argv.data(), program);
  };
  CHECK(std::get<Config>(run({"shop"})).port == 9000);
  CHECK(std::get<Config>(run({"shop", "--port", "1"})).port == 1);
  CHECK(std::get<ExitWith>(run({"shop", "x.so"})).text ==
        "Error: Unexpected argument: x.so.\nTry 'shop --help' for help.\n");
}
