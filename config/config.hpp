// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

/// How much of a request is taken before it is refused.
struct Limits {
  std::size_t request_line = 8192;            // 414
  std::size_t head_bytes = 16384;             // 431
  std::size_t head_fields = 100;              // 431
  std::size_t body_bytes = 1048576;           // 413
  std::size_t trailer_bytes = 8192;           // 431
  std::size_t chunk_extension_bytes = 16384;  // in all; 413
};

/// What `--reload` watches anyway, and what not.
inline constexpr std::string_view kReloadIncludes[] = {"*.cpp", "*.hpp", "*.h", "*.so"};
inline constexpr std::string_view kReloadExcludes[] = {".*", "*~", "*.sw?", "*.tmp"};

/// Every option of the server with its default, the only place that has defaults; options.cpp says
/// the rest of each. Names are uvicorn's where it has the option: `run(app, {.port = 9000})`. Each
/// member has an initialiser, or clang would warn of that call.
struct Config {
  std::string app = {};          // path.so[:name]
  std::string app_dir = {};      // where a relative path of `app` begins; "": the working directory
  std::string config_file = {};  // what was read, "" for none
  std::string env_file = {};     // variables for the application, "" for none

  std::string host = "127.0.0.1";
  int port = 8000;                     // 0: a free one
  std::vector<std::string> bind = {};  // addresses instead of host and port
  std::string uds = {};                // a Unix socket instead of host and port
  int uds_permissions = -1;            // 0660; -1: 0666, or those of the file it replaces
  int fd = -1;                         // an inherited listening socket instead of host and port
  int backlog = 2048;
  std::string lifespan = "auto";

  // Proxies in front
  bool proxy_headers = true;
  // IP addresses, networks, "unix" for Unix sockets, "*"
  std::vector<std::string> forwarded_allow_ips{"127.0.0.1", "unix"};
  std::string forwarded_headers = "auto";  // or x-forwarded, forwarded
  bool proxy_protocol = false;
  std::string root_path = {};

  // Logging
  std::string log_level = "info";
  bool access_log = true;
  std::optional<bool> use_colors = {};  // none: where the stream is a terminal
  std::string log_format = "text";      // or json
  std::string access_log_format = {};   // gunicorn's atoms, or json; "": as log_format
  std::string log_file = {};            // "": standard error
  std::string access_log_file = {};     // "": log_file, or else standard output

  // Admin: figures, probes and the live page, on an address of their own
  std::string admin_host = "127.0.0.1";
  int admin_port = -1;               // 0: a free one; -1: none
  std::string admin_uds = {};        // a Unix socket, besides or instead
  std::optional<bool> metrics = {};  // none: where there is an admin address
  std::chrono::milliseconds livez_max_lag{5000};

  // TLS: https, where there is a certificate. PEM files
  std::string ssl_certfile =
      {};  // the server's certificate, and behind it those that lead to the root
  std::string ssl_keyfile = {};  // "": the key stands in ssl_certfile
  std::string ssl_keyfile_password = {};
  std::string ssl_ca_certs = {};          // who may issue clients' certificates
  std::string ssl_crlfile = {};           // which of those certificates were revoked
  std::string ssl_ocsp_response = {};     // DER: what is stapled to ssl_certfile
  std::string ssl_cert_reqs = "none";     // none, optional, required; uvicorn's 0, 1, 2
  std::string ssl_ciphers = {};           // of TLS 1.2, OpenSSL's words; "": ECDHE with AEAD
  std::string ssl_min_version = "1.2";    // or 1.3
  std::vector<std::string> ssl_sni = {};  // host=certfile,keyfile of further names; *.host too
  std::string ssl_ticket_keys = {};       // TicketKeys::text(), which workers share; "": own ones

  // Answers
  bool server_header = true;
  bool date_header = true;
  std::vector<std::string> headers = {};  // "name: value", with each answer

  // Limits
  std::size_t limit_concurrency = 0;     // 0: none
  std::uint64_t limit_max_requests = 0;  // 0: none
  std::uint64_t limit_max_requests_jitter = 0;
  Limits limits = {};

  // Timeouts
  std::chrono::milliseconds timeout_keep_alive{5000};
  std::chrono::milliseconds timeout_headers{10000};
  std::chrono::milliseconds timeout_body_idle{15000};
  std::chrono::milliseconds timeout_body{30000};  // in all, plus a second for each 64 KiB
  std::chrono::milliseconds timeout_handler{0};   // until its answer begins; 504; 0: none
  std::chrono::milliseconds timeout_ssl_handshake{10000};
  std::chrono::milliseconds timeout_unread_response{30000};
  std::chrono::milliseconds timeout_lingering{2000};
  std::chrono::milliseconds timeout_graceful_shutdown{30000};

  // WebSockets
  std::size_t ws_max_size = 16777216;                 // bytes of a message; 1009
  std::size_t ws_max_queue = 32;                      // messages received before reading pauses
  std::chrono::milliseconds ws_ping_interval{20000};  // 0: none are sent
  std::chrono::milliseconds ws_ping_timeout{20000};   // 1011; 0: never
  bool ws_per_message_deflate = true;
  std::chrono::milliseconds ws_close_timeout{10000};  // the client's answer to a Close frame

  // Workers
  int workers = 0;  // processes under a supervisor; 0: one process without
  std::string pid_file = {};
  int loops = 1;  // in each process, each on a thread, with an application of its own
  std::chrono::milliseconds timeout_worker_healthcheck{5000};  // 0: none
  std::size_t worker_max_memory = 0;                           // resident bytes; 0: any
  std::chrono::milliseconds shutdown_delay{0};
  bool reload = false;
  std::vector<std::string> reload_dirs = {};      // none: the working directory
  std::vector<std::string> reload_includes = {};  // besides kReloadIncludes
  std::vector<std::string> reload_excludes = {};  // besides kReloadExcludes
  std::chrono::milliseconds reload_delay{250};

  int worker_threads = 40;                           // plain handlers' pool
  std::chrono::milliseconds watchdog_timeout{1000};  // who blocks the loop so long is told; 0: off

  bool reset_contextvars = false;  // each request in an empty context

  // The system's interface for events: epoll, kqueue or poll; asyncio and uvloop mean auto.
  std::string loop = "auto";

  // Taken from uvicorn's command lines; each of their values means ours.
  std::string ssl_version = "17";
  bool factory = false;
  std::string log_config = {};
  std::string http = "auto";
  std::string ws = "auto";  // but "none": upgrades to a websocket are not taken
  std::string interface = "auto";
};

}  // namespace capricorn
