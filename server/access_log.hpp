// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config/access_format.hpp"
#include "../loop/buffer.hpp"
#include "../loop/runnable.hpp"

namespace capricorn {

class Headers;

/// One request that was answered; views of the request's.
struct AccessRecord {
  std::string_view client_host;  // "" on a Unix socket
  int client_port = 0;
  std::string_view method;
  // As sent; escaped here, and secrets in its query masked. "": no line of a request was read
  std::string_view target;
  int http_minor = 1;
  int status = 200;                  // 0: the client left before there was one
  bool websocket = false;            // 101: accepted
  std::string_view request_id = {};  // "": it has none

  // Known once it is over
  std::string_view trace_id = {};  // "": it has none
  std::string_view route = {};
  Duration took{};
  std::uint64_t bytes = 0;  // of the answer's body
  const Headers* headers = nullptr;
  std::span<const std::string> response_headers = {};  // AccessFormat::response_headers' values
};

/// `INFO:     127.0.0.1:55188 - "GET /x?y HTTP/1.1" 200 OK`, for a websocket `"WebSocket /x"
/// [accepted]`, and `"-"` where no line of a request was read; then the request's id in brackets
/// where it has one; without an end of line. What the client chose cannot leave its quotes or its
/// line.
void append_access_line(std::string& out, const AccessRecord& record, bool colors);

/// The same as an object of JSON.
void append_access_json(Buffer& out, const AccessRecord& record);

/// A line in gunicorn's atoms. https://docs.gunicorn.org/en/stable/settings.html#access-log-format
class AccessFormat {
 public:
  /// A text that `parse_access_format` takes.
  explicit AccessFormat(std::string_view format);

  void append(std::string& out, const AccessRecord& record) const;
  /// The headers of answers that the line shows, by lower-case name.
  const std::vector<std::string>& response_headers() const noexcept { return response_headers_; }

 private:
  std::vector<AccessAtom> atoms_;
  std::vector<std::string> response_headers_;
};

}  // namespace capricorn
