// SPDX-License-Identifier: MIT
#include "exchange.hpp"

#include <stdexcept>

#include "../../http/client_disconnect.hpp"
#include "../../http/url.hpp"
#include "../../loop/timeout.hpp"

namespace capricorn::detail {
namespace {

OutgoingRequest copy_of(const OutgoingRequest& request) {
  return {request.method, request.uri, request.headers.clone(), request.body};
}

Task<> wait(Event& event) { co_await event.wait(); }

}  // namespace

Task<bool> ExchangeHouse::wait_until_vacant(std::optional<Duration> time) {
  vacant.clear();
  if (exchanges.empty()) co_return true;
  if (!time) co_await vacant.wait();
  if (!time) co_return true;
  try {
    co_await timeout(*time, wait(vacant));
    co_return true;
  } catch (const TimeoutError&) {
    co_return false;
  }
}

Exchange::Exchange(std::shared_ptr<ExchangeHouse> house, const OutgoingRequest& request,
                   const TestPeer& peer)
    : house_(std::move(house)),
      request_(copy_of(request)),
      path_(percent_decode(request.uri.path)),
      peer_(peer) {
  scope.method = parse_method(request_.method);
  scope.method_name = request_.method;
  scope.scheme = request_.uri.scheme;
  scope.path = path_;
  scope.raw_path = request_.uri.path;
  scope.query_string = request_.uri.query;
  scope.root_path = peer_.root_path;
  scope.headers = request_.headers.clone();
  scope.client_host = peer_.host;
  scope.client_port = peer_.port;
  scope.server_host = request_.uri.host;
  scope.server_port = request_.uri.port;
  scope.owner = this;
  scope.shutdown = &house_->shutdown;
  house_->exchanges.push_back(this);
}

Exchange::~Exchange() = default;

void Exchange::drop_reference() noexcept {
  --references_;
  if (references_ == (held_ ? 1 : 0)) leave_house();
  if (references_ == 0) delete this;
}

void Exchange::let_go() noexcept {
  held_ = false;
  drop_reference();
}

void Exchange::leave_house() noexcept {
  if (std::erase(house_->exchanges, this) > 0 && house_->exchanges.empty()) house_->vacant.set();
}

void Exchange::start(Application& application) {
  add_reference();  // the application's
  task_ = get_running_loop().create_task(run(*this, application), {.name = "test client"});
  task_.add_done_callback([this](TaskHandle<>& task) { application_ended(task); });
}

/// Whoever hears that its client left, and says so, has done nothing wrong.
Task<> Exchange::run(Exchange& self, Application& application) {
  try {
    co_await application(self.scope, self, self);
  } catch (const ClientDisconnect&) {
    if (!self.left_ && !self.answered()) throw;
  } catch (const WebSocketDisconnect&) {
    if (!self.left_ && !self.answered()) throw;
  }
}

void Exchange::application_ended(TaskHandle<>& task) {
  ended_ = true;
  if (!task.cancelled())
    failure_ = task.exception();
  else if (!left_)
    failure_ = std::make_exception_ptr(CancelledError());
  const char* undone = left_ || failure_ ? nullptr : left_undone();
  if (undone) failure_ = std::make_exception_ptr(std::logic_error(undone));
  changed();
  drop_reference();
}

void Exchange::disconnect() {
  if (left_ || ended_ || answered()) return;
  left_ = true;
  if (dies_with_client()) task_.cancel("client disconnected");
  changed();
}

void Exchange::abandon() {
  if (ended_) return;
  left_ = true;
  task_.cancel("client gave up");
  changed();
}

Task<> Exchange::wait_for_end() {
  while (!ended_) co_await change();
}

}  // namespace capricorn::detail
