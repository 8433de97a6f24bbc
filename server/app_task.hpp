// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <source_location>

#include "../loop/task_core.hpp"

namespace capricorn {

class Cycle;
class HttpServer;

/// The task in which the application answers one request. Its coroutine is the application's own,
/// as one around that would be another frame a request.
class AppTask final : public TaskCore {
 public:
  /// `cycle` outlives it, up to its `app_ended`, which is called once.
  explicit AppTask(Cycle& cycle, std::source_location where = std::source_location::current());
  const PromiseBase* outermost() const noexcept override;
  bool serves(const HttpServer& server) const noexcept;

 private:
  std::coroutine_handle<> begin() override;
  void collect() override;
  void destroy_frame() noexcept override;

  Cycle* cycle_;  // null once it was told
  Task<>::Handle frame_;
  bool failed_ = true;
};

}  // namespace capricorn
