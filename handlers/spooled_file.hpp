// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace capricorn {

/// A temporary file that lies in memory until it grows over a size (Python's
/// tempfile.SpooledTemporaryFile). On disk it has no name, so that it goes with its last
/// descriptor, whatever happens; it lies in TMPDIR, or /tmp. Any thread may call, one after
/// another; what touches the disk blocks and throws std::system_error.
class SpooledFile {
 public:
  explicit SpooledFile(std::size_t max_memory) noexcept : max_memory_(max_memory) {}
  SpooledFile(const SpooledFile&) = delete;
  SpooledFile& operator=(const SpooledFile&) = delete;
  ~SpooledFile();

  /// Up to `n` bytes from the position, fewer only at the end. -1: all that is left.
  std::string read(std::ptrdiff_t n = -1);
  /// All of it at the position; gives its size.
  std::size_t write(std::string_view bytes);
  /// From the start. What is then written behind the end leaves zeros between. Throws
  /// std::invalid_argument for a negative offset.
  void seek(std::int64_t offset);
  std::uint64_t tell() const;
  std::uint64_t size() const;
  /// Takes it back into memory, whatever its size; the position goes to the start.
  void load();
  /// Idempotent; the other functions then throw std::invalid_argument.
  void close() noexcept;

  /// Whether an access may block.
  bool on_disk() const noexcept { return on_disk_.load(std::memory_order_acquire); }
  /// Whether `bytes` more can be written without going to the disk.
  bool fits_in_memory(std::size_t bytes) const noexcept;

 private:
  void check_open() const;
  void roll_over();
  std::string read_disk(std::size_t n);
  void write_disk(std::string_view bytes, std::uint64_t at);

  const std::size_t max_memory_;
  mutable std::mutex mutex_;
  std::string memory_;
  std::atomic<bool> on_disk_ = false;
  bool closed_ = false;
  int fd_ = -1;
  std::uint64_t position_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace capricorn
