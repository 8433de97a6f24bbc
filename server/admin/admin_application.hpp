// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "../../config/config.hpp"
#include "../../http/application.hpp"
#include "../../http/headers.hpp"
#include "../sibling_loops.hpp"
#include "slow_callbacks.hpp"

namespace capricorn {

class Loop;
class Metrics;

/// What is asked of a server beside its application: figures, probes, tasks, the level of the log
/// and a page that draws them. Each loop of each worker has one, and answers for all of them from
/// the board, but for the tasks and the slowest callbacks, which are those of its process. Loop's
/// thread.
class AdminApplication final : public Application {
 public:
  /// Loop `index` of `siblings`, which are nullptr where it is alone.
  AdminApplication(const Config& config, Metrics& metrics, Loop& loop,
                   std::shared_ptr<SiblingLoops> siblings = nullptr, std::size_t index = 0);
  ~AdminApplication() override;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  struct Answer {
    int status = 200;
    std::string_view type = "text/plain; charset=utf-8";
    std::string body = {};
    std::string_view policy = {};  // Content-Security-Policy
    std::string_view allow = {};
  };
  struct Row {
    std::string_view path;
    Task<Answer> (AdminApplication::*get)(const Scope& scope);
  };
  static const Row kRows[];

  std::string tell(LoopQuestion question);
  // Scope and body are the awaiting frame's.
  Task<Answer> answer(const Scope& scope, const std::string& body);
  Task<Answer> page(const Scope& scope);
  Task<Answer> metrics(const Scope& scope);
  Task<Answer> live(const Scope& scope);
  Task<Answer> ready(const Scope& scope);
  Task<Answer> started(const Scope& scope);
  Task<Answer> tasks(const Scope& scope);
  Task<Answer> loop_figures(const Scope& scope);
  Task<Answer> log_level_now(const Scope& scope);
  Answer change_log_level(const Scope& scope, const std::string& body);

  const Config& config_;
  Metrics& metrics_;
  Loop& loop_;
  std::shared_ptr<SiblingLoops> siblings_;
  std::size_t index_;
  SlowCallbacks slow_;
};

}  // namespace capricorn
