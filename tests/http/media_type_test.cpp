// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/media_type.hpp>

#include <vector>

using namespace capricorn;

TEST_CASE("the media type of a name") {
  struct Case {
    std::string_view path;
    std::string_view expected;
  };
  const std::vector<Case> cases = {
      {"index.html", "text/html; charset=utf-8"},
      {"/a/b/INDEX.HTM", "text/html; charset=utf-8"},
      {"style.css", "text/css; charset=utf-8"},
      {"app.js", "text/javascript; charset=utf-8"},
      {"app.mjs", "text/javascript; charset=utf-8"},
      {"app.min.js.map", "application/json"},
      {"a.txt", "text/plain; charset=utf-8"},
      {"a.md", "text/markdown; charset=utf-8"},
      {"a.json", "application/json"},
      {"a.xml", "application/xml"},
      {"a.svg", "image/svg+xml"},
      {"a.ico", "image/vnd.microsoft.icon"},
      {"a.jpg", "image/jpeg"},
      {"a.webp", "image/webp"},
      {"a.avif", "image/avif"},
      {"a.mp4", "video/mp4"},
      {"a.mp3", "audio/mpeg"},
      {"a.woff2", "font/woff2"},
      {"a.wasm", "application/wasm"},
      {"a.pdf", "application/pdf"},
      {"a.tar.gz", "application/gzip"},
      {"a.webmanifest", "application/manifest+json"},
      {"a.unknown-extension", "application/octet-stream"},
      {"a.", "application/octet-stream"},
      {"Makefile", "application/octet-stream"},
      {"dir.html/file", "application/octet-stream"},
      {"", "application/octet-stream"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.path);
    CHECK(guess_media_type(c.path) == c.expected);
  }
}

TEST_CASE("what gets smaller by compression") {
  for (std::string_view type :
       {"text/html; charset=utf-8", "application/json", "image/svg+xml", "application/wasm",
        "application/problem+json", "APPLICATION/XML", "font/ttf", "text/event-stream", ""}) {
    CAPTURE(type);
    CHECK(is_compressible(type));
  }
  for (std::string_view type :
       {"image/png", "IMAGE/JPEG", "video/mp4", "audio/ogg", "font/woff2", "application/zip",
        "application/gzip", "application/pdf", "application/octet-stream", "application/epub+zip",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "image/webp; a=b"}) {
    CAPTURE(type);
    CHECK_FALSE(is_compressible(type));
  }
}
