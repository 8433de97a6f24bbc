// SPDX-License-Identifier: MIT
#include "compression.hpp"

#include "compressing_send.hpp"

namespace capricorn {

Compression::Compression(std::unique_ptr<Application> application, CompressionOptions options)
    : owned_(std::move(application)), next_(*owned_), options_(std::move(options)) {}
Compression::Compression(Application& next, CompressionOptions options)
    : next_(next), options_(std::move(options)) {}

Task<> Compression::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) {
    co_await next_(scope, receive, send);
    co_return;
  }
  CompressingSend compressing(scope, options_, send);
  co_await next_(scope, receive, compressing);
}

}  // namespace capricorn
