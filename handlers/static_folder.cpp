// SPDX-License-Identifier: MIT
#include "static_folder.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "../loop/platform.hpp"

namespace capricorn {
namespace {

#if defined(__linux__)
constexpr int kOpenFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif
constexpr int kOpenFile = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

// Segment by segment, following no link: for systems without openat2.
int open_by_segments(int directory, std::string_view path, int last_flags) {
  int at = ::dup(directory);
  while (at >= 0 && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string segment(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    const int flags = (path.empty() ? last_flags : kOpenFolder) | O_NOFOLLOW;
    const int next = segment.empty() ? ::dup(at) : ::openat(at, segment.c_str(), flags);
    const int error = errno;
    ::close(at);
    errno = error;
    at = next;
  }
  return at;
}

int open_beneath(int directory, const char* path, int flags) {
#if defined(__linux__) && defined(SYS_openat2)
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  // EAGAIN: something was renamed while a link's ".." was followed.
  for (int tries = 0; tries < 3 && fd < 0; ++tries) {
    fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (fd < 0 && errno != EAGAIN) break;
  }
  // Kernels before 5.6, and sandboxes that refuse what they do not know.
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
#endif
  return open_by_segments(directory, path, flags);
}

/// Nothing where the file became shorter, or cannot be read.
std::optional<std::string> read_whole(int fd, std::uint64_t size) {
  std::string bytes;
  bytes.resize_and_overwrite(static_cast<std::size_t>(size), [fd](char* to, std::size_t wanted) {
    return read_from_file(fd, to, wanted, 0);
  });
  if (bytes.size() != size) return std::nullopt;
  return bytes;
}

}  // namespace

StaticFolder::~StaticFolder() {
  if (fd_ >= 0) ::close(fd_);
}

int StaticFolder::check(const std::string& directory) noexcept {
  const int fd = ::open(directory.c_str(), kOpenFolder);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

OpenFile StaticFolder::open(std::string_view path, std::string_view variant) {
  Buffer name(path);
  if (!variant.empty()) {
    name.push_back('\0');  // is in no path
    name.append(variant);
  }
  if (OpenFile file = find_kept(path, name.view())) return file;
  // Mostly there is none, and that is known without the folder.
  if (!variant.empty() && is_missing(path)) {
    error_ = ENOENT;
    return {};
  }
  OpenFile file = open_anew(path, variant);
  return file ? keep(std::move(file), path, name.view()) : std::move(file);
}

OpenFile StaticFolder::find_kept(std::string_view path, std::string_view name) {
  std::shared_ptr<KeptFile> file = kept_.find(name);
  if (!file) return {};
  if (now_ - file->read_at < kBelieved && is_still(file->stamp, path)) {
    return OpenFile(std::move(file));
  }
  kept_.drop(name);
  return {};
}

bool StaticFolder::is_missing(std::string_view path) const {
  Buffer full(directory_);
  full.push_back('/');
  full.append(path);
  full.push_back('\0');
  return !FileStamp::at(full.data(), FileStamp::Link::kItself) && errno == ENOENT;
}

OpenFile StaticFolder::open_anew(std::string_view path, std::string_view variant) {
  if (fd_ < 0) fd_ = ::open(directory_.c_str(), kOpenFolder);
  int fd = -1;
  if (fd_ >= 0) {
    Buffer name(path.empty() ? "." : path);
    name.push_back('\0');
    const auto open = [&](int flags) {
      return follow_symlink_ ? ::openat(fd_, name.data(), flags)
                             : open_beneath(fd_, name.data(), flags);
    };
    fd = open(kOpenFile);
    // A folder may be open to who must not list it.
    if (fd < 0 && errno == EACCES && (fd = open(kOpenFolder)) < 0) errno = EACCES;
  }
  if (fd < 0) error_ = errno;
  return OpenFile(fd, variant);
}

OpenFile StaticFolder::keep(OpenFile file, std::string_view path, std::string_view name) {
  const bool small = file.is_regular() ? kept_.has_room_for(name, file.size())
                                       : file.is_directory() && kept_.has_room_for(name, 0);
  if (!small || !file.stamp().settled(wall_seconds_) || !is_still(file.stamp(), path)) return file;
  std::optional<std::string> bytes = read_whole(file.fd(), file.is_regular() ? file.size() : 0);
  if (!bytes) return file;
  auto kept = std::make_shared<KeptFile>(file.stamp(), file.etag(), *std::move(bytes), now_);
  kept_.put(name, kept);
  return OpenFile(std::move(kept));
}

/// Whether the path leads to that file or folder yet, and not by a link.
bool StaticFolder::is_still(const FileStamp& stamp, std::string_view path) const {
  using Link = FileStamp::Link;
  if (path.empty()) return FileStamp::at(directory_.c_str(), Link::kFollowed) == stamp;
  if (path.ends_with('/')) path.remove_suffix(1);  // it would have a link followed
  Buffer full(directory_);
  while (true) {
    const std::size_t size = follow_symlink_ ? path.size() : std::min(path.find('/'), path.size());
    full.push_back('/');
    full.append(path.substr(0, size));
    full.push_back('\0');
    const auto found =
        FileStamp::at(full.data(), follow_symlink_ ? Link::kFollowed : Link::kItself);
    if (size == path.size()) return found == stamp;
    if (!found || !found->is_directory()) return false;
    full.truncate(full.size() - 1);
    path.remove_prefix(size + 1);
  }
}

}  // namespace capricorn
