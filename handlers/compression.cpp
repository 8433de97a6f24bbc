// SPDX-License-Identifier: MIT
#include "compression.hpp"

#include "compressing_send.hpp"

namespace capricorn {

Compression::Compression(std::unique_ptr<Application> application, CompressionOptions options)
    : application_(std::move(application)), options_(std::move(options)) {}

Task<> Compression::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) {
    co_await (*application_)(scope, receive, send);
    co_return;
  }
  CompressingSend compressing(scope, options_, send);
  co_await (*application_)(scope, receive, compressing);
}

}  // namespace capricorn
