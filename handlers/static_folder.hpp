// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "../loop/buffer.hpp"
#include "kept_files.hpp"
#include "open_file.hpp"

namespace capricorn {

/// A folder whose files are served, as it is during one request: what replaced it since the last
/// one, by a deployment, is opened.
///
/// Small files are answered from memory, after one question to the system for each part of the
/// path: is it still what it was, by inode, size, mode, owner and times? So each change shows at
/// the next request, as if the file had been opened. A file is read into memory only when its last
/// change is so old that another one would have another time, and by a path without symbolic links:
/// of those only opening tells where they lead. What no time tells, bytes written through a memory
/// mapping or by a call that stalls for long, shows within kBelieved.
class StaticFolder {
 public:
  static constexpr Duration kBelieved = std::chrono::seconds(1);

  /// All outlive it. `now` and `wall_seconds` are the loop's clock and the world's.
  StaticFolder(const std::string& directory, bool follow_symlink, KeptFiles& kept, TimePoint now,
               std::int64_t wall_seconds) noexcept
      : directory_(directory),
        follow_symlink_(follow_symlink),
        kept_(kept),
        now_(now),
        wall_seconds_(wall_seconds) {}
  StaticFolder(const StaticFolder&) = delete;
  StaticFolder& operator=(const StaticFolder&) = delete;
  ~StaticFolder();

  /// `path` is relative and has no ".."; "" is the folder itself.
  OpenFile open(std::string_view path, std::string_view variant = "");
  /// Why the last `open` gave none: an errno.
  int error() const noexcept { return error_; }
  /// 0, or why the folder cannot be opened.
  static int check(const std::string& directory) noexcept;

 private:
  OpenFile find_kept(std::string_view path, std::string_view name);
  OpenFile open_anew(std::string_view path, std::string_view variant);
  OpenFile keep(OpenFile file, std::string_view path, std::string_view name);
  bool is_still(const FileStamp& stamp, std::string_view path) const;
  bool is_missing(std::string_view path) const;

  // The folder
  const std::string& directory_;
  bool follow_symlink_;
  int fd_ = -1;  // opened for the first file that is not in memory
  int error_ = 0;

  // Memory
  KeptFiles& kept_;
  TimePoint now_;
  std::int64_t wall_seconds_;
};

}  // namespace capricorn
