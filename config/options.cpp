// SPDX-License-Identifier: MIT
#include <array>
#include <limits>

#include "access_format.hpp"
#include "bind_address.hpp"
#include "ip_network.hpp"
#include "option_types.hpp"

namespace capricorn {
namespace {

constexpr std::array<std::string_view, 6> kLevels{"critical", "error", "warning",
                                                  "info",     "debug", "trace"};
constexpr std::array<std::string_view, 3> kLifespans{"auto", "on", "off"};
// uvicorn's names mean the best there is.
#if defined(__linux__)
constexpr std::array<std::string_view, 6> kLoops{"auto",   "none",  "asyncio",
                                                 "uvloop", "epoll", "poll"};
#else
constexpr std::array<std::string_view, 6> kLoops{"auto",   "none",   "asyncio",
                                                 "uvloop", "kqueue", "poll"};
#endif
constexpr std::array<std::string_view, 3> kHttps{"auto", "h11", "httptools"};
constexpr std::array<std::string_view, 5> kWss{"auto", "none", "websockets", "websockets-sansio",
                                               "wsproto"};
constexpr std::array<std::string_view, 2> kInterfaces{"auto", "asgi3"};

constexpr std::array<std::string_view, 3> kForwardedFields{"auto", "x-forwarded", "forwarded"};

/// Anything may be the name of a Unix socket's client, but what looks like a network is one.
bool is_trusted_peer(std::string_view text) {
  const bool network = text.find('/') != text.npos && !text.starts_with('/');
  return !text.empty() && (!network || parse_ip_network(text).has_value());
}
constexpr std::string_view kExpectedPeer =
    "IP addresses, networks as 10.0.0.0/8, unix or *, with commas between them";

/// Framing and persistence are the server's own to say.
bool is_header(std::string_view text) {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kOurs[] = {"connection", "content-length", "keep-alive",
                                        "transfer-encoding", "upgrade"};
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == text.npos) return false;
  const std::string name = lower_case(text.substr(0, colon));
  const bool clean = std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  return clean && name.find_first_not_of(kToken) == name.npos &&
         std::ranges::find(kOurs, std::string_view(name)) == std::end(kOurs);
}
constexpr std::string_view kExpectedHeader =
    "Name:value, and no name that is the server's own to send, as Content-Length";

bool is_text(std::string_view text) { return !text.empty(); }
constexpr std::string_view kExpectedText = "a name that is not empty";

bool is_bind_address(std::string_view text) { return parse_bind_address(text).has_value(); }

constexpr std::string_view kNoLogConfig =
    "nothing, as Python's logging is not here: see --log-level and --access-log";

constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};
bool is_access_format(std::string_view text) {
  return text.empty() || text == "json" || parse_access_format(text).has_value();
}

constexpr std::array<std::string_view, 2> kTlsVersions{"1.2", "1.3"};
constexpr std::array<std::string_view, 6> kCertReqs{"none", "optional", "required", "0", "1", "2"};
// Python's PROTOCOL_TLS and PROTOCOL_TLS_SERVER.
constexpr std::array<std::string_view, 2> kSslVersions{"2", "17"};

constexpr std::string_view kNamedCertificate = "host=certfile,keyfile";
bool is_named_certificate(std::string_view text) {
  const std::size_t equals = text.find('=');
  return equals != 0 && equals != text.npos && equals + 1 < text.size() && text[equals + 1] != ',';
}

constexpr long long kMegabyte = 1048576;
constexpr long long kTerabyte = kMegabyte * kMegabyte;
constexpr Range kCount{0, std::numeric_limits<int>::max()};
constexpr Range kAny{0, std::numeric_limits<long long>::max()};
using C = Config;
using L = Limits;
using enum OptionGroup;

constexpr Option kOptions[] = {
    {"app", kApplication, text<&C::app>("APP"),
     "The application: a shared object, path.so[:name], where the name is one of those that the "
     "module exports."},
    {"app-dir", kApplication, text<&C::app_dir>("FOLDER"),
     "Look for APP in this folder instead of the working directory."},
    {"config",
     kApplication,
     text<&C::config_file>("FILE"),
     "Read options from this TOML file; the command line and the environment go before it.",
     {},
     {},
     false},
    {"env-file", kApplication, text<&C::env_file>("FILE"),
     "Set the application's environment variables from this file (NAME=value a line), where they "
     "are not set already; options are not read from it."},
    {"lifespan", kApplication, choice<kLifespans, &C::lifespan>("auto|on|off"),
     "Tell the application of start and stop; with on, an application that does not answer is an "
     "error."},

    {"host", kSockets, text<&C::host>("ADDRESS"),
     "Listen on this address or name, IPv4 or IPv6; empty for all of the machine's."},
    {"port",
     kSockets,
     integer<Range{0, 65535}, &C::port>("NUMBER"),
     "Listen on this port; 0 takes a free one, and says which.",
     {},
     "PORT"},
    {"bind", kSockets, list<is_bind_address, kExpectedBindAddress, &C::bind>("ADDRESS"),
     "Listen on each of these instead of --host and --port, but where the command line has one of "
     "those alone."},
    {"uds", kSockets, text<&C::uds>("PATH"),
     "Listen on this Unix socket instead of a port; as --bind."},
    {"uds-permissions", kSockets, permissions<&C::uds_permissions>("OCTAL"),
     "Who may connect to a Unix socket; without it 0666, or as the file was that is replaced."},
    {"fd", kSockets, integer<Range{-1, kCount.max}, &C::fd>("NUMBER"),
     "Listen on this inherited socket instead of a port; -1 for none."},
    {"backlog", kSockets, integer<Range{1, 65535}, &C::backlog>("NUMBER"),
     "Connections that may wait to be accepted."},

    {"proxy-headers", kProxies, flag<&C::proxy_headers>(),
     "Take client, scheme, host and prefix of a request from what a trusted proxy says: "
     "X-Forwarded-For, -Proto, -Host, -Port and -Prefix, or Forwarded."},
    {"forwarded-allow-ips",
     kProxies,
     list<is_trusted_peer, kExpectedPeer, &C::forwarded_allow_ips>("LIST"),
     "The proxies that are trusted; unix is who comes through a Unix socket, * is everybody.",
     {},
     "FORWARDED_ALLOW_IPS"},
    {"forwarded-headers", kProxies,
     choice<kForwardedFields, &C::forwarded_headers>("auto|x-forwarded|forwarded"),
     "The fields that the proxies set; auto: Forwarded where a request has no X-Forwarded-*."},
    {"proxy-protocol", kProxies, flag<&C::proxy_protocol>(),
     "Each connection of a trusted proxy begins with a PROXY protocol header, version 1 or 2."},
    {"root-path", kProxies, text<&C::root_path>("PATH"),
     "The prefix that a proxy in front takes off the path."},

    {"ssl-certfile", kTls, text<&C::ssl_certfile>("FILE"),
     "Serve HTTPS with this certificate: PEM, and behind it those that lead to the root."},
    {"ssl-keyfile", kTls, text<&C::ssl_keyfile>("FILE"),
     "The certificate's key, where it does not stand in the same file."},
    {"ssl-keyfile-password", kTls, text<&C::ssl_keyfile_password>("TEXT"),
     "What opens an encrypted key; in the environment others do not see it."},
    {"ssl-min-version", kTls, choice<kTlsVersions, &C::ssl_min_version>("1.2|1.3"),
     "The oldest version of TLS that is spoken."},
    {"ssl-ciphers", kTls, text<&C::ssl_ciphers>("LIST"),
     "Ciphers of TLS 1.2 in OpenSSL's words; empty: all that are good, ECDHE with AEAD."},
    {"ssl-ca-certs", kTls, text<&C::ssl_ca_certs>("FILE"),
     "PEM of those who may issue clients' certificates."},
    {"ssl-crlfile", kTls, text<&C::ssl_crlfile>("FILE"),
     "PEM of lists of clients' certificates that were revoked, one of each issuer."},
    {"ssl-ocsp-response", kTls, text<&C::ssl_ocsp_response>("FILE"),
     "Staple this OCSP response (DER) to the certificate; read again when it changes."},
    {"ssl-cert-reqs", kTls, choice<kCertReqs, &C::ssl_cert_reqs>("none|optional|required"),
     "Whether clients show a certificate; 0, 1 and 2 are the same."},
    {"ssl-sni", kTls,
     list<is_named_certificate, kNamedCertificate, &C::ssl_sni>("HOST=CERT,KEY", ';'),
     "A certificate of another name's, or *.name's; may be given several times."},

    {"workers",
     kProcess,
     integer<Range{0, 1024}, &C::workers>("NUMBER"),
     "Processes that serve, under a supervisor that replaces one that dies or hangs, and all of "
     "them at SIGHUP; 0: one process without a supervisor.",
     {},
     "WEB_CONCURRENCY"},
    {"loops", kProcess, integer<Range{1, 1024}, &C::loops>("NUMBER"),
     "Event loops in each process, each on a thread and with an application of its own; they share "
     "the process's memory."},
    {"timeout-worker-healthcheck", kProcess, seconds<0, &C::timeout_worker_healthcheck>(),
     "Replace a worker whose event loop has not gone on for so long, two seconds at least; 0: "
     "never."},
    {"worker-max-memory", kProcess, bytes<Range{0, kTerabyte}, &C::worker_max_memory>(),
     "Replace a worker that has more resident memory, or stop gracefully without a supervisor; 0: "
     "never."},
    {"pid-file", kProcess, text<&C::pid_file>("PATH"), "Write the process's number to this file."},
    {"shutdown-delay", kProcess, seconds<0, &C::shutdown_delay>(),
     "After SIGTERM, go on serving for so long while readiness says 503, for load balancers to "
     "notice."},
    {"reload", kProcess, flag<&C::reload>(),
     "For development: one worker, replaced when the module or a file that is watched changes."},
    {"reload-dir", kProcess, list<is_text, kExpectedText, &C::reload_dirs>("FOLDER"),
     "Watch this folder and all below it instead of the working directory."},
    {"reload-include", kProcess, list<is_text, kExpectedText, &C::reload_includes>("GLOB"),
     "Watch files of these names too, besides *.cpp, *.hpp, *.h and *.so, unless --reload-exclude "
     "names those; and folders of these names."},
    {"reload-exclude", kProcess, list<is_text, kExpectedText, &C::reload_excludes>("GLOB"),
     "But not files and folders of these, besides .*, *~, *.sw? and *.tmp, unless --reload-include "
     "names those."},
    {"reload-delay", kProcess, seconds<1, &C::reload_delay>(), "Look for changes so often."},
    {"worker-threads", kProcess, integer<Range{1, 1024}, &C::worker_threads>("NUMBER"),
     "Threads for handlers that are no coroutines."},
    {"loop", kProcess, choice<kLoops, &C::loop>("SELECTOR"),
     "What the loop asks for events; none and uvicorn's names mean auto."},
    {"reset-contextvars", kProcess, flag<&C::reset_contextvars>(),
     "Begin each request without any context variable instead of with those of the program."},
    {"watchdog-timeout", kProcess, seconds<0, &C::watchdog_timeout>(),
     "Tell what blocks the event loop for so long, and its tasks at SIGQUIT; 0 turns it off."},

    {"log-level", kLogs, choice<kLevels, &C::log_level>("LEVEL"), "What is told, from this up."},
    {"access-log", kLogs, flag<&C::access_log>(),
     "Write one line to standard output for each request."},
    {"use-colors", kLogs, flag<&C::use_colors>(),
     "Write the log in colours; auto: where it goes to a terminal."},
    {"log-format", kLogs, choice<kLogFormats, &C::log_format>("text|json"),
     "Write uvicorn's lines, or a JSON object a line."},
    {"access-log-format", kLogs,
     checked_text<is_access_format, kExpectedAccessFormat, &C::access_log_format>("FORMAT"),
     "The line of a request, written when it is over: gunicorn's atoms, as %(h)s, or json; empty: "
     "as --log-format."},
    {"log-file", kLogs, text<&C::log_file>("FILE"),
     "Append the log to this file, opened again at SIGUSR1, instead of standard error."},
    {"access-log-file", kLogs, text<&C::access_log_file>("FILE"),
     "The same for the lines of requests; empty: --log-file, or else standard output."},

    {"admin-port", kAdmin, integer<Range{-1, 65535}, &C::admin_port>("NUMBER"),
     "Serve figures, probes and the live page on this port; 0 takes a free one, -1 none."},
    {"admin-host", kAdmin, text<&C::admin_host>("ADDRESS"), "The address of --admin-port."},
    {"admin-uds", kAdmin, text<&C::admin_uds>("PATH"),
     "Serve them on this Unix socket, which only the same user may use."},
    {"metrics", kAdmin, flag<&C::metrics>(),
     "Measure requests and the event loop; auto: where there is an admin address."},
    {"livez-max-lag", kAdmin, seconds<1, &C::livez_max_lag>(),
     "/livez answers 503 while the event loop is this late."},

    {"server-header", kAnswers, flag<&C::server_header>(), "Send server: with each answer."},
    {"date-header", kAnswers, flag<&C::date_header>(), "Send date: with each answer."},

    {"header", kAnswers, list<is_header, kExpectedHeader, &C::headers>("NAME:VALUE", '\n'),
     "Send this header with each answer that has none of that name."},

    {"limit-concurrency", kLimits, integer<kCount, &C::limit_concurrency>("NUMBER"),
     "Requests under way at most, others are answered with 503 at once; idle connections do not "
     "count; of each loop with --loops; 0: no limit."},
    {"limit-max-requests", kLimits, integer<kAny, &C::limit_max_requests>("NUMBER"),
     "Stop gracefully after so many requests, counted by each loop with --loops; 0: never."},
    {"limit-max-requests-jitter", kLimits, integer<kAny, &C::limit_max_requests_jitter>("NUMBER"),
     "Up to so many requests more, at random, so that several servers do not stop at once."},
    {"limit-request-line", kLimits, bytes<Range{64, kMegabyte}, &C::limits, &L::request_line>(),
     "Longest request line; beyond it 414."},
    {"limit-head-bytes", kLimits, bytes<Range{256, kMegabyte}, &C::limits, &L::head_bytes>(),
     "Largest request head, request line and fields together; beyond it 431.",
     "h11-max-incomplete-event-size"},
    {"limit-head-fields", kLimits, integer<Range{1, 10000}, &C::limits, &L::head_fields>("NUMBER"),
     "Header fields, or trailer fields, in a request; beyond it 431."},
    {"limit-body-bytes", kLimits, bytes<Range{0, kTerabyte}, &C::limits, &L::body_bytes>(),
     "Largest request body, where a route sets no limit of its own; beyond it 413."},
    {"limit-trailer-bytes", kLimits, bytes<Range{0, kMegabyte}, &C::limits, &L::trailer_bytes>(),
     "Trailers of a request; beyond it 431."},
    {"limit-chunk-extension-bytes", kLimits,
     bytes<Range{0, kMegabyte}, &C::limits, &L::chunk_extension_bytes>(),
     "Chunk extensions of a request in all; beyond it 413."},

    {"timeout-keep-alive", kTimeouts, seconds<0, &C::timeout_keep_alive>(),
     "Close a connection that is idle for so long between requests."},
    {"timeout-headers", kTimeouts, seconds<100, &C::timeout_headers>(),
     "A connection's first byte, and a request's head, are there within."},
    {"timeout-body-idle", kTimeouts, seconds<100, &C::timeout_body_idle>(),
     "Longest pause within a request's body."},
    {"timeout-body", kTimeouts, seconds<100, &C::timeout_body>(),
     "A request's body is complete within, plus a second for each 64 KiB."},
    {"timeout-handler", kTimeouts, seconds<0, &C::timeout_handler>(),
     "A handler that has its request begins its answer within, or 504; 0: no limit."},
    {"timeout-ssl-handshake", kTimeouts, seconds<100, &C::timeout_ssl_handshake>(),
     "A TLS handshake is over within."},
    {"timeout-unread-response", kTimeouts, seconds<100, &C::timeout_unread_response>(),
     "Close where the client reads next to nothing of an answer for so long."},
    {"timeout-lingering", kTimeouts, seconds<0, &C::timeout_lingering>(),
     "Read on behind a connection's last answer for so long at most."},
    {"timeout-graceful-shutdown", kTimeouts, seconds<0, &C::timeout_graceful_shutdown>(),
     "Requests under way may finish within when the server stops; then they are cancelled."},

    {"ws-max-size", kWebSockets, bytes<Range{1, kTerabyte}, &C::ws_max_size>(),
     "Largest WebSocket message; beyond it the connection is closed with 1009."},
    {"ws-max-queue", kWebSockets, integer<Range{1, 65536}, &C::ws_max_queue>("NUMBER"),
     "Messages received before reading pauses."},
    {"ws-ping-interval", kWebSockets, seconds<0, &C::ws_ping_interval>(),
     "Ping each WebSocket so often; 0: never."},
    {"ws-ping-timeout", kWebSockets, seconds<0, &C::ws_ping_timeout>(),
     "Close one that does not answer a ping within; 0: never."},
    {"ws-per-message-deflate", kWebSockets, boolean<&C::ws_per_message_deflate>(),
     "Compress WebSocket messages where the client agrees."},
    {"ws-close-timeout", kWebSockets, seconds<0, &C::ws_close_timeout>(),
     "Wait so long for the answer to a WebSocket's close."},

    {"ws", kUvicorn, choice<kWss, &C::ws>("IMPLEMENTATION"),
     "none: no WebSockets; the other names all mean our own."},
    {"http", kUvicorn, choice<kHttps, &C::http>("IMPLEMENTATION"),
     "Taken and without effect: all mean our own."},
    {"ssl-version", kUvicorn, choice<kSslVersions, &C::ssl_version>("2|17"),
     "Taken and without effect: TLS from --ssl-min-version up."},
    {"interface", kUvicorn, choice<kInterfaces, &C::interface>("auto|asgi3"),
     "Taken and without effect: both mean our own."},
    {"factory", kUvicorn, flag<&C::factory>(),
     "Taken and without effect: what a module exports is always a factory."},
    {"log-config", kUvicorn, refused<kNoLogConfig, &C::log_config>("FILE"),
     "Refused: a configuration of Python's logging means nothing here."},
};

constexpr std::string_view kTitles[] = {
    "Application", "Sockets",  "Proxies in front",   "TLS",
    "Process",     "Logs",     "Figures and probes", "Answers",
    "Limits",      "Timeouts", "WebSockets",         "For uvicorn's command lines"};

std::string replaced(std::string_view name, bool upper) {
  std::string key(name);
  for (char& c : key) {
    if (c == '-') c = '_';
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return key;
}

}  // namespace

std::string_view title_of(OptionGroup group) noexcept {
  return kTitles[static_cast<std::size_t>(group)];
}

std::span<const Option> options() noexcept { return kOptions; }

std::string key_of(std::string_view name) { return replaced(name, false); }

std::string variable_of(std::string_view prefix, std::string_view name) {
  return prefix.empty() ? replaced(name, true) : std::string(prefix) + "_" + replaced(name, true);
}

}  // namespace capricorn
