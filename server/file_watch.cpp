// SPDX-License-Identifier: MIT
#include "file_watch.hpp"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace capricorn {
namespace {

namespace fs = std::filesystem;

bool matches(const std::vector<std::string>& globs, const std::string& path,
             const std::string& name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0 ||
           ::fnmatch(glob.c_str(), path.c_str(), 0) == 0;
  });
}

long long last_change(const struct stat& status) {
#ifdef __APPLE__
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return static_cast<long long>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

}  // namespace

FileWatch::FileWatch(FileWatchOptions options)
    : options_(std::move(options)), stamps_(look()), looked_(std::chrono::steady_clock::now()) {}

bool FileWatch::wanted(const std::string& below, const std::string& name) const {
  return matches(options_.include, below, name) && !matches(options_.exclude, below, name);
}

FileWatch::Stamps FileWatch::look() const {
  Stamps stamps;
  const auto add = [&](const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) {
      stamps[path] = {.time = last_change(status), .size = static_cast<long long>(status.st_size)};
    }
  };
  for (const std::string& file : options_.files) add(file);
  for (const std::string& folder : options_.folders) {
    std::error_code error;  // what cannot be read is not watched
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                           error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const std::string path = entry->path().string();
      const std::string name = entry->path().filename().string();
      // Without the folder: ".*" is to exclude ".git", not all that is below "." or "..".
      const std::string below = path.substr(std::min(folder.size() + 1, path.size()));
      if (entry->is_directory(error)) {
        if (matches(options_.exclude, below, name)) entry.disable_recursion_pending();
      } else if (wanted(below, name)) {
        add(path);
      }
    }
  }
  return stamps;
}

std::optional<std::string> FileWatch::changed() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < options_.delay) return std::nullopt;
  looked_ = now;
  const Stamps before = std::exchange(stamps_, look());
  for (const auto& [path, stamp] : stamps_) {
    const auto known = before.find(path);
    if (known == before.end() || known->second != stamp) return path;
  }
  for (const auto& [path, stamp] : before) {
    if (!stamps_.contains(path)) return path;
  }
  return std::nullopt;
}

}  // namespace capricorn
