// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/http/application.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace capricorn::test {

/// What a server says of the connection, which requests in memory have not: put outermost.
class Connection final : public Application {
 public:
  struct Facts {
    std::string scheme = "http";
    std::string client_host = "127.0.0.1";
    Scope::Type type = Scope::Type::kHttp;
  };
  Connection(Application& next, Facts& facts) : next_(next), facts_(facts) {}
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    scope.scheme = facts_.scheme;
    scope.client_host = facts_.client_host;
    scope.type = facts_.type;
    co_await next_(scope, receive, send);
  }

 private:
  Application& next_;
  Facts& facts_;
};

}  // namespace capricorn::test
