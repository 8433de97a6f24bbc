// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace capricorn {

struct FileWatchOptions {
  std::vector<std::string> folders;  // with all below them
  // Globs, without "/" of names, with it of paths' ends: "*.so", "src/*.cpp". A file that `include`
  // names in full is watched though `exclude` has it.
  std::vector<std::string> include;
  std::vector<std::string> exclude;        // also of folders
  std::vector<std::string> left_out = {};  // folders with all below them; canonical paths
  std::vector<std::string> files;          // watched whatever they are called
  std::chrono::milliseconds delay;         // at least between two looks
};

/// Tells when a file has changed, by looking at times and sizes: it works on every file system, in
/// containers and over the network too.
class FileWatch {
 public:
  explicit FileWatch(FileWatchOptions options);

  /// The path of one that was changed, added or removed since the last look; empty where none was
  /// or the delay has not passed.
  std::optional<std::string> changed();

 private:
  struct Stamp {
    long long time = 0;  // of the last change, in ns
    long long size = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::map<std::string, Stamp>;

  Stamps look() const;
  bool wanted(const std::string& below) const;
  bool is_left_out(const std::string& folder, const std::string& below) const;

  FileWatchOptions options_;
  Stamps stamps_;
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace capricorn
