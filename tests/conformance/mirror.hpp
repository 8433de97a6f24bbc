// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/http/application.hpp>
#include <capricorn/loop/sleep.hpp>

#include <string>

namespace capricorn::conformance {

inline Task<> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(std::chrono::seconds(0));
}

/// Answers with what it saw: "POST /a?q [body]", with the Host for /host, and the trailers. Some
/// paths behave in another way: each is named where its case stands.
class Mirror final : public Application {
 public:
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  static Task<std::string> seen(Scope& scope, Receive& receive);
};

}  // namespace capricorn::conformance
