// SPDX-License-Identifier: MIT
#include "process_time.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "../../http/field_value.hpp"
#include "../../loop/decimal_text.hpp"
#include "../../loop/loop.hpp"
#include "head_send.hpp"

namespace capricorn {
namespace {

void check_name(const std::string& name) {
  if (name.empty() || is_token(name)) return;
  throw std::invalid_argument("a header's name must be a token, got '" + name + "'");
}

}  // namespace

class ProcessTimeMiddleware::TimedSend final : public HeadSend {
 public:
  TimedSend(const ProcessTimeOptions& options, Send& next)
      : HeadSend(next), options_(options), begun_(get_running_loop().time()) {}

 protected:
  void edit(int&, Headers& headers) override {
    using Seconds = std::chrono::duration<double>;
    const double seconds = Seconds(get_running_loop().time() - begun_).count();
    if (!options_.header.empty()) headers.set(options_.header, decimal_text(seconds, 6));
    if (options_.server_timing.empty()) return;
    headers.append("server-timing",
                   options_.server_timing + ";dur=" + decimal_text(seconds * 1000, 3));
  }

 private:
  const ProcessTimeOptions& options_;
  const TimePoint begun_;
};

ProcessTimeMiddleware::ProcessTimeMiddleware(Application& next, ProcessTimeOptions options)
    : next_(next), options_(std::move(options)) {
  check_name(options_.header);
  check_name(options_.server_timing);
}

Task<> ProcessTimeMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> ProcessTimeMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  TimedSend timed(options_, send);
  co_await next_(scope, receive, timed);
}

}  // namespace capricorn
