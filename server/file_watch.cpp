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

/// As Python's PurePath.match: from the right, name by name.
bool matches(const std::string& glob, const std::string& path) {
  for (std::size_t at = 0; at != path.npos;) {
    if (::fnmatch(glob.c_str(), path.c_str() + at, FNM_PATHNAME) == 0) return true;
    const std::size_t slash = path.find('/', at);
    at = slash == path.npos ? path.npos : slash + 1;
  }
  return false;
}

bool matches_any(const std::vector<std::string>& globs, const std::string& path) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return matches(glob, path); });
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

bool FileWatch::wanted(const std::string& below) const {
  if (!matches_any(options_.include, below)) return false;
  const auto named = [&](const std::string& name) { return below.ends_with(name); };
  return !matches_any(options_.exclude, below) || std::ranges::any_of(options_.include, named);
}

bool FileWatch::is_left_out(const std::string& folder, const std::string& below) const {
  if (matches_any(options_.exclude, below)) return true;
  if (options_.left_out.empty()) return false;
  std::error_code error;
  const std::string path = (fs::canonical(folder, error) / below).string();
  return std::ranges::find(options_.left_out, path) != options_.left_out.end();
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
      // Without the folder: ".*" is to exclude ".git", not all that is below "." or "..".
      const std::string below = path.substr(std::min(folder.size() + 1, path.size()));
      if (entry->is_directory(error)) {
        if (is_left_out(folder, below)) entry.disable_recursion_pending();
      } else if (wanted(below)) {
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
