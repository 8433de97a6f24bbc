// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "../../http/application.hpp"
#include "../../http/content_coding.hpp"

namespace capricorn {

struct CompressionOptions {
  std::size_t minimum_size = 500;  // bytes; what is smaller stays as it is
  int compresslevel = 6;           // gzip's, 1 to 9
  int brotli_quality = 4;          // 0 to 11
  int zstd_level = 3;              // 1 to 19
  /// What is offered; of those that a client likes equally, the first.
  std::vector<ContentCoding> codings = {ContentCoding::kZstd, ContentCoding::kBrotli,
                                        ContentCoding::kGzip};
  /// Also text/event-stream. Each event is flushed and comes through at once; but every client that
  /// listens then costs the memory of an encoder, up to some megabytes.
  bool event_streams = false;
};

/// Compresses what another application answers, as the client's Accept-Encoding asks: Starlette's
/// GZipMiddleware with brotli and zstd. `app.add_middleware<CompressionMiddleware>()`, or
/// `Compression(std::move(app))`, which serves in the app's place or is mounted. What stays as it
/// is: small bodies, media that are compressed already, a response that has a Content-Encoding or
/// `Cache-Control: no-transform`, 204, 206 and 304. Each piece of a stream is flushed. Files and
/// bodies that are large are compressed in the loop's default pool.
class Compression : public Application {
 public:
  using Options = CompressionOptions;

  template <std::derived_from<Application> A>
  explicit Compression(A application, CompressionOptions options = {})
      : Compression(std::unique_ptr<Application>(new A(std::move(application))),
                    std::move(options)) {}
  explicit Compression(std::unique_ptr<Application> application, CompressionOptions options = {});
  /// Around another one, which outlives it.
  explicit Compression(Application& next, CompressionOptions options = {});

  Task<> operator()(Scope& scope, Receive& receive, Send& send) final;

 private:
  std::unique_ptr<Application> owned_;
  Application& next_;
  CompressionOptions options_;
};
using CompressionMiddleware = Compression;

struct GZipOptions {
  std::size_t minimum_size = 500;  // bytes
  int compresslevel = 9;
};

/// Starlette's GZipMiddleware: gzip alone.
class GZipMiddleware final : public Compression {
 public:
  using Options = GZipOptions;

  explicit GZipMiddleware(Application& next, GZipOptions options = {})
      : Compression(next, {.minimum_size = options.minimum_size,
                           .compresslevel = options.compresslevel,
                           .codings = {ContentCoding::kGzip}}) {}
};

}  // namespace capricorn
