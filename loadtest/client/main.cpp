// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "load.hpp"

/// The client of the load test where wrk cannot go: fixed rates, WebSocket and TCP echo,
/// connections that come and go, handshakes, and connections that only stay. One JSON line tells
/// what came of it.
namespace {

using loadtest::Load;
using loadtest::Outcome;
using loadtest::Pace;
using loadtest::Plan;

constexpr const char* kUsage = R"(usage: load --port N [OPTIONS]
  --host ADDRESS        IPv4 [127.0.0.1]
  --protocol NAME       http, websocket (GET /ws, text messages) or echo (TCP) [http]
  --request FILE        the bytes of one request [GET /plain]
  --bytes N             of a message to be echoed [32]
  --connections N       [64]
  --pipeline N          requests in one write [1]
  --seconds N           [2]
  --rate N              requests a second, timed from when they were due; 0: as fast as it goes [0]
  --connect each        a connection for each request; neither with --rate nor with --hold
  --tls full|resume     over TLS 1.2 or 1.3, with full handshakes or by the last session
  --hold yes            one request on each connection, then only hold them, until standard input ends;
                        at last, how many of them did not stay
One JSON line tells what came of it: answers, of those refused (no 2xx), connections that were lost,
requests that were due and not sent (unsent), and percentiles of the times, in microseconds.
)";

using Arguments = std::map<std::string, std::string>;

[[noreturn]] void refuse() {
  std::fputs(kUsage, stderr);
  std::exit(2);
}

Arguments parse(int argc, char** argv) {
  Arguments arguments{{"host", "127.0.0.1"}, {"protocol", "http"},  {"request", ""},
                      {"bytes", "32"},       {"connections", "64"}, {"pipeline", "1"},
                      {"seconds", "2"},      {"rate", "0"},         {"connect", ""},
                      {"tls", ""},           {"hold", ""},          {"port", ""}};
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    std::fputs(kUsage, stdout);
    std::exit(0);
  }
  if (argc % 2 == 0) refuse();
  for (int i = 1; i < argc; i += 2) {
    const auto found =
        std::strncmp(argv[i], "--", 2) == 0 ? arguments.find(argv[i] + 2) : arguments.end();
    if (found == arguments.end()) refuse();
    found->second = argv[i + 1];
  }
  if (arguments["port"].empty()) refuse();
  return arguments;
}

/// Nothing, or one of the words that the option knows.
std::string word(const Arguments& arguments, const char* name,
                 std::initializer_list<std::string_view> known) {
  const std::string& text = arguments.at(name);
  if (!text.empty() && std::find(known.begin(), known.end(), text) == known.end()) {
    std::fprintf(stderr, "load: --%s knows no \"%s\"\n", name, text.c_str());
    std::exit(2);
  }
  return text;
}

double number(const Arguments& arguments, const char* name, double least, double most) {
  const std::string& text = arguments.at(name);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(value >= least && value <= most)) {
    std::fprintf(stderr, "load: --%s takes a number of %g to %g, and got \"%s\"\n", name, least,
                 most, text.c_str());
    std::exit(2);
  }
  return value;
}

std::string read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    std::perror(name.c_str());
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A text message of fewer than 126 bytes, masked as a client's has to be.
std::string text_frame(std::size_t bytes) {
  if (bytes > 125) refuse();
  std::string frame{'\x81', static_cast<char>(0x80 | bytes), '\x12', '\x34', '\x56', '\x78'};
  for (std::size_t i = 0; i < bytes; ++i) frame += static_cast<char>('x' ^ frame[2 + i % 4]);
  return frame;
}

std::string request_of(const Arguments& arguments, Plan& plan) {
  const std::string& protocol = arguments.at("protocol");
  const auto bytes = static_cast<std::size_t>(number(arguments, "bytes", 1, 1 << 30));
  if (protocol == "echo") {
    plan.protocol = Plan::Protocol::kEcho;
    plan.answer_bytes = bytes;
    return std::string(bytes, 'x');
  }
  if (protocol == "websocket") {
    plan.protocol = Plan::Protocol::kWebSocket;
    plan.answer_bytes = 2 + bytes;
    return text_frame(bytes);
  }
  if (protocol != "http") refuse();
  if (!arguments.at("request").empty()) return read_file(arguments.at("request"));
  return "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// Keeps a copy: OpenSSL makes a session of no more use when the connection that has it ends badly.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  SSL_CTX* context = SSL_get_SSL_CTX(ssl);
  SSL_SESSION_free(static_cast<SSL_SESSION*>(SSL_CTX_get_app_data(context)));
  SSL_CTX_set_app_data(context, SSL_SESSION_dup(session));
  return 0;  // and leaves the session to the connection
}

/// The session that was kept goes with the context.
struct FreeContext {
  void operator()(SSL_CTX* context) const {
    SSL_SESSION_free(static_cast<SSL_SESSION*>(SSL_CTX_get_app_data(context)));
    SSL_CTX_free(context);
  }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

Context make_context(bool resume) {
  Context owner(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = owner.get();
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (resume) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
  }
  return owner;
}

void print(const Outcome& outcome) {
  std::printf(
      "{\"answers\": %lu, \"seconds\": %.6f, \"refused\": %lu, \"lost\": %lu, "
      "\"resumed\": %lu, \"unsent\": %lu, \"latency_us\": {\"mean\": %.1f",
      outcome.answers, outcome.seconds, outcome.refused, outcome.lost, outcome.resumed,
      outcome.unsent, outcome.latency.mean());
  for (const auto& [name, share] :
       {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}}) {
    std::printf(", \"%s\": %.1f", name, outcome.latency.percentile(share));
  }
  std::printf(", \"max\": %.1f}}\n", outcome.latency.greatest());
}

/// Until the one who started us closes our standard input; then it tells how many connections did
/// not stay. False where there were not all of them to begin with.
bool hold(Load& load) {
  if (!load.touch(60)) return false;
  std::puts("holding");
  std::fflush(stdout);
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
  std::printf("%lu\n", load.count_lost());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  Plan plan;
  plan.address.sin_family = AF_INET;
  plan.address.sin_port = htons(static_cast<in_port_t>(number(arguments, "port", 1, 65'535)));
  if (::inet_pton(AF_INET, arguments.at("host").c_str(), &plan.address.sin_addr) != 1) refuse();
  const std::string request = request_of(arguments, plan);
  plan.request = request;
  const std::string tls = word(arguments, "tls", {"full", "resume"});
  plan.resume = tls == "resume";
  const Context context = tls.empty() ? Context() : make_context(plan.resume);
  plan.context = context.get();
  const Pace pace{.connections = static_cast<int>(number(arguments, "connections", 1, 1e6)),
                  .pipeline = static_cast<int>(number(arguments, "pipeline", 1, 1e6)),
                  .seconds = number(arguments, "seconds", 0.001, 1e6),
                  .rate = number(arguments, "rate", 0, 1e9),
                  .connect_each = !word(arguments, "connect", {"each"}).empty()};
  const bool holds = !word(arguments, "hold", {"yes"}).empty();
  if (pace.connect_each && (pace.rate > 0 || holds)) refuse();
  Load load(plan, pace);
  if (!pace.connect_each && !load.connect(60)) {
    std::fputs("the server did not accept every connection\n", stderr);
    return 1;
  }
  if (!holds) {
    print(load.run());
  } else if (!hold(load)) {
    std::fputs("the server did not answer on every connection\n", stderr);
    return 1;
  }
}
