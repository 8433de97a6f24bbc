// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../config/config.hpp"

namespace capricorn {

/// The log, in uvicorn's lines: messages go to standard error, one line for each request to
/// standard output. Called before anything is served; again to change it (no other thread logs
/// meanwhile).
void configure_logging(const Config& config);
bool access_log_enabled() noexcept;

/// One request that was answered.
struct AccessRecord {
  std::string_view client_host;  // "" on a Unix socket
  int client_port = 0;
  std::string_view method;
  std::string_view target;  // as sent; escaped here
  int http_minor = 1;
  int status = 200;
  bool websocket = false;            // 101: accepted
  std::string_view request_id = {};  // "": it has none
};

/// Written at once where little is logged, else gathered for a second at most. Loop's thread.
void log_access(const AccessRecord& record);
/// Writes what was gathered.
void flush_access_log();

/// `INFO:     127.0.0.1:55188 - "GET /x?y HTTP/1.1" 200 OK`, for a websocket `"WebSocket /x"
/// [accepted]`, then the request's id in brackets where it has one; without an end of line. What
/// the client chose cannot leave its quotes or its line.
void append_access_line(std::string& out, const AccessRecord& record, bool colors);

}  // namespace capricorn
