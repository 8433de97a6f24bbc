// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "../../http/application.hpp"
#include "../../loop/event.hpp"
#include "../../loop/task_handle.hpp"

namespace capricorn::detail {

/// Starts and stops an application, as a server does. One that knows no lifespan is none the worse.
class TestLifespan final : Receive, Send {
 public:
  /// The application outlives this.
  explicit TestLifespan(Application& application) noexcept : application_(application) {}
  TestLifespan(const TestLifespan&) = delete;
  TestLifespan& operator=(const TestLifespan&) = delete;

  /// Throws what the application throws at its start, or std::runtime_error with its own message.
  Task<> startup();
  /// Likewise; nothing where it was not started.
  Task<> shutdown();

 private:
  ValueTask<ReceiveEvent> operator()() override;
  ValueTask<void> operator()(const SendEvent& event) override;
  Task<ReceiveEvent> wait_for_stop();
  /// Or until it has failed, or ended.
  Task<> wait_until(bool& reached);
  Task<> fail();

  Application& application_;
  Scope scope_;
  TaskHandle<> task_;
  Event change_;
  std::optional<std::string> failure_;
  bool told_start_ = false;
  bool started_ = false;
  bool stop_asked_ = false;
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace capricorn::detail
