// SPDX-License-Identifier: MIT
#include "response.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "open_file.hpp"

namespace capricorn {
namespace {

bool may_stand_in_location(char c) {
  constexpr std::string_view kKept = "-._~:/?#[]@!$&'()*+,;=%";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kKept.find(c) != std::string_view::npos;
}

std::string encode_location(std::string_view url) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : url) {
    if (may_stand_in_location(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

struct MediaType {
  std::string_view suffix;
  std::string_view type;
};

constexpr std::array kMediaTypes = {
    MediaType{".avif", "image/avif"},
    MediaType{".bin", "application/octet-stream"},
    MediaType{".css", "text/css; charset=utf-8"},
    MediaType{".csv", "text/csv; charset=utf-8"},
    MediaType{".gif", "image/gif"},
    MediaType{".gz", "application/gzip"},
    MediaType{".htm", "text/html; charset=utf-8"},
    MediaType{".html", "text/html; charset=utf-8"},
    MediaType{".ico", "image/vnd.microsoft.icon"},
    MediaType{".jpeg", "image/jpeg"},
    MediaType{".jpg", "image/jpeg"},
    MediaType{".js", "text/javascript; charset=utf-8"},
    MediaType{".json", "application/json"},
    MediaType{".md", "text/markdown; charset=utf-8"},
    MediaType{".mjs", "text/javascript; charset=utf-8"},
    MediaType{".mp3", "audio/mpeg"},
    MediaType{".mp4", "video/mp4"},
    MediaType{".ogg", "audio/ogg"},
    MediaType{".otf", "font/otf"},
    MediaType{".pdf", "application/pdf"},
    MediaType{".png", "image/png"},
    MediaType{".svg", "image/svg+xml"},
    MediaType{".tar", "application/x-tar"},
    MediaType{".ttf", "font/ttf"},
    MediaType{".txt", "text/plain; charset=utf-8"},
    MediaType{".wasm", "application/wasm"},
    MediaType{".wav", "audio/wav"},
    MediaType{".webm", "video/webm"},
    MediaType{".webp", "image/webp"},
    MediaType{".woff", "font/woff"},
    MediaType{".woff2", "font/woff2"},
    MediaType{".xml", "application/xml"},
    MediaType{".zip", "application/zip"},
};

}  // namespace

std::string_view guess_media_type(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return "application/octet-stream";
  const std::string_view suffix = name.substr(dot);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto same = [&](char a, char b) { return lower(a) == b; };
  for (const MediaType& known : kMediaTypes) {
    if (std::ranges::equal(suffix, known.suffix, same)) return known.type;
  }
  return "application/octet-stream";
}

Response::Response(int status, Buffer body, std::string_view media_type)
    : status_(status), body_(std::move(body)) {
  headers_.append("content-type", media_type);
}

Response PlainTextResponse(std::string_view text, int status) {
  return Response(status, Buffer(text), "text/plain; charset=utf-8");
}

Response HTMLResponse(std::string_view html, int status) {
  return Response(status, Buffer(html), "text/html; charset=utf-8");
}

Response RedirectResponse(std::string_view url, int status) {
  Response response(status);
  response.headers().append("location", encode_location(url));
  return response;
}

Response FileResponse(std::string path, std::string_view media_type) {
  Response response;
  response.headers().append("content-type",
                            media_type.empty() ? guess_media_type(path) : media_type);
  response.set_file(std::move(path));
  return response;
}

Task<> Response::send(Scope& scope, Send& send) {
  if (stream_) {
    co_await send_stream(scope, send);
  } else if (!file_.empty()) {
    co_await send_file(scope, send);
  } else {
    const SendEvent whole = WholeResponse{status_, headers_, body_.view()};
    co_await send(whole);
  }
}

Task<> Response::send_stream(Scope& scope, Send& send) {
  const SendEvent start = ResponseStart{status_, headers_};
  co_await send(start);
  if (scope.method != Method::kHead) {
    BodyWriter writer(send);
    co_await stream_->run(writer);
  }
  const SendEvent end = ResponseBody{};
  co_await send(end);
}

Task<> Response::send_file(Scope& scope, Send& send) {
  const OpenFile file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file || !file.is_regular()) {
    Response missing(404, Buffer(R"({"detail":"Not Found"})"), "application/json");
    co_await missing.send(scope, send);
    co_return;
  }
  co_await send_open_file(file, status_, headers_, send);
}

}  // namespace capricorn
