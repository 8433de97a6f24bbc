// SPDX-License-Identifier: MIT
#include "open_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "../http/date.hpp"

namespace capricorn {
namespace {

void append_hex(std::string& out, std::uint64_t number) {
  std::array<char, 16> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  out.append(text.data(), end);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool lists_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view item = trim(list.substr(0, comma));
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || item == etag) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

}  // namespace

OpenFile::OpenFile(int fd) : fd_(fd) {
  struct stat status{};
  if (fd_ < 0) return;
  if (::fstat(fd_, &status) != 0) {
    ::close(std::exchange(fd_, -1));
    return;
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  modified_ = status.st_mtime;
  regular_ = S_ISREG(status.st_mode);
  directory_ = S_ISDIR(status.st_mode);
#if defined(__APPLE__)
  const auto nanoseconds = status.st_mtimespec.tv_nsec;
#else
  const auto nanoseconds = status.st_mtim.tv_nsec;
#endif
  etag_ = "\"";
  append_hex(etag_, static_cast<std::uint64_t>(modified_));
  append_hex(etag_, static_cast<std::uint64_t>(nanoseconds));
  etag_ += '-';
  append_hex(etag_, size_);
  etag_ += '"';
}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  size_ = other.size_;
  modified_ = other.modified_;
  regular_ = other.regular_;
  directory_ = other.directory_;
  etag_ = std::move(other.etag_);
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Task<> send_open_file(const OpenFile& file, int status, Headers& headers, Send& send) {
  headers.set("content-length", std::to_string(file.size()));
  headers.set("etag", file.etag());
  headers.set("last-modified", format_http_date(file.modified()));
  const SendEvent start = ResponseStart{status, headers};
  co_await send(start);
  const SendEvent body =
      file.size() == 0 ? SendEvent(ResponseBody{}) : FileRange{file.fd(), 0, file.size(), false};
  co_await send(body);
}

bool not_modified(const OpenFile& file, const Headers& request) {
  if (const auto etags = request.get(HeaderId::kIfNoneMatch))
    return lists_etag(*etags, file.etag());
  const auto since = request.get(HeaderId::kIfModifiedSince);
  if (!since) return false;
  const std::optional<std::time_t> time = parse_http_date(*since);
  return time && file.modified() <= *time;
}

}  // namespace capricorn
