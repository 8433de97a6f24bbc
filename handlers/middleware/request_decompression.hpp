// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

#include "../../http/application.hpp"

namespace capricorn {

struct RequestDecompressionOptions {
  std::uint64_t max_size = 0;  // bytes of a decoded body; 0: the route's or the server's limit
  /// Decoded bytes for one that was sent, once a body has more than 64 KiB; 0: no bound.
  std::uint64_t max_ratio = 200;
};

/// Lets another application read request bodies that come with a Content-Encoding of gzip, deflate,
/// br or zstd as if they came without. Another coding, or several, is 415; a body that is larger
/// than allowed once it is decoded 413; one that cannot be decoded 400. The size as sent is limited
/// too, as every body's is.
class RequestDecompression final : public Application {
 public:
  using Options = RequestDecompressionOptions;

  template <std::derived_from<Application> A>
  explicit RequestDecompression(A application, RequestDecompressionOptions options = {})
      : RequestDecompression(std::unique_ptr<Application>(new A(std::move(application))), options) {
  }
  explicit RequestDecompression(std::unique_ptr<Application> application,
                                RequestDecompressionOptions options = {});
  /// Around another one, which outlives it: `app.add_middleware<RequestDecompression>()`.
  explicit RequestDecompression(Application& next, RequestDecompressionOptions options = {});

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  std::unique_ptr<Application> owned_;
  Application& next_;
  RequestDecompressionOptions options_;
};

}  // namespace capricorn
