// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "../../http/authority.hpp"
#include "../../http/uri.hpp"
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

/// Nothing for anything but http[s]://host[:port][/path].
std::optional<Uri> parse_url(std::string_view text) {
  try {
    Uri url = Uri::parse(text);
    const bool good = (url.scheme == "http" || url.scheme == "https") && url.port > 0;
    return good ? std::optional(std::move(url)) : std::nullopt;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

/// What the command line says.
struct Check {
  std::string text;
  std::string uds;
  std::string cacert;
  bool insecure = false;
  double timeout = 5;
};

std::optional<SSLContext> context_of(const Check& check, const Uri& url) {
  if (url.scheme != "https") return std::nullopt;
  SSLContext context = create_default_context(Purpose::SERVER_AUTH, {.cafile = check.cacert});
  if (check.insecure) {
    context.set_check_hostname(false);
    context.set_verify_mode(CERT_NONE);
  }
  return context;
}

/// Check and URL are the awaiting frame's, here and below.
Task<Stream> connect(const Check& check, const Uri& url) {
  StreamOptions options;
  options.ssl = context_of(check, url);
  if (options.ssl) options.ssl_shutdown_timeout = 1ms;  // what is to be known is known by then
  const std::string host(without_brackets(url.host));
  if (check.uds.empty()) co_return co_await open_connection(host, url.port, std::move(options));
  if (options.ssl) options.server_hostname = host;
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
Task<std::string> ask(const Check& check, const Uri& url) {
  Stream stream = co_await connect(check, url);
  stream.write("GET " + url.target() + " HTTP/1.1\r\nHost: " + url.authority() +
               "\r\nUser-Agent: capricorn-healthcheck\r\nConnection: close\r\n\r\n");
  std::string answer;
  while (behind_hints(answer).size() < kStatus && answer.size() < kMostHints) {
    const std::string piece = co_await stream.read(256);
    if (piece.empty()) break;
    answer += piece;
  }
  co_return std::string(behind_hints(answer).substr(0, kStatus));
}

int judge(const Check& check, const Uri& url) {
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
  const std::optional<Uri> url = parse_url(check.text);
  if (!url) return unhealthy("expected http[s]://host:port/path, got '" + check.text + "'.");
  return judge(check, *url);
}

}  // namespace capricorn
