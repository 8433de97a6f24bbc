// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "../loop/buffer.hpp"
#include "headers.hpp"

namespace capricorn {

/// Lines the server adds to each head unless the application sent such a field itself: whole, as
/// "date: ...\r\n", or empty.
struct DefaultHeaders {
  std::string_view lines;         // the date's and then the server's
  std::size_t date_size = 0;      // of the first
  const Headers* more = nullptr;  // each where the answer has none of that name

  std::string_view date() const noexcept { return lines.substr(0, date_size); }
  std::string_view server() const noexcept { return lines.substr(date_size); }
};

/// Turns the events of an application into the bytes of one response after the other: framing,
/// connection fields, and what a HEAD, 204 or 304 leaves out. Throws std::logic_error for an event
/// out of order and std::runtime_error where the body disagrees with its Content-Length.
class ResponseWriter {
 public:
  struct Request {
    bool head_request;
    std::uint8_t http_minor;
    bool keep_alive;
  };

  static constexpr std::size_t kCopiedBytes = 8192;

  /// A new response. `close_after` below asks for the connection's end besides what the client, the
  /// application's `connection: close` and the framing ask for.
  void begin(Request request) noexcept;

  /// 103 (RFC 8297), before the start; nothing to an HTTP/1.0 client.
  void early_hints(Buffer& out, const Headers& headers) const;
  void start(Buffer& out, int status, const Headers& headers, DefaultHeaders defaults,
             bool close_after);
  void body(Buffer& out, std::string_view bytes, bool more_body);
  /// Start and only body at once; says its Content-Length where the headers do not. Returns what
  /// the caller must send after `out`: a body of kCopiedBytes and more, which is not copied.
  std::string_view whole(Buffer& out, int status, const Headers& headers, std::string_view body,
                         DefaultHeaders defaults, bool close_after);
  /// For bytes that the caller sends itself after `out`, unless `body_suppressed()`. Returns what
  /// must follow them.
  std::string_view account(Buffer& out, std::uint64_t bytes, bool more_body);

  bool started() const noexcept { return step_ != Step::kStart; }
  bool complete() const noexcept { return step_ == Step::kComplete; }
  /// Only the connection's end tells the client where the body ends.
  bool close_delimited() const noexcept { return framing_ == Framing::kClose; }
  /// HEAD, 204, 205, 304: body bytes are taken, but none is written.
  bool body_suppressed() const noexcept { return suppressed_; }
  /// Whether another response may follow this one.
  bool keep_alive() const noexcept { return keep_alive_; }

 private:
  enum class Step : std::uint8_t { kStart, kBody, kComplete };
  enum class Framing : std::uint8_t { kNone, kLength, kChunked, kClose };
  struct Survey;

  void expect_start() const;
  void expect_body() const;
  Survey survey(int status, const Headers& headers, bool close_after) const;
  void take(const Survey& survey) noexcept;
  char* write_head(char* to, int status, const Headers& headers, DefaultHeaders defaults,
                   const Survey& survey) const;
  void count(std::uint64_t bytes);
  void finish();

  Request request_{};
  Step step_ = Step::kStart;
  Framing framing_ = Framing::kNone;
  bool suppressed_ = false;
  bool keep_alive_ = false;
  std::uint64_t remaining_ = 0;
};

}  // namespace capricorn
