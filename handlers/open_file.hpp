// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "../http/application.hpp"
#include "kept_files.hpp"

namespace capricorn {

/// A file to be read, and what is known of it: open, or its bytes in memory. Move-only; closes.
class OpenFile {
 public:
  OpenFile() noexcept = default;
  /// Takes the descriptor over; one below zero gives no file. `variant` marks the entity tag of
  /// what is another form of a file: its bytes compressed.
  explicit OpenFile(int fd, std::string_view variant = "");
  explicit OpenFile(std::shared_ptr<KeptFile> kept) noexcept;
  OpenFile(OpenFile&& other) noexcept { *this = std::move(other); }
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  explicit operator bool() const noexcept { return fd_ >= 0 || kept_; }
  /// Below zero where the bytes are in memory.
  int fd() const noexcept { return fd_; }
  /// Null where the file is open.
  KeptFile* kept() const noexcept { return kept_.get(); }
  const FileStamp& stamp() const noexcept { return stamp_; }
  std::uint64_t size() const noexcept { return stamp_.size; }
  std::time_t modified() const noexcept { return stamp_.modified.seconds; }
  bool is_regular() const noexcept { return *this && stamp_.is_regular(); }
  bool is_directory() const noexcept { return *this && stamp_.is_directory(); }
  /// Strong: of the time of the last change, to the nanosecond, and the size.
  const std::string& etag() const noexcept { return kept_ ? kept_->etag : etag_; }

 private:
  int fd_ = -1;
  FileStamp stamp_;
  std::string etag_;
  std::shared_ptr<KeptFile> kept_;  // shared with KeptFiles, which may drop it meanwhile
};

/// The status for a file that could not be opened, by errno: 403, 503 where the system had no room
/// for one more, else 404, whatever is odd about the name.
int status_of_open_error(int error) noexcept;

/// Whether a GET of a file is answered with all of it, whatever the file is: no condition, no
/// range.
bool asks_for_whole(const Headers& request) noexcept;
/// What `send_open_file` adds to the headers of such an answer.
void describe_whole(const OpenFile& file, Headers& headers);

/// Answers with the file. Adds what is known of it to `headers`, which keep an ETag and a
/// Last-Modified that they have. To a GET or HEAD that would get a 200 it answers as RFC 9110, 13
/// and 14 say: 304, 412, 206 with one range or several, 416. All outlive the task.
Task<> send_open_file(const OpenFile& file, int status, Headers& headers, Scope& scope, Send& send);

}  // namespace capricorn
