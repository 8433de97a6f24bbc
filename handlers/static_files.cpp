// SPDX-License-Identifier: MIT
#include "static_files.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "errors.hpp"

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

// Segment by segment, following no link: for systems without openat2.
int open_by_segments(int directory, std::string_view path) {
  int at = ::dup(directory);
  while (at >= 0 && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string segment(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    const int next = segment.empty() ? ::dup(at)
                                     : ::openat(at, segment.c_str(),
                                                O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    ::close(at);
    at = next;
  }
  return at;
}

int open_beneath(int directory, const std::string& path) {
#if defined(__linux__) && defined(SYS_openat2)
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  const long fd = ::syscall(SYS_openat2, directory, name, &how, sizeof how);
  // Kernels before 5.6, and sandboxes that refuse what they do not know.
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
#endif
  return open_by_segments(directory, path);
}

Response plain_answer(int status) {
  return error_response(status, status == 405 ? "Method Not Allowed" : "Not Found");
}

}  // namespace

StaticFiles::StaticFiles(std::string directory)
    : directory_fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (directory_fd_ < 0) {
    throw std::system_error(errno, std::generic_category(), "static files: " + directory);
  }
}

StaticFiles::StaticFiles(StaticFiles&& other) noexcept
    : directory_fd_(std::exchange(other.directory_fd_, -1)) {}

StaticFiles::~StaticFiles() {
  if (directory_fd_ >= 0) ::close(directory_fd_);
}

OpenFile StaticFiles::open_below(const std::string& path) const {
  return OpenFile(open_beneath(directory_fd_, path));
}

Task<> StaticFiles::operator()(Scope& scope, Receive&, Send& send) {
  if (scope.type == Scope::Type::kLifespan) co_return;
  if (scope.method != Method::kGet && scope.method != Method::kHead) {
    Response response = plain_answer(405);
    response.headers().append("allow", "GET, HEAD");
    co_await response.send(scope, send);
    co_return;
  }
  std::optional<std::string> path = relative_path(scope);
  OpenFile file;
  if (path) {
    file = open_below(*path);
    if (file && file.is_directory() && (path->empty() || path->ends_with('/'))) {
      *path += "index.html";
      file = open_below(*path);
    } else if (file && path->ends_with('/')) {
      file = OpenFile();
    }
  }
  if (!file || !file.is_regular()) {
    Response response = plain_answer(404);
    co_await response.send(scope, send);
    co_return;
  }
  Headers headers;
  if (not_modified(file, scope.headers)) {
    headers.append("etag", file.etag());
    const SendEvent event = WholeResponse{304, headers, {}};
    co_await send(event);
    co_return;
  }
  headers.append("content-type", guess_media_type(*path));
  co_await send_open_file(file, 200, headers, send);
}

}  // namespace capricorn
