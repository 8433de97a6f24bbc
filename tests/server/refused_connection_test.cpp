// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <capricorn/loop/selector.hpp>
#include <protocol_bench.hpp>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// As a system whose user watches as many descriptors as he may.
class Full final : public Selector {
 public:
  explicit Full(const bool& full) : full_(full), inner_(make_selector("auto")) {}
  void register_(IoWatcher& watcher, std::uint8_t events) override {
    if (full_) throw std::system_error(ENOSPC, std::generic_category(), "epoll_ctl");
    inner_->register_(watcher, events);
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override { inner_->modify(watcher, events); }
  void unregister(IoWatcher& watcher) noexcept override { inner_->unregister(watcher); }
  void select(Duration timeout, std::vector<Event>& events) override {
    inner_->select(timeout, events);
  }
  void wake() noexcept override { inner_->wake(); }
  int wake_descriptor() const noexcept override { return inner_->wake_descriptor(); }
  const char* name() const noexcept override { return "full"; }

 private:
  const bool& full_;
  std::unique_ptr<Selector> inner_;
};

int said = 0;

/// The server's end of a new connection; the other one is `client`.
Socket connect(Socket& client) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  client = Socket(ends[1]);
  return Socket(ends[0]);
}

}  // namespace

TEST_CASE("a connection that the system does not let us watch is closed, and no other") {
  said = 0;
  const LogSink before = set_log_sink([](LogLevel, std::string_view line) noexcept {
    said += line.starts_with("Cannot serve a connection: epoll_ctl: ");
  });
  bool full = false;
  Config config = quiet();
  Behaviours app;
  Loop loop(std::make_unique<Full>(full));
  for (const bool proxied : {false, true}) {
    config.proxy_protocol = proxied;
    config.forwarded_allow_ips = {"*"};
    HttpServer server(app, config, loop);
    Socket served;
    Socket refused;
    full = false;
    server.accepted(connect(served), {});
    full = true;
    server.accepted(connect(refused), {});
    char byte = 0;
    CHECK(::recv(refused.fd(), &byte, 1, 0) == 0);
    CHECK(::recv(served.fd(), &byte, 1, 0) == -1);
    CHECK(errno == EAGAIN);
    served = Socket();
    loop.run_until_complete(passes());
  }
  CHECK(said == 2);
  set_log_sink(before);
}
