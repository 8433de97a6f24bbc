// SPDX-License-Identifier: MIT
#include "pid_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "../loop/log.hpp"

namespace capricorn {

void PidFile::write(const std::string& path) {
  if (path.empty()) return;
  // Whole or not at all: who reads it never sees half a number.
  const std::string draft = path + "." + std::to_string(::getpid());
  std::ofstream file(draft);
  file << ::getpid() << '\n';
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    log(LogLevel::kError, "cannot write --pid-file '" + path + "': " + std::strerror(errno));
    ::unlink(draft.c_str());
    return;
  }
  path_ = path;
}

void PidFile::remove() noexcept {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace capricorn
