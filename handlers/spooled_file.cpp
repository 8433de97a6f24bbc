// SPDX-License-Identifier: MIT
#include "spooled_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "../loop/platform.hpp"

namespace capricorn {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A file for our eyes only and without a name.
int open_unnamed() {
  const char* given = std::getenv("TMPDIR");
  const std::string folder = given && *given ? given : "/tmp";
#if defined(O_TMPFILE)
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  // Not every file system has it.
#endif
  std::string path = folder + "/capricorn-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named < 0) refuse("cannot make a temporary file");
  if (::unlink(path.c_str()) < 0) {
    const int error = errno;
    ::close(named);
    errno = error;
    refuse("cannot unlink a temporary file");
  }
  return named;
}

}  // namespace

SpooledFile::~SpooledFile() { close(); }

void SpooledFile::check_open() const {
  if (closed_) throw std::invalid_argument("I/O operation on closed file");
}

bool SpooledFile::fits_in_memory(std::size_t bytes) const noexcept {
  if (on_disk()) return false;
  std::lock_guard lock(mutex_);
  return position_ + bytes <= max_memory_;
}

std::string SpooledFile::read(std::ptrdiff_t n) {
  std::lock_guard lock(mutex_);
  check_open();
  const std::uint64_t left = size_ - std::min(size_, position_);
  const auto wanted =
      static_cast<std::size_t>(n < 0 ? left : std::min(left, static_cast<std::uint64_t>(n)));
  std::string out = on_disk() ? read_disk(wanted)
                    : wanted  ? memory_.substr(static_cast<std::size_t>(position_), wanted)
                              : std::string();
  position_ += out.size();
  return out;
}

std::string SpooledFile::read_disk(std::size_t n) {
  std::string out;
  out.resize_and_overwrite(n, [this](char* to, std::size_t wanted) {
    return read_from_file(fd_, to, wanted, static_cast<off_t>(position_));
  });
  if (out.size() < n) refuse("cannot read a temporary file");
  return out;
}

std::size_t SpooledFile::write(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  check_open();
  if (bytes.empty()) return 0;
  if (!on_disk() && position_ + bytes.size() > max_memory_) roll_over();
  if (on_disk()) {
    write_disk(bytes, position_);
  } else {
    const auto at = static_cast<std::size_t>(position_);
    if (memory_.size() < at + bytes.size()) memory_.resize(at + bytes.size());
    memory_.replace(at, bytes.size(), bytes);
  }
  position_ += bytes.size();
  size_ = std::max(size_, position_);
  return bytes.size();
}

void SpooledFile::roll_over() {
  fd_ = open_unnamed();
  try {
    write_disk(memory_, 0);
  } catch (...) {  // passes through; what it holds stays in memory
    static_cast<void>(::close(std::exchange(fd_, -1)));
    throw;
  }
  std::string().swap(memory_);
  on_disk_.store(true, std::memory_order_release);
}

void SpooledFile::write_disk(std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse("cannot write to a temporary file");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
}

void SpooledFile::seek(std::int64_t offset) {
  std::lock_guard lock(mutex_);
  check_open();
  if (offset < 0) throw std::invalid_argument("negative seek value");
  position_ = static_cast<std::uint64_t>(offset);
}

void SpooledFile::load() {
  std::lock_guard lock(mutex_);
  check_open();
  position_ = 0;
  if (!on_disk()) return;
  memory_ = read_disk(static_cast<std::size_t>(size_));
  static_cast<void>(::close(std::exchange(fd_, -1)));
  on_disk_.store(false, std::memory_order_release);
}

std::uint64_t SpooledFile::tell() const {
  std::lock_guard lock(mutex_);
  return position_;
}

std::uint64_t SpooledFile::size() const {
  std::lock_guard lock(mutex_);
  return size_;
}

void SpooledFile::close() noexcept {
  std::lock_guard lock(mutex_);
  closed_ = true;
  std::string().swap(memory_);
  // Nothing that could still fail is of use to anyone: the file goes.
  if (fd_ >= 0) static_cast<void>(::close(std::exchange(fd_, -1)));
}

}  // namespace capricorn
