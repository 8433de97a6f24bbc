// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "../http/application.hpp"

namespace capricorn {

/// A file open for reading and what is known of it. Move-only; closes.
class OpenFile {
 public:
  OpenFile() noexcept = default;
  /// Takes the descriptor over; one below zero gives no file. `variant` marks the entity tag of
  /// what is another form of a file: its bytes compressed.
  explicit OpenFile(int fd, std::string_view variant = "");
  OpenFile(OpenFile&& other) noexcept { *this = std::move(other); }
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }
  std::uint64_t size() const noexcept { return size_; }
  std::time_t modified() const noexcept { return modified_; }
  bool is_regular() const noexcept { return regular_; }
  bool is_directory() const noexcept { return directory_; }
  /// Strong: of the time of the last change, to the nanosecond, and the size.
  const std::string& etag() const noexcept { return etag_; }

 private:
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::time_t modified_ = 0;
  bool regular_ = false;
  bool directory_ = false;
  std::string etag_;
};

/// The status for a file that could not be opened, by errno: 403, 503 where the system had no room
/// for one more, else 404, whatever is odd about the name.
int status_of_open_error(int error) noexcept;

/// Answers with the file. Adds what is known of it to `headers`, which keep an ETag and a
/// Last-Modified that they have. To a GET or HEAD that would get a 200 it answers as RFC 9110, 13
/// and 14 say: 304, 412, 206 with one range or several, 416. All outlive the task.
Task<> send_open_file(const OpenFile& file, int status, Headers& headers, Scope& scope, Send& send);

}  // namespace capricorn
