// SPDX-License-Identifier: MIT
#include "pid_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "../loop/log.hpp"

namespace capricorn {
namespace {

bool names_us(const std::string& path) noexcept {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  long number = 0;
  return file && std::fscanf(file.get(), "%ld", &number) == 1 && number == ::getpid();
}

/// A file of our own, whatever lies there: in a folder that others write to it may be their link to
/// somebody's file. Whoever signals the number in it believes only us, whatever the umask.
bool write_anew(const std::string& path, const std::string& text) noexcept {
  ::unlink(path.c_str());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return ::close(fd) == 0 && written;
}

}  // namespace

void PidFile::write(const std::string& path) {
  if (path.empty()) return;
  // Whole or not at all: who reads it never sees half a number.
  const std::string draft = path + "." + std::to_string(::getpid());
  if (!write_anew(draft, std::to_string(::getpid()) + "\n") ||
      std::rename(draft.c_str(), path.c_str()) != 0) {
    log(LogLevel::kError, "cannot write --pid-file '" + path + "': " + std::strerror(errno));
    ::unlink(draft.c_str());
    return;
  }
  path_ = path;
}

void PidFile::remove() noexcept {
  if (!path_.empty() && names_us(path_)) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace capricorn
