// SPDX-License-Identifier: MIT
#include "socket_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace capricorn {

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat status{};
  if (path_.empty() || ::stat(path_.c_str(), &status) != 0) {
    path_.clear();
    return;
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

void SocketFile::remove() noexcept {
  struct stat status{};
  if (!path_.empty() && ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

}  // namespace capricorn
