// SPDX-License-Identifier: MIT
#include "open_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "../http/conditional.hpp"
#include "../http/date.hpp"
#include "../http/range.hpp"
#include "../http/status.hpp"
#include "errors.hpp"

namespace capricorn {
namespace {

void append_hex(std::string& out, std::uint64_t number) {
  std::array<char, 16> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  out.append(text.data(), end);
}

}  // namespace

OpenFile::OpenFile(int fd, std::string_view variant) : fd_(fd) {
  if (fd_ < 0) return;
  const std::optional<FileStamp> stamp = FileStamp::of(fd_);
  if (!stamp) {
    ::close(std::exchange(fd_, -1));
    return;
  }
  stamp_ = *stamp;
  etag_ = "\"";
  append_hex(etag_, static_cast<std::uint64_t>(stamp_.modified.seconds) * 1'000'000'000 +
                        static_cast<std::uint64_t>(stamp_.modified.nanoseconds));
  etag_ += '-';
  append_hex(etag_, stamp_.size);
  if (!variant.empty()) etag_.append("-").append(variant);
  etag_ += '"';
}

OpenFile::OpenFile(std::shared_ptr<KeptFile> kept) noexcept
    : stamp_(kept->stamp), kept_(std::move(kept)) {}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  stamp_ = other.stamp_;
  etag_ = std::move(other.etag_);
  kept_ = std::move(other.kept_);
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

int status_of_open_error(int error) noexcept {
  switch (error) {
    case EACCES: return 403;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return 503;
    default: return 404;
  }
}

namespace {

/// What a 304 leaves out, because it describes the bytes that are not sent (RFC 9110, 15.4.5).
void keep_for_not_modified(Headers& headers) {
  for (std::string_view name :
       {"accept-ranges", "content-disposition", "content-encoding", "content-language",
        "content-length", "content-type", "last-modified"}) {
    headers.remove(name);
  }
}

/// No file has it by chance.
std::string random_boundary() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i) append_hex(out, (std::uint64_t{1} << 32) + random());
  return out;
}

Task<> send_error(int status, std::string_view name, std::string_view value, Scope& scope,
                  Send& send) {
  Response response = error_response(status, reason_phrase(status));
  if (!name.empty()) response.headers().append(name, value);
  co_await response.send(scope, send);
}

void add_validators(const OpenFile& file, Headers& headers) {
  if (!headers.get("etag")) headers.append("etag", file.etag());
  if (headers.get("last-modified")) return;
  // Never later than the answer itself (RFC 9110, 8.8.2.1).
  headers.append("last-modified", format_http_date(std::min(file.modified(), std::time(nullptr))));
}

/// Without bytes where there are none, or none are asked for.
SendEvent body_of(const OpenFile& file, ByteRange range, bool more) {
  if (range.size == 0) return ResponseBody{{}, more};
  if (!file.kept()) return FileRange{file.fd(), range.offset, range.size, more};
  const std::string_view bytes = file.kept()->bytes;
  return ResponseBody{bytes.substr(range.offset, range.size), more};
}

Task<> send_range(const OpenFile& file, int status, Headers& headers, ByteRange range, Scope& scope,
                  Send& send) {
  headers.set("content-length", std::to_string(range.size));
  if (scope.method == Method::kHead) range.size = 0;
  const SendEvent body = body_of(file, range, false);
  if (const auto* bytes = std::get_if<ResponseBody>(&body)) {
    const SendEvent whole = WholeResponse{status, headers, bytes->body};
    co_await send(whole);
    co_return;
  }
  const SendEvent start = ResponseStart{status, headers};
  co_await send(start);
  co_await send(body);
}

Task<> send_ranges(const OpenFile& file, Headers& headers, std::vector<ByteRange> ranges,
                   Send& send) {
  const std::string_view type = headers.get(HeaderId::kContentType).value_or("");
  const MultipartRanges parts(std::move(ranges), file.size(), type, random_boundary());
  headers.set("content-type", parts.content_type());
  headers.set("content-length", std::to_string(parts.content_length()));
  const SendEvent start = ResponseStart{206, headers};
  co_await send(start);
  for (std::size_t i = 0; i < parts.ranges().size(); ++i) {
    const ByteRange range = parts.ranges()[i];
    const std::string head = parts.head(i);
    const SendEvent before = ResponseBody{head, true};
    co_await send(before);
    const SendEvent bytes = body_of(file, range, true);
    co_await send(bytes);
  }
  const std::string end = parts.end();
  const SendEvent last = ResponseBody{end, false};
  co_await send(last);
}

}  // namespace

bool asks_for_whole(const Headers& request) noexcept {
  for (const Headers::Field field : request) {
    switch (field.id) {
      case HeaderId::kIfModifiedSince:
      case HeaderId::kIfNoneMatch:
      case HeaderId::kRange: return false;
      case HeaderId::kOther:
        if (field.name.starts_with("if-")) return false;
        break;
      default: break;
    }
  }
  return true;
}

void describe_whole(const OpenFile& file, Headers& headers) {
  add_validators(file, headers);
  headers.append("accept-ranges", "bytes");
  headers.append("content-length", std::to_string(file.size()));
}

Task<> send_open_file(const OpenFile& file, int status, Headers& headers, Scope& scope,
                      Send& send) {
  add_validators(file, headers);
  const ByteRange whole{0, file.size()};
  const bool safe = scope.method == Method::kGet || scope.method == Method::kHead;
  if (status != 200 || !safe) {
    co_await send_range(file, status, headers, whole, scope, send);
    co_return;
  }
  const std::string etag(*headers.get("etag"));
  const Validators current{etag, parse_http_date(*headers.get("last-modified"))};
  const Precondition precondition = check_preconditions(scope.headers, scope.method, current);
  if (precondition == Precondition::kFailed) {
    co_await send_error(412, "", "", scope, send);
    co_return;
  }
  if (precondition == Precondition::kNotModified) {
    keep_for_not_modified(headers);
    const SendEvent event = WholeResponse{304, headers, {}};
    co_await send(event);
    co_return;
  }
  headers.set("accept-ranges", "bytes");
  RangeRequest range;
  if (if_range_holds(scope.headers, current)) {
    range = parse_range(scope.headers, scope.method, file.size());
  }
  if (range.answer == RangeRequest::Answer::kUnsatisfiable) {
    const std::string known = unsatisfied_range(file.size());
    co_await send_error(416, "content-range", known, scope, send);
  } else if (range.answer == RangeRequest::Answer::kWhole) {
    co_await send_range(file, 200, headers, whole, scope, send);
  } else if (range.ranges.size() == 1) {
    headers.set("content-range", content_range(range.ranges[0], file.size()));
    co_await send_range(file, 206, headers, range.ranges[0], scope, send);
  } else {
    co_await send_ranges(file, headers, std::move(range.ranges), send);
  }
}

}  // namespace capricorn
