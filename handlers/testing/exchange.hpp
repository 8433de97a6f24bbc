// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../http/application.hpp"
#include "../../loop/event.hpp"
#include "../../loop/task_handle.hpp"
#include "test_request.hpp"

namespace capricorn::detail {

class Exchange;

/// What the exchanges of one client share.
struct ExchangeHouse {
  /// Whether, within that time, nobody but the client holds one any more.
  Task<bool> wait_until_vacant(std::optional<Duration> time);

  Event shutdown;                    // set when the client closes
  Event vacant;                      // set where the last one goes
  std::vector<Exchange*> exchanges;  // those alive
};

/// Where the requests of a client come from, and what stands before its paths.
struct TestPeer {
  std::string host = "testclient";
  int port = 50000;
  std::string root_path = {};
};

/// One call of an application, without a server: the scope, the task it runs in, and, in the
/// classes that derive from it, what it receives and sends. Counted, because the client, the
/// application and a thread that works for it end at different times; freed with the last of them.
/// Loop's thread only.
class Exchange : public Receive, public Send, public Scope::Owner {
 public:
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Scope scope;

  /// Calls the application, which outlives this, as a task of the running loop.
  void start(Application& application);
  /// The client leaves, which an application is told that is not done.
  void disconnect();
  /// It leaves, and the application is cancelled, whatever it does.
  void abandon();
  /// Whether the application has returned.
  bool ended() const noexcept { return ended_; }
  Task<> wait_for_end();
  /// What it threw, or what it left undone.
  const std::exception_ptr& failure() const noexcept { return failure_; }

  bool disconnected() const noexcept override { return left_; }
  void add_reference() noexcept override { ++references_; }
  void drop_reference() noexcept override;
  /// The client drops the reference that it was made with.
  void let_go() noexcept;

 protected:
  Exchange(std::shared_ptr<ExchangeHouse> house, const OutgoingRequest& request,
           const TestPeer& peer);
  virtual ~Exchange();

  virtual bool answered() const noexcept = 0;
  /// The sentence about what an application that returned has left undone; null where it is
  /// nothing.
  virtual const char* left_undone() const noexcept = 0;
  /// Whether a client's leaving has to end the application.
  virtual bool dies_with_client() const noexcept = 0;

  /// Wakes all that wait for something to change.
  void changed() noexcept {
    change_.set();
    change_.clear();
  }
  Event::WaitAwaiter change() noexcept { return change_.wait(); }
  const OutgoingRequest& request() const noexcept { return request_; }

 private:
  void leave_house() noexcept;
  static Task<> run(Exchange& self, Application& application);
  void application_ended(TaskHandle<>& task);

  std::shared_ptr<ExchangeHouse> house_;  // shared: an exchange may outlive its client
  const OutgoingRequest request_;
  const std::string path_;  // decoded
  const TestPeer peer_;
  TaskHandle<> task_;
  Event change_;
  std::exception_ptr failure_;
  int references_ = 1;
  bool held_ = true;  // by the client
  bool left_ = false;
  bool ended_ = false;
};

/// The client's reference on an exchange.
template <class T>
class ExchangeReference {
 public:
  /// Takes over the first reference.
  explicit ExchangeReference(T* exchange) noexcept : exchange_(exchange) {}
  ExchangeReference(ExchangeReference&& other) noexcept
      : exchange_(std::exchange(other.exchange_, nullptr)) {}
  ExchangeReference& operator=(ExchangeReference other) noexcept {
    std::swap(exchange_, other.exchange_);
    return *this;
  }
  ~ExchangeReference() {
    if (exchange_) exchange_->let_go();
  }
  explicit operator bool() const noexcept { return exchange_ != nullptr; }
  T* operator->() const noexcept { return exchange_; }
  T& operator*() const noexcept { return *exchange_; }

 private:
  T* exchange_;
};

}  // namespace capricorn::detail
