// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../../loop/errors.hpp"
#include "../../loop/open_connection.hpp"
#include "../../loop/run.hpp"
#include "../../loop/ssl_context.hpp"
#include "../../loop/timeout.hpp"
#include "commands.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;

int unhealthy(const std::string& sentence) {
  std::fprintf(stderr, "healthcheck: %s\n", sentence.c_str());
  return 1;
}

struct Url {
  bool tls = false;
  std::string authority;  // as it was written: what Host says
  std::string host;
  int port = 80;
  std::string path = "/";
};

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good && port > 0 && port < 65536 ? std::optional(port) : std::nullopt;
}

/// Nothing for anything but http[s]://host[:port][/path].
std::optional<Url> parse_url(std::string_view text) {
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(url.tls ? 8 : 7);
  if (text.find_first_of("\r\n ") != text.npos) return std::nullopt;
  url.port = url.tls ? 443 : 80;
  const std::size_t slash = text.find('/');
  if (slash != text.npos) url.path = text.substr(slash);
  std::string_view host = text.substr(0, slash);
  url.authority = host;
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == host.npos ? 0 : bracket);
  if (colon != host.npos) {
    const std::optional<int> port = parse_port(host.substr(colon + 1));
    if (!port) return std::nullopt;
    url.port = *port;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  url.host = host;
  return url.host.empty() ? std::nullopt : std::optional(std::move(url));
}

/// What the command line says.
struct Check {
  std::string text;
  std::string uds;
  std::string cacert;
  bool insecure = false;
  double timeout = 5;
};

std::optional<SSLContext> context_of(const Check& check, const Url& url) {
  if (!url.tls) return std::nullopt;
  SSLContext context = create_default_context(Purpose::SERVER_AUTH, {.cafile = check.cacert});
  if (check.insecure) {
    context.set_check_hostname(false);
    context.set_verify_mode(CERT_NONE);
  }
  return context;
}

/// Check and URL are the awaiting frame's, here and below.
Task<Stream> connect(const Check& check, const Url& url) {
  StreamOptions options;
  options.ssl = context_of(check, url);
  if (options.ssl) options.ssl_shutdown_timeout = 1ms;  // what is to be known is known by then
  if (check.uds.empty()) co_return co_await open_connection(url.host, url.port, std::move(options));
  if (options.ssl) options.server_hostname = url.host;
  co_return co_await open_unix_connection(check.uds, std::move(options));
}

constexpr std::size_t kStatus = 12;        // "HTTP/1.1 200"
constexpr std::size_t kMostHints = 65536;  // of heads before the answer's

/// Without the heads of interim answers (1xx) that it begins with.
std::string_view behind_hints(std::string_view answer) {
  while (answer.size() > kStatus && answer.starts_with("HTTP/1.") && answer[9] == '1') {
    const std::size_t end = answer.find("\r\n\r\n");
    if (end == answer.npos) return {};
    answer.remove_prefix(end + 4);
  }
  return answer;
}

/// The status line's first bytes: "HTTP/1.1 200", or less where nothing came.
Task<std::string> ask(const Check& check, const Url& url) {
  Stream stream = co_await connect(check, url);
  stream.write("GET " + url.path + " HTTP/1.1\r\nHost: " + url.authority +
               "\r\nUser-Agent: capricorn-healthcheck\r\nConnection: close\r\n\r\n");
  std::string answer;
  while (behind_hints(answer).size() < kStatus && answer.size() < kMostHints) {
    const std::string piece = co_await stream.read(256);
    if (piece.empty()) break;
    answer += piece;
  }
  co_return std::string(behind_hints(answer).substr(0, kStatus));
}

int judge(const Check& check, const Url& url) {
  const auto patience =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(check.timeout));
  std::string answer;
  try {
    answer = run(timeout(patience, ask(check, url)));
  } catch (const TimeoutError&) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", check.timeout);
    return unhealthy("no HTTP answer from " + check.text + " within " + seconds + " seconds.");
  } catch (const std::exception& error) {
    return unhealthy(check.text + ": " + error.what() + ".");
  }
  if (answer.size() < kStatus || !answer.starts_with("HTTP/1.")) {
    return unhealthy(check.text + " did not answer in HTTP.");
  }
  if (answer[9] == '2' || answer[9] == '3') return 0;
  return unhealthy("expected a status from 200 to 399, got " + answer.substr(9) + ".");
}

}  // namespace

int healthcheck(int argc, char** argv) {
  Check check;
  CLI::App parser("Exits with 0 where a server answers with a status from 200 to 399.",
                  "capricorn healthcheck");
  parser.add_option("--url", check.text, "http[s]://host[:port][/path]")->required();
  parser.add_option("--uds", check.uds, "Connect to this Unix socket instead of the URL's host.");
  parser.add_option("--cacert", check.cacert,
                    "PEM of who may have issued the server's certificate, instead of those that "
                    "the system trusts.");
  parser.add_flag("--insecure", check.insecure, "Take any certificate.");
  parser.add_option("--timeout", check.timeout, "Seconds for all of it; 5.")
      ->check(CLI::Range(0.001, 3600.0));
  try {
    parser.parse(argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    std::fputs(parser.help().c_str(), stdout);
    return 0;
  } catch (const CLI::ParseError& error) {
    return unhealthy(std::string(error.what()) + ". Expected --url http://host:port/path.");
  }
  const std::optional<Url> url = parse_url(check.text);
  if (!url) return unhealthy("expected http[s]://host:port/path, got '" + check.text + "'.");
  return judge(check, *url);
}

}  // namespace capricorn
