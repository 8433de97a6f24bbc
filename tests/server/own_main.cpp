// SPDX-License-Identifier: MIT
// A program of its own with the server's options: its application tells what a request told it.
// With FACTORY in its environment it makes one for each loop; none where that is "throws".
#include <capricorn/http/application.hpp>
#include <capricorn/server/run.hpp>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace capricorn;

namespace {

struct Teller final : Application {
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    if (scope.type == Scope::Type::kLifespan) co_return co_await answer(receive, send);
    const char* greeting = std::getenv("GREETING");
    const std::string host(scope.headers.get(HeaderId::kHost).value_or(""));
    std::string body(scope.client_host);
    body += " " + std::to_string(scope.client_port) + " " + std::string(scope.scheme) + " " + host;
    body += " " + std::string(scope.path);
    body += std::string(" ") + (greeting ? greeting : "none");
    const Headers none;
    co_await send(WholeResponse{200, none, body});
  }

  static Task<> answer(Receive& receive, Send& send) {
    co_await receive();
    co_await send(LifespanStartupComplete{});
    co_await receive();
    co_await send(LifespanShutdownComplete{});
  }
};

Teller make_teller() {
  if (std::string_view(std::getenv("FACTORY")) == "throws") throw std::runtime_error("no database");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (std::getenv("FACTORY")) return run(make_teller, argc, argv, {.port = 0});
  return run(Teller(), argc, argv, {.port = 0});
}
