// SPDX-License-Identifier: MIT
#include "reload_files.hpp"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "../loop/log.hpp"
#include "module.hpp"

namespace capricorn {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

bool is_folder(const std::string& path) {
  std::error_code missing;
  return fs::is_directory(path, missing);
}

/// Those that the pattern is, or that it matches in the working directory; ".*" would be all that
/// are hidden.
Strings folders_named(const std::string& pattern) {
  if (pattern == ".*") return {};
  if (is_folder(pattern)) return {pattern};
  Strings folders;
  glob_t found{};
  if (::glob(pattern.c_str(), GLOB_ONLYDIR, nullptr, &found) == 0) {
    for (const char* path : std::span(found.gl_pathv, found.gl_pathc)) {
      if (is_folder(path)) folders.emplace_back(path);
    }
  }
  ::globfree(&found);
  return folders;
}

std::string canonical(const std::string& folder) {
  std::error_code error;
  const fs::path path = fs::canonical(folder, error);
  return error ? folder : path.string();
}

bool is_within(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder == "/" ? folder : folder + "/");
}

/// The usual ones that the other list does not name, and these.
Strings patterns_of(std::span<const std::string_view> usual, const Strings& given,
                    const Strings& others) {
  Strings patterns;
  for (const std::string_view pattern : usual) {
    if (std::ranges::find(others, pattern) == others.end()) patterns.emplace_back(pattern);
  }
  patterns.insert(patterns.end(), given.begin(), given.end());
  return patterns;
}

/// "['a', 'b']"
std::string listed(const Strings& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "'" : ", '") + text + "'";
  return "[" + list + "]";
}

/// Each once, and none that lies in another or is left out.
Strings watched_folders(const Config& config, const Strings& left_out) {
  Strings named = config.reload_dirs;
  for (const std::string& pattern : config.reload_includes) {
    std::ranges::copy(folders_named(pattern), std::back_inserter(named));
  }
  // As they were written, for that is how changes are told.
  Strings folders;
  const auto covered = [&](const std::string& folder) {
    const std::string path = canonical(folder);
    return std::ranges::any_of(left_out, [&](auto& out) { return is_within(path, out); }) ||
           std::ranges::any_of(folders,
                               [&](auto& other) { return is_within(path, canonical(other)); });
  };
  std::ranges::sort(named, {},
                    [](auto& folder) { return std::pair(canonical(folder).size(), folder); });
  for (const std::string& folder : named) {
    if (is_folder(folder) && !covered(folder)) folders.push_back(folder);
  }
  if (!folders.empty()) return folders;
  if (!config.reload_dirs.empty()) {
    log(LogLevel::kWarning, "Provided reload directories " + listed(config.reload_dirs) +
                                " did not contain valid directories, watching current working "
                                "directory.");
  }
  return {"."};
}

}  // namespace

FileWatchOptions reload_files(const Config& config) {
  FileWatchOptions options{
      .folders = {},
      .include = patterns_of(kReloadIncludes, config.reload_includes, config.reload_excludes),
      .exclude = patterns_of(kReloadExcludes, config.reload_excludes, config.reload_includes),
      .left_out = {},
      .files = {},
      .delay = config.reload_delay};
  for (const std::string& pattern : config.reload_excludes) {
    for (const std::string& folder : folders_named(pattern)) {
      options.left_out.push_back(canonical(folder));
    }
    std::erase(options.include, pattern);
  }
  options.folders = watched_folders(config, options.left_out);
  options.files.push_back(module_file(config.app, config.app_dir));
  return options;
}

}  // namespace capricorn
