// SPDX-License-Identifier: MIT
#include "header_cache.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../loop/parse_number.hpp"

namespace capricorn {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKept = 4;

/// "capricorn.hpp.pch.1234" of a process that is no more.
bool is_left_behind(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  const auto pid = parse_number<pid_t>(std::string_view(name).substr(dot + 1));
  return pid && *pid > 0 && ::kill(*pid, 0) != 0 && errno == ESRCH;
}

void remove_left_behind(const fs::path& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (is_left_behind(entry.path().filename().string())) fs::remove(entry.path(), error);
  }
}

}  // namespace

void keep_newest_headers(const std::string& cache, const std::string& used) {
  fs::create_directories(used);
  fs::last_write_time(used, fs::file_time_type::clock::now());
  std::vector<std::pair<fs::file_time_type, fs::path>> folders;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache, error)) {
    if (!entry.path().filename().string().starts_with("headers-")) continue;
    folders.emplace_back(entry.last_write_time(error), entry.path());
  }
  std::ranges::sort(folders, std::ranges::greater());
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (i < kKept || folders[i].second == used)
      remove_left_behind(folders[i].second);
    else
      fs::remove_all(folders[i].second, error);
  }
}

}  // namespace capricorn
