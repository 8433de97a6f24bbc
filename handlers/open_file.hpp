// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

#include "../http/application.hpp"

namespace capricorn {

/// A file open for reading and what is known of it. Move-only; closes.
class OpenFile {
 public:
  OpenFile() noexcept = default;
  explicit OpenFile(int fd);
  OpenFile(OpenFile&& other) noexcept { *this = std::move(other); }
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }
  std::uint64_t size() const noexcept { return size_; }
  std::time_t modified() const noexcept { return modified_; }
  bool is_regular() const noexcept { return regular_; }
  bool is_directory() const noexcept { return directory_; }
  const std::string& etag() const noexcept { return etag_; }

 private:
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::time_t modified_ = 0;
  bool regular_ = false;
  bool directory_ = false;
  std::string etag_;
};

/// Adds Content-Length, ETag and Last-Modified, and sends the head and the file. Both outlive the
/// task.
Task<> send_open_file(const OpenFile& file, int status, Headers& headers, Send& send);
/// Whether the client has this state of it already (RFC 9110, 13.1).
bool not_modified(const OpenFile& file, const Headers& request);

}  // namespace capricorn
