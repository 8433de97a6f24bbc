// SPDX-License-Identifier: MIT
#include "response_writer.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>

#include "../loop/parse_number.hpp"
#include "field_value.hpp"
#include "status.hpp"

namespace capricorn {

namespace {

constexpr std::string_view kLonger = "Response content longer than Content-Length";
constexpr std::string_view kShorter = "Response content shorter than Content-Length";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
/// Status line, our own connection, length and coding fields, the blank line.
constexpr std::size_t kHeadRoom = 256;
constexpr std::size_t kChunkRoom = 16 + 2;
/// All that `survey` looks for: what a head has from us where the application does not send it.
constexpr std::uint32_t kOurs = header_bit(HeaderId::kContentLength) | header_bit(HeaderId::kDate) |
                                header_bit(HeaderId::kServer) | header_bit(HeaderId::kConnection) |
                                header_bit(HeaderId::kTransferEncoding);

char* put(char* to, std::string_view bytes) noexcept {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

char* put_decimal(char* to, std::uint64_t value) noexcept {
  return std::to_chars(to, to + 20, value).ptr;
}

char* put_hex(char* to, std::uint64_t value) noexcept {
  return std::to_chars(to, to + 16, value, 16).ptr;
}

std::string_view prepared_status_line(int status) noexcept {
  switch (status) {
    case 201: return "HTTP/1.1 201 Created\r\n";
    case 204: return "HTTP/1.1 204 No Content\r\n";
    case 206: return "HTTP/1.1 206 Partial Content\r\n";
    case 304: return "HTTP/1.1 304 Not Modified\r\n";
    case 307: return "HTTP/1.1 307 Temporary Redirect\r\n";
    case 400: return "HTTP/1.1 400 Bad Request\r\n";
    case 401: return "HTTP/1.1 401 Unauthorized\r\n";
    case 403: return "HTTP/1.1 403 Forbidden\r\n";
    case 404: return "HTTP/1.1 404 Not Found\r\n";
    case 405: return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 422: return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 500: return "HTTP/1.1 500 Internal Server Error\r\n";
    default: return "";
  }
}

char* put_status_line(char* to, int status) noexcept {
  if (status == 200) [[likely]]
    return put(to, "HTTP/1.1 200 OK\r\n");  // of a size that the compiler sees
  std::string_view prepared = prepared_status_line(status);
  if (!prepared.empty()) return put(to, prepared);
  to = put(to, "HTTP/1.1 ");
  to = put_decimal(to, static_cast<std::uint64_t>(status));
  to = put(to, " ");
  to = put(to, reason_phrase(status));
  return put(to, "\r\n");
}

char* put_field(char* to, std::string_view name, std::string_view value) noexcept {
  to = put(to, name);
  to = put(to, ": ");
  to = put(to, value);
  return put(to, "\r\n");
}

/// Few answers bring a length of their own, and all run through the code around it.
[[gnu::noinline]] std::uint64_t parse_length(std::string_view text) {
  const auto length = parse_number<std::uint64_t>(text);
  if (length) return *length;
  throw std::logic_error("Content-Length must be a number, got '" + std::string(text) + "'");
}

/// Statuses without content (RFC 9110, 15): all but 205 end with their head (RFC 9112, 6.3).
bool has_no_content(int status) noexcept {
  return status < 200 || status == 204 || status == 205 || status == 304;
}
bool may_have_length(int status) noexcept {
  return status >= 200 && status != 204 && status != 205;
}

}  // namespace

/// What one look at the application's headers tells, before anything is written.
struct ResponseWriter::Survey {
  std::size_t size = 0;
  std::optional<std::uint64_t> length;
  bool length_sent = false;  // the application's own field carries it
  bool has_date = false;
  bool has_server = false;
  bool framed = false;  // a field of ours is among the application's
  bool suppressed = false;
  bool keep_alive = false;
  Framing framing = Framing::kNone;

  void choose_framing(int status, const Request& request) noexcept {
    if (status == 205) {
      length = 0;
      length_sent = false;
      framing = Framing::kLength;
      return;
    }
    if (has_no_content(status)) {
      // A proxy that sees 101 hands on whatever comes: requests behind it would pass it by.
      keep_alive = keep_alive && status != 101;
      return;
    }
    if (length) {
      framing = Framing::kLength;
    } else if (request.http_minor >= 1) {
      framing = Framing::kChunked;
    } else {
      framing = Framing::kClose;
      keep_alive = false;
    }
  }
};

void ResponseWriter::begin(Request request) noexcept {
  *this = ResponseWriter();
  request_ = request;
  keep_alive_ = request.keep_alive;
}

void ResponseWriter::expect_start() const {
  if (step_ == Step::kBody) {
    throw std::logic_error(
        "Expected ASGI message 'http.response.body', but got 'http.response.start'.");
  }
  if (step_ == Step::kComplete) {
    throw std::logic_error(
        "Unexpected ASGI message 'http.response.start' sent, after response already completed.");
  }
}

void ResponseWriter::expect_body() const {
  if (step_ == Step::kStart) {
    throw std::logic_error(
        "Expected ASGI message 'http.response.start', but got 'http.response.body'.");
  }
  if (step_ == Step::kComplete) {
    throw std::logic_error(
        "Unexpected ASGI message 'http.response.body' sent, after response already completed.");
  }
}

ResponseWriter::Survey ResponseWriter::survey(int status, const Headers& headers,
                                              bool close_after) const {
  // An interim status here would leave the client waiting for the final one. 101 is final.
  if ((status < 200 && status != 101) || status > 999) {
    throw std::logic_error("Response status must be from 200 to 999, got " +
                           std::to_string(status));
  }
  Survey survey;
  survey.suppressed = request_.head_request || has_no_content(status);
  survey.keep_alive = keep_alive_ && !close_after;
  if (!headers.may_have(kOurs) && headers.wire()) [[likely]] {
    survey.size = headers.wire()->size();
    return survey;
  }
  for (Headers::Field field : headers) {
    survey.size += field.name.size() + field.value.size() + 4;
    switch (field.id) {
      case HeaderId::kContentLength: {
        std::uint64_t length = parse_length(field.value);
        if (survey.length && *survey.length != length) {
          throw std::logic_error("Response headers have two different Content-Length");
        }
        survey.length = length;
        survey.length_sent = true;
        survey.framed = true;
        break;
      }
      case HeaderId::kDate: survey.has_date = true; break;
      case HeaderId::kServer: survey.has_server = true; break;
      case HeaderId::kConnection:
        if (list_has(field.value, "close")) survey.keep_alive = false;
        survey.framed = true;
        break;
      case HeaderId::kTransferEncoding: survey.framed = true; break;
      default: break;
    }
  }
  return survey;
}

void ResponseWriter::take(const Survey& survey) noexcept {
  step_ = Step::kBody;
  framing_ = survey.framing;
  suppressed_ = survey.suppressed;
  keep_alive_ = survey.keep_alive;
  remaining_ = survey.length.value_or(0);
}

namespace {

std::size_t size_of(DefaultHeaders defaults) noexcept {
  std::size_t size = defaults.lines.size();
  if (!defaults.more) return size;
  for (Headers::Field field : *defaults.more) size += field.name.size() + field.value.size() + 4;
  return size;
}

/// Framing and persistence are ours to say. Apart, as most headers stand as they will be sent.
[[gnu::noinline]] char* put_fields(char* to, int status, const Headers& headers) {
  bool length_written = false;
  for (Headers::Field field : headers) {
    if (field.id == HeaderId::kTransferEncoding) continue;
    if (field.id == HeaderId::kConnection &&
        (list_has(field.value, "close") || list_has(field.value, "keep-alive"))) {
      continue;
    }
    if (field.id == HeaderId::kContentLength) {
      if (length_written || !may_have_length(status)) continue;
      length_written = true;
    }
    to = put_field(to, field.name, field.value);
  }
  return to;
}

}  // namespace

char* ResponseWriter::write_head(char* to, int status, const Headers& headers,
                                 DefaultHeaders defaults, const Survey& survey) const {
  to = put_status_line(to, status);
  if (!survey.has_date && !survey.has_server) [[likely]]
    to = put(to, defaults.lines);
  else if (!survey.has_date)
    to = put(to, defaults.date());
  else if (!survey.has_server)
    to = put(to, defaults.server());
  if (defaults.more) [[unlikely]] {
    for (Headers::Field field : *defaults.more) {
      if (!headers.get(field.name)) to = put_field(to, field.name, field.value);
    }
  }
  const std::optional<std::string_view> wire = headers.wire();
  to = wire && !survey.framed ? put(to, *wire) : put_fields(to, status, headers);
  if (survey.framing == Framing::kChunked) [[unlikely]] {
    to = put(to, "transfer-encoding: chunked\r\n");
  } else if (survey.framing == Framing::kLength && !survey.length_sent) {
    to = put(to, "content-length: ");
    to = put_decimal(to, *survey.length);
    to = put(to, "\r\n");
  }
  if (status >= 200 && !survey.keep_alive) [[unlikely]] {
    to = put(to, "connection: close\r\n");
  } else if (status >= 200 && request_.http_minor == 0) [[unlikely]] {
    to = put(to, "connection: keep-alive\r\n");
  }
  return put(to, "\r\n");
}

void ResponseWriter::start(Buffer& out, int status, const Headers& headers, DefaultHeaders defaults,
                           bool close_after) {
  expect_start();
  Survey found = survey(status, headers, close_after);
  found.choose_framing(status, request_);
  char* begin = out.prepare(kHeadRoom + found.size + size_of(defaults));
  char* end = write_head(begin, status, headers, defaults, found);
  out.commit(static_cast<std::size_t>(end - begin));
  take(found);
}

std::string_view ResponseWriter::whole(Buffer& out, int status, const Headers& headers,
                                       std::string_view body, DefaultHeaders defaults,
                                       bool close_after) {
  expect_start();
  Survey found = survey(status, headers, close_after);
  if (!found.length) found.length = body.size();
  found.choose_framing(status, request_);
  if (!found.suppressed && *found.length != body.size()) {
    throw std::runtime_error(std::string(*found.length < body.size() ? kLonger : kShorter));
  }
  const std::string_view written = found.suppressed ? std::string_view() : body;
  const bool copied = written.size() < kCopiedBytes;
  char* begin =
      out.prepare(kHeadRoom + found.size + size_of(defaults) + (copied ? written.size() : 0));
  char* end = write_head(begin, status, headers, defaults, found);
  if (copied) end = put(end, written);
  out.commit(static_cast<std::size_t>(end - begin));
  take(found);
  step_ = Step::kComplete;
  return copied ? std::string_view() : written;
}

void ResponseWriter::early_hints(Buffer& out, const Headers& headers) const {
  expect_start();
  if (request_.http_minor == 0) return;
  std::size_t size = kHeadRoom;
  for (Headers::Field field : headers) size += field.name.size() + field.value.size() + 4;
  char* begin = out.prepare(size);
  char* to = put(begin, "HTTP/1.1 103 Early Hints\r\n");
  for (Headers::Field field : headers) to = put_field(to, field.name, field.value);
  to = put(to, "\r\n");
  out.commit(static_cast<std::size_t>(to - begin));
}

void ResponseWriter::body(Buffer& out, std::string_view bytes, bool more_body) {
  expect_body();
  count(bytes.size());
  if (!suppressed_ && framing_ == Framing::kChunked) {
    char* begin = out.prepare(bytes.size() + kChunkRoom + 2 + kLastChunk.size());
    char* to = begin;
    if (!bytes.empty()) {
      to = put(put_hex(to, bytes.size()), "\r\n");
      to = put(put(to, bytes), "\r\n");
    }
    if (!more_body) to = put(to, kLastChunk);
    out.commit(static_cast<std::size_t>(to - begin));
  } else if (!suppressed_) {
    out.append(bytes);
  }
  if (!more_body) finish();
}

std::string_view ResponseWriter::account(Buffer& out, std::uint64_t bytes, bool more_body) {
  expect_body();
  count(bytes);
  bool chunked = !suppressed_ && framing_ == Framing::kChunked;
  if (chunked && bytes > 0) {
    char* begin = out.prepare(kChunkRoom + 4);
    char* end = put(put_hex(begin, bytes), "\r\n");
    out.commit(static_cast<std::size_t>(end - begin));
  }
  if (!more_body) finish();
  if (!chunked) return "";
  if (bytes == 0) return more_body ? "" : kLastChunk;
  return more_body ? "\r\n" : "\r\n0\r\n\r\n";
}

void ResponseWriter::count(std::uint64_t bytes) {
  if (suppressed_ || framing_ != Framing::kLength) return;
  if (bytes > remaining_) {
    keep_alive_ = false;
    throw std::runtime_error(std::string(kLonger));
  }
  remaining_ -= bytes;
}

void ResponseWriter::finish() {
  if (!suppressed_ && framing_ == Framing::kLength && remaining_ > 0) {
    keep_alive_ = false;
    throw std::runtime_error(std::string(kShorter));
  }
  step_ = Step::kComplete;
}

}  // namespace capricorn
