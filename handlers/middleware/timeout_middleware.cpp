// SPDX-License-Identifier: MIT
#include "timeout_middleware.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

#include "../../loop/errors.hpp"
#include "../../loop/timeout.hpp"
#include "../errors.hpp"
#include "head_send.hpp"

namespace capricorn {

/// Takes the deadline away when the answer begins.
class TimeoutMiddleware::DisarmingSend final : public HeadSend {
 public:
  using HeadSend::HeadSend;
  void enter(Timeout& deadline) noexcept { deadline_ = &deadline; }
  void leave() noexcept { expired_ = std::exchange(deadline_, nullptr)->expired(); }
  bool expired() const noexcept { return expired_; }

 protected:
  void edit(int&, Headers&) override {
    if (deadline_ && !deadline_->expired()) deadline_->reschedule(std::nullopt);
  }

 private:
  Timeout* deadline_ = nullptr;
  bool expired_ = false;
};

TimeoutMiddleware::TimeoutMiddleware(Application& next, TimeoutOptions options)
    : next_(next), options_(options) {
  if (options.timeout <= Duration::zero()) {
    throw std::invalid_argument("a timeout has to be more than zero");
  }
}

Task<> TimeoutMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> TimeoutMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  DisarmingSend disarming(send);
  bool late = false;
  try {
    co_await timeout(options_.timeout, [&](Timeout& deadline) -> Task<> {
      struct Leave {
        DisarmingSend& send;
        ~Leave() { send.leave(); }
      } leave{disarming};
      disarming.enter(deadline);
      co_await next_(scope, receive, disarming);
    });
  } catch (const TimeoutError&) {
    if (!disarming.expired() || disarming.started()) throw;
    late = true;
  }
  if (!late) co_return;
  Response response = error_response(504, "Gateway Timeout");
  co_await response.send(scope, send);
}

}  // namespace capricorn
