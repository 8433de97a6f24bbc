// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "../http/application.hpp"
#include "../loop/task_handle.hpp"

namespace capricorn {

/// ASGI's lifespan: the application runs once beside all requests and is told of start and stop.
/// Outlives its task: destroyed after the loop has drained (`shut_down`). Loop's thread.
class Lifespan {
 public:
  /// `mode` is "auto" (an application that does not know it is served all the same), "on" or "off".
  Lifespan(Loop& loop, Application& application, std::string mode, std::size_t worker_threads = 0);
  Lifespan(const Lifespan&) = delete;
  Lifespan& operator=(const Lifespan&) = delete;

  /// False where the application must not be served.
  Task<bool> startup();
  /// Only after a startup that returned true. `grace` is what is left of the graceful shutdown.
  Task<> shutdown(Duration grace);

 private:
  class Events final : public Receive {
   public:
    explicit Events(Lifespan& lifespan) noexcept : lifespan_(lifespan) {}
    ValueTask<ReceiveEvent> operator()() override;

   private:
    Lifespan& lifespan_;
    int received_ = 0;
  };
  class Answers final : public Send {
   public:
    explicit Answers(Lifespan& lifespan) noexcept : lifespan_(lifespan) {}
    ValueTask<void> operator()(const SendEvent& event) override;

   private:
    Lifespan& lifespan_;
  };

  void application_ended(const TaskHandle<>& task);
  void refuse_unless(bool in_order) const;

  // Server
  Loop& loop_;
  Application& application_;
  std::string mode_;

  // Application
  Scope scope_;
  Events receive_{*this};
  Answers send_{*this};
  TaskHandle<> task_;
  Future<> started_;
  Future<Duration> stop_asked_;  // with the grace
  Future<> stopped_;
  Future<Duration> never_;
  bool startup_failed_ = false;
  bool shutdown_failed_ = false;
  bool error_occurred_ = false;
};

}  // namespace capricorn
