// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace capricorn {

/// The file of a Unix socket, removed when its owner is done with it: not one that another server
/// has put in its place meanwhile.
class SocketFile {
 public:
  SocketFile() noexcept = default;
  /// "" for none.
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile() { remove(); }

  void remove() noexcept;
  /// It stays.
  void release() noexcept { path_.clear(); }

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace capricorn
