// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace capricorn {

/// What the system says of a file. As long as it says the same, the bytes are the same, and who
/// could open the file still can: whatever changes one of them changes a time, and no program can
/// set the time of the last change of status.
struct FileStamp {
  struct Time {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const Time&) const = default;
  };

  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::uint32_t mode = 0;
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  Time modified;
  Time changed;

  /// Nothing where the system refuses; errno says why.
  static std::optional<FileStamp> of(int fd) noexcept;
  /// A network's file system asks its server, as `open` would: what it remembers may be old.
  enum class Link : std::uint8_t { kFollowed, kItself };
  static std::optional<FileStamp> at(const char* path, Link last) noexcept;

  bool operator==(const FileStamp&) const = default;
  bool is_regular() const noexcept;
  bool is_directory() const noexcept;

  /// Whether a change from `now` on will show: it will have another time. The clocks of file
  /// systems tick, some of them every two seconds only (FAT), and a second change within a tick
  /// looks like none. git calls such a file racily clean.
  bool settled(std::int64_t now_seconds) const noexcept;
};

}  // namespace capricorn
