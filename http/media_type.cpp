// SPDX-License-Identifier: MIT
#include "media_type.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "field_value.hpp"

namespace capricorn {
namespace {

struct Known {
  std::string_view extension;
  std::string_view type;
};
constexpr Known kTable[] = {
#include "media_type_table.inc"
};
static_assert(std::ranges::is_sorted(kTable, {}, &Known::extension));

constexpr std::size_t kLongestExtension = std::ranges::max(kTable, {}, [](const Known& known) {
                                            return known.extension.size();
                                          }).extension.size();

constexpr std::string_view kUnknown = "application/octet-stream";

/// Of the groups that are compressed already, those that are not.
constexpr std::array<std::string_view, 7> kPlainMedia = {
    "image/svg+xml", "image/bmp", "image/x-ms-bmp", "image/vnd.microsoft.icon",
    "image/x-icon",  "font/ttf",  "font/otf",
};

/// Of application/, what is compressed already, or as good as random.
constexpr std::array<std::string_view, 22> kDense = {
    "application/epub+zip",
    "application/gzip",
    "application/java-archive",
    "application/octet-stream",
    "application/ogg",
    "application/pdf",
    "application/pgp-encrypted",
    "application/vnd.android.package-archive",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/x-apple-diskimage",
    "application/x-bzip",
    "application/x-bzip2",
    "application/x-compress",
    "application/x-debian-package",
    "application/x-gzip",
    "application/x-rar-compressed",
    "application/x-rpm",
    "application/x-xz",
    "application/zip",
    "application/zlib",
    "application/zstd",
};
static_assert(std::ranges::is_sorted(kDense));

}  // namespace

std::string_view guess_media_type(std::string_view path) noexcept {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return kUnknown;
  const std::string_view extension = name.substr(dot + 1);
  if (extension.empty() || extension.size() > kLongestExtension) return kUnknown;
  std::array<char, kLongestExtension> lowered{};
  std::ranges::transform(extension, lowered.begin(), ascii_lower);
  const std::string_view key(lowered.data(), extension.size());
  const auto found = std::ranges::lower_bound(kTable, key, {}, &Known::extension);
  return found != std::end(kTable) && found->extension == key ? found->type : kUnknown;
}

bool is_compressible(std::string_view content_type) noexcept {
  std::array<char, 80> lowered{};
  const std::string_view type = trim_ows(content_type.substr(0, content_type.find(';')));
  if (type.size() > lowered.size()) return true;
  std::ranges::transform(type, lowered.begin(), ascii_lower);
  const std::string_view name(lowered.data(), type.size());
  if (std::ranges::find(kPlainMedia, name) != kPlainMedia.end()) return true;
  for (std::string_view group : {"image/", "video/", "audio/", "font/"}) {
    if (name.starts_with(group)) return false;
  }
  // Office documents are zip archives, whether or not their name says so.
  for (std::string_view archive :
       {"application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."}) {
    if (name.starts_with(archive)) return false;
  }
  return !name.ends_with("+zip") && !name.ends_with("+gzip") && !name.ends_with("+zstd") &&
         !std::ranges::binary_search(kDense, name);
}

bool is_json_media_type(std::string_view content_type) noexcept {
  if (content_type == "application/json") return true;
  const std::string_view type = trim_ows(content_type.substr(0, content_type.find(';')));
  constexpr std::string_view kPrefix = "application/";
  constexpr std::string_view kSuffix = "+json";
  if (!equals_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) return false;
  const std::string_view subtype = type.substr(kPrefix.size());
  return equals_ignoring_case(subtype, "json") ||
         (subtype.size() > kSuffix.size() &&
          equals_ignoring_case(subtype.substr(subtype.size() - kSuffix.size()), kSuffix));
}

}  // namespace capricorn
