// SPDX-License-Identifier: MIT
#include "docs_assets.hpp"

#include <algorithm>
#include <array>

#include "../../http/conditional.hpp"
#include "../../http/content_coding.hpp"
#include "../../http/decoder.hpp"
#include "../../http/hash.hpp"
#include "../../http/media_type.hpp"
#include "../errors.hpp"
#include "embedded_files.hpp"

namespace capricorn {

namespace {

const EmbeddedFile* find(std::string_view name) noexcept {
  const auto files = embedded_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const EmbeddedFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

std::string_view cdn_folder(std::string_view name) {
  return name.starts_with("redoc") ? "https://cdn.jsdelivr.net/npm/redoc@2/bundles/"
                                   : "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/";
}

bool accepts_gzip(const Request& request) {
  constexpr std::array kOffered = {ContentCoding::kGzip};
  return AcceptEncoding(request.headers()).best(kOffered) == ContentCoding::kGzip;
}

bool client_has(const Request& request, std::string_view etag) {
  return check_preconditions(request.headers(), request.scope().method, {.etag = etag}) ==
         Precondition::kNotModified;
}

Buffer unpacked(std::string_view gzip) {
  const auto decoder = Decoder::make(ContentCoding::kGzip);
  Buffer bytes;
  while (!gzip.empty() || !decoder->complete()) decoder->decode(gzip, 64 * 1024, bytes);
  return bytes;
}

Response with_validators(Response response, std::string_view etag, std::string_view cache_control) {
  response.headers().append("etag", etag);
  response.headers().append("cache-control", cache_control);
  return response;
}

}  // namespace

std::string docs_asset_url(std::string_view folder_url, std::string_view name) {
  const EmbeddedFile* file = find(name);
  if (!file) return std::string(cdn_folder(name)) + std::string(name);
  std::string url(folder_url);
  if (!url.ends_with('/')) url += '/';
  return url + std::string(name) + "?v=" + std::string(file->digest);
}

Response docs_asset(const Request& request, std::string_view name) {
  const EmbeddedFile* file = find(name);
  if (!file) return error_response(404, "Not Found");
  const bool packed = accepts_gzip(request);
  const std::string digest(file->digest);
  // Other bytes have another tag.
  const std::string etag = '"' + digest + (packed ? "-gzip\"" : "\"");
  const bool named = request.query_string() == "v=" + digest;
  const std::string_view cache_control = named ? "public, max-age=31536000, immutable" : "no-cache";
  if (client_has(request, etag)) {
    Response unchanged = with_validators(Response(304), etag, cache_control);
    unchanged.headers().append("vary", "Accept-Encoding");
    return unchanged;
  }
  Buffer body = packed ? Buffer(file->gzip) : unpacked(file->gzip);
  Response response =
      with_validators(Response(200, std::move(body), guess_media_type(name)), etag, cache_control);
  if (packed) response.headers().append("content-encoding", "gzip");
  response.headers().append("vary", "Accept-Encoding");
  return response;
}

Response tagged_text(const Request& request, std::string_view text, std::string_view media_type) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(text);
  const std::string etag = '"' + hasher.hexdigest().substr(0, 16) + '"';
  if (client_has(request, etag)) return with_validators(Response(304), etag, "no-cache");
  return with_validators(Response(200, Buffer(text), media_type), etag, "no-cache");
}

}  // namespace capricorn
