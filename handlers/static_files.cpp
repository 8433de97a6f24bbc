// SPDX-License-Identifier: MIT
#include "static_files.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

#include "../http/content_coding.hpp"
#include "../http/media_type.hpp"
#include "../http/status.hpp"
#include "../loop/loop.hpp"
#include "errors.hpp"
#include "open_file.hpp"
#include "response.hpp"
#include "static_folder.hpp"

namespace capricorn {
namespace {

/// The path below the mount, decoded.
std::string_view path_below_mount(const Scope& scope) {
  std::string_view path = scope.path;
  if (path.starts_with(scope.root_path)) path.remove_prefix(scope.root_path.size());
  if (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

enum class Leads : std::uint8_t {
  kToName,   // of a file, should there be one
  kNowhere,  // no file can have that name
  kAstray,   // "." and "..": who asks for that has made the path by hand
};

Leads where_leads(const Scope& scope, std::string_view path) {
  // Decoded, an escaped slash could not be told from a real one.
  const std::string_view raw = scope.raw_path;
  bool name =
      raw.find("%2f") == std::string_view::npos && raw.find("%2F") == std::string_view::npos;
  for (bool more = true; more;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    more = slash != std::string_view::npos;
    if (segment == "." || segment == "..") return Leads::kAstray;
    name = name && !segment.contains('\\') && !segment.contains('\0') && !(segment.empty() && more);
    path = more ? path.substr(slash + 1) : std::string_view();
  }
  return name ? Leads::kToName : Leads::kNowhere;
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

/// The file that answers, or the status that says why there is none.
struct StaticFiles::Found {
  OpenFile file = {};
  std::string path = {};  // without ".br"
  ContentCoding coding = ContentCoding::kIdentity;
  int status = 404;
  bool stands_in = false;  // for what was not found
};

StaticFiles::StaticFiles(std::string directory, StaticFilesOptions options)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      kept_(std::make_unique<KeptFiles>(options_.memory)) {
  const int error = options_.check_dir ? StaticFolder::check(directory_) : 0;
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "static files: " + directory_);
  }
}

StaticFiles::StaticFiles(StaticFiles&&) noexcept = default;
StaticFiles& StaticFiles::operator=(StaticFiles&&) noexcept = default;
StaticFiles::~StaticFiles() = default;

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
  Found found = find(scope);
  if (found.file) {
    co_await send_found(found, scope, send);
  } else if (found.status == 307) {
    Response response = redirect_slashes(scope);
    co_await response.send(scope, send);
  } else {
    co_await send_error(found.status, scope, send);
  }
}

StaticFiles::Found StaticFiles::find(const Scope& scope) const {
  const std::string_view path = path_below_mount(scope);
  const Leads leads = where_leads(scope, path);
  if (leads == Leads::kAstray) return {};
  StaticFolder folder(directory_, options_.follow_symlink, *kept_, get_running_loop().cached_time(),
                      std::time(nullptr));
  Found found =
      leads == Leads::kToName ? find_in(folder, path, scope) : find_stand_in(folder, path);
  if (found.file && options_.precompressed) take_sibling(folder, found, scope.headers);
  return found;
}

StaticFiles::Found StaticFiles::find_in(StaticFolder& folder, std::string_view path,
                                        const Scope& scope) const {
  OpenFile file = folder.open(path);
  const int error = file ? 404 : status_of_open_error(folder.error());
  if (error != 404) return {.status = error};
  if (file.is_regular() && !path.ends_with('/')) {
    return {.file = std::move(file), .path = std::string(path), .status = 200};
  }
  if (file.is_directory() && options_.html) {
    const bool slash = path.empty() ? scope.path.ends_with('/') : path.ends_with('/');
    std::string index(path);
    index += slash || path.empty() ? "index.html" : "/index.html";
    OpenFile page = folder.open(index);
    if (page.is_regular()) {
      if (!slash) return {.status = 307};
      return {.file = std::move(page), .path = std::move(index), .status = 200};
    }
    const int why = page ? 404 : status_of_open_error(folder.error());
    if (why != 404) return {.status = why};
  }
  return find_stand_in(folder, path);
}

/// What answers for a path that names no file.
StaticFiles::Found StaticFiles::find_stand_in(StaticFolder& folder, std::string_view path) const {
  const auto stand_in = [&](const std::string& name, int status) -> Found {
    OpenFile page = folder.open(name);
    const bool full = !page && status_of_open_error(folder.error()) == 503;
    if (!page.is_regular()) return {.status = full ? 503 : 404};
    return {.file = std::move(page), .path = name, .status = status, .stands_in = true};
  };
  const bool dotted = path.find('.', path.rfind('/') + 1) != std::string::npos;
  if (!options_.fallback.empty() && !dotted) {
    Found page = stand_in(options_.fallback, 200);
    if (page.file || page.status != 404) return page;
  }
  return options_.html ? stand_in("404.html", 404) : Found{};
}

/// Puts the best of what lies compressed beside the file in its place.
void StaticFiles::take_sibling(StaticFolder& folder, Found& found, const Headers& request) const {
  const AcceptEncoding accepted(request);
  std::vector<ContentCoding> left;
  for (const Sibling& sibling : kSiblings) left.push_back(sibling.coding);
  while (true) {
    const ContentCoding coding = accepted.best(left);
    if (coding == ContentCoding::kIdentity) return;
    OpenFile file = folder.open(found.path + std::string(suffix_of(coding)), coding_name(coding));
    if (file.is_regular()) {
      found.file = std::move(file);
      found.coding = coding;
      return;
    }
    std::erase(left, coding);
  }
}

Headers StaticFiles::describe(const Found& found) const {
  Headers headers;
  headers.append("content-type", guess_media_type(found.path));
  if (found.stands_in) {
    // It may be something else tomorrow.
    if (found.status == 200) headers.append("cache-control", "no-cache");
  } else if (!options_.cache_control.empty()) {
    headers.append("cache-control", options_.cache_control);
  }
  if (options_.precompressed) headers.append("vary", "Accept-Encoding");
  if (found.coding != ContentCoding::kIdentity) {
    headers.append("content-encoding", coding_name(found.coding));
  }
  return headers;
}

Task<> StaticFiles::send_found(const Found& found, Scope& scope, Send& send) const {
  KeptFile* kept = found.stands_in ? nullptr : found.file.kept();
  if (kept && scope.method == Method::kGet && asks_for_whole(scope.headers)) {
    // Most requests: what is said of the file is put together once.
    if (kept->headers.size() == 0) {
      kept->headers = describe(found);
      describe_whole(found.file, kept->headers);
    }
    const SendEvent event = WholeResponse{200, kept->headers, kept->bytes};
    co_await send(event);
    co_return;
  }
  Headers headers = describe(found);
  co_await send_open_file(found.file, found.status, headers, scope, send);
}

}  // namespace capricorn
