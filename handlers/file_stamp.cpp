// SPDX-License-Identifier: MIT
#include "file_stamp.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#include <algorithm>
#include <cerrno>

namespace capricorn {
namespace {

constexpr std::int64_t kCoarsestTick = 2;

FileStamp stamp_of(const struct stat& status) noexcept {
#if defined(__APPLE__)
  const timespec modified = status.st_mtimespec;
  const timespec changed = status.st_ctimespec;
#else
  const timespec modified = status.st_mtim;
  const timespec changed = status.st_ctim;
#endif
  return {.device = static_cast<std::uint64_t>(status.st_dev),
          .inode = static_cast<std::uint64_t>(status.st_ino),
          .size = static_cast<std::uint64_t>(status.st_size),
          .mode = static_cast<std::uint32_t>(status.st_mode),
          .owner = static_cast<std::uint32_t>(status.st_uid),
          .group = static_cast<std::uint32_t>(status.st_gid),
          .modified = {modified.tv_sec, modified.tv_nsec},
          .changed = {changed.tv_sec, changed.tv_nsec}};
}

#if defined(STATX_BASIC_STATS)
FileStamp stamp_of(const struct statx& status) noexcept {
  return {.device = makedev(status.stx_dev_major, status.stx_dev_minor),
          .inode = status.stx_ino,
          .size = status.stx_size,
          .mode = status.stx_mode,
          .owner = status.stx_uid,
          .group = status.stx_gid,
          .modified = {status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec},
          .changed = {status.stx_ctime.tv_sec, status.stx_ctime.tv_nsec}};
}
#endif

}  // namespace

std::optional<FileStamp> FileStamp::of(int fd) noexcept {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  return stamp_of(status);
}

std::optional<FileStamp> FileStamp::at(const char* path, Link last) noexcept {
  const int flags = last == Link::kItself ? AT_SYMLINK_NOFOLLOW : 0;
#if defined(STATX_BASIC_STATS)
  struct statx extended{};
  if (::statx(AT_FDCWD, path, flags | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &extended) == 0) {
    return stamp_of(extended);
  }
  // Kernels before 4.11, and sandboxes that refuse what they do not know.
  if (errno != ENOSYS && errno != EPERM) return std::nullopt;
#endif
  struct stat status{};
  if (::fstatat(AT_FDCWD, path, &status, flags) != 0) return std::nullopt;
  return stamp_of(status);
}

bool FileStamp::is_regular() const noexcept { return S_ISREG(mode); }
bool FileStamp::is_directory() const noexcept { return S_ISDIR(mode); }

bool FileStamp::settled(std::int64_t now_seconds) const noexcept {
  return std::max(modified.seconds, changed.seconds) + kCoarsestTick < now_seconds;
}

}  // namespace capricorn
