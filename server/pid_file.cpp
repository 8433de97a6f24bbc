// SPDX-License-Identifier: MIT
#include "pid_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
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

}  // namespace

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
  if (!path_.empty() && names_us(path_)) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace capricorn
