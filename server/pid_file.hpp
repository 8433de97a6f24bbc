// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace capricorn {

/// A file with this process's number, removed at its end: not where another server has written its
/// own there meanwhile.
class PidFile {
 public:
  PidFile() noexcept = default;
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile() { remove(); }

  /// Takes the place of what is there; "" for none. What cannot be written is told and no error.
  void write(const std::string& path);
  void remove() noexcept;
  /// It is another process's from now on.
  void release() noexcept { path_.clear(); }

 private:
  std::string path_;
};

}  // namespace capricorn
