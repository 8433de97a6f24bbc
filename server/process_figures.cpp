// SPDX-License-Identifier: MIT
#include "process_figures.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace capricorn {
namespace {

std::optional<std::uint64_t> resident_bytes(const std::string& folder) {
  std::ifstream file(folder + "/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(file >> size >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> open_descriptors(const std::string& folder) {
  const std::string path = folder + "/fd";
  struct stat status{};
  // Linux 6.2 and later say it without having to be read through.
  if (::stat(path.c_str(), &status) == 0 && status.st_size > 0) {
    return static_cast<std::uint64_t>(status.st_size);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(path.c_str()), &::closedir);
  if (!entries) return std::nullopt;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(entries.get())) count += entry->d_name[0] != '.';
  return count;
}

/// Seconds since 1970.
std::optional<double> booted_at() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

/// The 22nd field of proc_pid_stat(5); the name before it may hold anything.
std::optional<double> started_at(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string line;
  const std::optional<double> boot = booted_at();
  if (!boot || !std::getline(file, line)) return std::nullopt;
  std::size_t at = line.rfind(')');
  for (int i = 0; i < 20 && at != line.npos; ++i) at = line.find(' ', at + 1);
  double ticks = 0;
  if (at == line.npos || std::sscanf(line.c_str() + at, "%lf", &ticks) != 1) return std::nullopt;
  return *boot + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessFigures process_figures(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  return {.resident_bytes = resident_bytes(folder),
          .open_descriptors = open_descriptors(folder),
          .started_at = started_at(folder)};
}

}  // namespace capricorn
