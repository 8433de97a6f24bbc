// SPDX-License-Identifier: MIT
#include "test_client.hpp"

#include <nlohmann/json.hpp>

#include "../loop/run.hpp"
#include "../loop/sleep.hpp"
#include "../loop/test_loop.hpp"

namespace capricorn {
namespace {

std::unique_ptr<Loop> make_loop(bool virtual_clock) {
  if (virtual_clock) return std::make_unique<TestLoop>();
  return std::make_unique<Loop>();
}

Task<> pass_time(Duration time) { co_await sleep(time); }

}  // namespace

nlohmann::json WebSocketTestSession::receive_json() {
  return loop_->run_until_complete(socket_.receive_json());
}

TestClient::TestClient(Application& application, TestClientOptions options)
    : loop_(make_loop(options.virtual_clock)), client_(application, std::move(options)) {
  check_no_running_loop("TestClient");
  if (!client_.client_options().lifespan) return;
  try {
    run(client_.startup());
  } catch (...) {
    loop_->close();  // what was begun goes before what it stands on
    throw;
  }
}

TestClient::~TestClient() {
  try {
    close();
  } catch (...) {  // told, not swallowed: nobody can catch it here
    loop_->call_exception_handler(
        {"TestClient could not shut down its application", std::current_exception(), {}});
  }
}

void TestClient::close() {
  if (loop_->is_closed()) return;
  try {
    run(client_.shutdown());
  } catch (...) {
    shut_down(*loop_);
    throw;
  }
  shut_down(*loop_);
}

void TestClient::advance(Duration by) {
  if (client_.client_options().virtual_clock)
    static_cast<TestLoop&>(*loop_).advance(by);
  else
    run(pass_time(by));
}

}  // namespace capricorn
