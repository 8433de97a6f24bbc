// SPDX-License-Identifier: MIT
#include "static_files.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "../http/content_coding.hpp"
#include "../http/media_type.hpp"
#include "../http/status.hpp"
#include "errors.hpp"
#include "open_file.hpp"
#include "response.hpp"

namespace capricorn {
namespace {

bool is_safe_segment(std::string_view segment) {
  return segment != ".." && segment != "." && segment.find('\\') == std::string_view::npos &&
         segment.find('\0') == std::string_view::npos;
}

// The path below the folder, or nothing where it could mean something else. The escaped slash is
// refused in the raw path: decoded, it could not be told from a real one.
std::optional<std::string> relative_path(const Scope& scope) {
  const std::string_view raw = scope.raw_path;
  if (raw.find("%2f") != std::string_view::npos || raw.find("%2F") != std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view rest = scope.path;
  if (rest.starts_with(scope.root_path)) rest.remove_prefix(scope.root_path.size());
  if (rest.starts_with('/')) rest.remove_prefix(1);
  std::string out(rest);
  for (bool more = true; more;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    more = slash != std::string_view::npos;
    if (!is_safe_segment(segment) || (segment.empty() && more)) return std::nullopt;
    rest = more ? rest.substr(slash + 1) : std::string_view();
  }
  return out;
}

#if defined(__linux__)
constexpr int kOpenFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif
constexpr int kOpenFile = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

// Segment by segment, following no link: for systems without openat2.
int open_by_segments(int directory, std::string_view path) {
  int at = ::dup(directory);
  while (at >= 0 && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string segment(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    const int next =
        segment.empty() ? ::dup(at) : ::openat(at, segment.c_str(), kOpenFile | O_NOFOLLOW);
    const int error = errno;
    ::close(at);
    errno = error;
    at = next;
  }
  return at;
}

int open_beneath(int directory, const char* path) {
#if defined(__linux__) && defined(SYS_openat2)
  open_how how{};
  how.flags = kOpenFile;
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
  return open_by_segments(directory, path);
}

struct Sibling {
  ContentCoding coding;
  std::string_view suffix;
};
/// The smallest first: they cost nothing to make.
constexpr std::array kSiblings = {Sibling{ContentCoding::kBrotli, ".br"},
                                  Sibling{ContentCoding::kZstd, ".zst"},
                                  Sibling{ContentCoding::kGzip, ".gz"}};

std::string_view suffix_of(ContentCoding coding) {
  return std::ranges::find(kSiblings, coding, &Sibling::coding)->suffix;
}

Task<> send_error(int status, Scope& scope, Send& send) {
  Response response = error_response(status, reason_phrase(status));
  if (status == 405) response.headers().append("allow", "GET, HEAD");
  co_await response.send(scope, send);
}

}  // namespace

/// The folder as it is now, opened for one request: what replaced it since, by a deployment, is
/// served.
class StaticFiles::Folder {
 public:
  Folder(const std::string& directory, bool follow_symlink)
      : fd_(::open(directory.c_str(), kOpenFolder)),
        error_(fd_ < 0 ? errno : 0),
        follow_symlink_(follow_symlink) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int error() const noexcept { return error_; }
  /// errno says why it gives none. `path` is relative and has no "..".
  OpenFile open(const std::string& path, std::string_view variant = "") const {
    const char* name = path.empty() ? "." : path.c_str();
    return OpenFile(follow_symlink_ ? ::openat(fd_, name, kOpenFile) : open_beneath(fd_, name),
                    variant);
  }

 private:
  int fd_;
  int error_;
  bool follow_symlink_;
};

/// The file that answers, or the status that says why there is none.
struct StaticFiles::Found {
  OpenFile file = {};
  std::string path = {};  // without ".br"
  int status = 404;
  bool stands_in = false;  // for what was not found
};

StaticFiles::StaticFiles(std::string directory, StaticFilesOptions options)
    : directory_(std::move(directory)), options_(std::move(options)) {
  if (!options_.check_dir) return;
  if (const Folder folder(directory_, true); !folder) {
    throw std::system_error(folder.error(), std::generic_category(), "static files: " + directory_);
  }
}

Task<> StaticFiles::operator()(Scope& scope, Receive&, Send& send) {
  if (scope.type == Scope::Type::kLifespan) co_return;
  if (scope.type == Scope::Type::kWebSocket) {
    const SendEvent refusal = WebSocketClose{};
    co_await send(refusal);
    co_return;
  }
  if (scope.method != Method::kGet && scope.method != Method::kHead) {
    co_await send_error(405, scope, send);
    co_return;
  }
  const Folder folder(directory_, options_.follow_symlink);
  Found found = find(folder, scope);
  if (found.file) {
    co_await send_found(folder, found, scope, send);
  } else if (found.status == 307) {
    Response response = redirect_slashes(scope);
    co_await response.send(scope, send);
  } else {
    co_await send_error(found.status, scope, send);
  }
}

StaticFiles::Found StaticFiles::find(const Folder& folder, const Scope& scope) const {
  std::optional<std::string> path = relative_path(scope);
  if (!path) return {};
  if (!folder) return {.status = status_of_open_error(folder.error())};
  OpenFile file = folder.open(*path);
  const int error = file ? 404 : status_of_open_error(errno);
  if (error != 404) return {.status = error};
  if (file.is_regular() && !path->ends_with('/')) {
    return {.file = std::move(file), .path = std::move(*path), .status = 200};
  }
  if (file.is_directory() && options_.html) {
    const bool slash = path->empty() ? scope.path.ends_with('/') : path->ends_with('/');
    std::string index = *path + (slash || path->empty() ? "index.html" : "/index.html");
    OpenFile page = folder.open(index);
    if (page.is_regular()) {
      if (!slash) return {.status = 307};
      return {.file = std::move(page), .path = std::move(index), .status = 200};
    }
  }
  return find_stand_in(folder, *path);
}

/// What answers for a path that names no file.
StaticFiles::Found StaticFiles::find_stand_in(const Folder& folder, std::string_view path) const {
  const auto stand_in = [&](const std::string& name, int status) -> Found {
    OpenFile page = folder.open(name);
    if (!page.is_regular()) return {};
    return {.file = std::move(page), .path = name, .status = status, .stands_in = true};
  };
  const bool dotted = path.find('.', path.rfind('/') + 1) != std::string::npos;
  if (!options_.fallback.empty() && !dotted) {
    if (Found page = stand_in(options_.fallback, 200); page.file) return page;
  }
  return options_.html ? stand_in("404.html", 404) : Found{};
}

Task<> StaticFiles::send_found(const Folder& folder, Found& found, Scope& scope, Send& send) const {
  Headers headers;
  headers.append("content-type", guess_media_type(found.path));
  if (found.stands_in) {
    // It may be something else tomorrow.
    if (found.status == 200) headers.append("cache-control", "no-cache");
  } else if (!options_.cache_control.empty()) {
    headers.append("cache-control", options_.cache_control);
  }
  if (options_.precompressed) {
    headers.append("vary", "Accept-Encoding");
    take_sibling(folder, found, scope.headers, headers);
  }
  co_await send_open_file(found.file, found.status, headers, scope, send);
}

/// Puts the best of what lies compressed beside the file in its place.
void StaticFiles::take_sibling(const Folder& folder, Found& found, const Headers& request,
                               Headers& headers) const {
  const AcceptEncoding accepted(request);
  std::vector<ContentCoding> left;
  for (const Sibling& sibling : kSiblings) left.push_back(sibling.coding);
  while (true) {
    const ContentCoding coding = accepted.best(left);
    if (coding == ContentCoding::kIdentity) return;
    OpenFile file = folder.open(found.path + std::string(suffix_of(coding)), coding_name(coding));
    if (file.is_regular()) {
      found.file = std::move(file);
      headers.append("content-encoding", coding_name(coding));
      return;
    }
    std::erase(left, coding);
  }
}

}  // namespace capricorn
