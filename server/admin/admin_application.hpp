// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../../config/config.hpp"
#include "../../http/application.hpp"
#include "../../http/headers.hpp"
#include "slow_callbacks.hpp"

namespace capricorn {

class Loop;
class Metrics;

/// What is asked of a server beside its application: figures, probes, tasks, the level of the log
/// and a page that draws them. Each worker has one, and answers for all of them from the board, but
/// for the tasks and the slowest callbacks, which are its own. Loop's thread.
class AdminApplication final : public Application {
 public:
  AdminApplication(const Config& config, Metrics& metrics, Loop& loop);

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
    Answer (AdminApplication::*get)(const Scope& scope);
  };
  static const Row kRows[];

  Answer answer(const Scope& scope, const std::string& body);
  Answer page(const Scope& scope);
  Answer metrics(const Scope& scope);
  Answer live(const Scope& scope);
  Answer ready(const Scope& scope);
  Answer started(const Scope& scope);
  Answer tasks(const Scope& scope);
  Answer loop_figures(const Scope& scope);
  Answer log_level_now(const Scope& scope);
  Answer change_log_level(const Scope& scope, const std::string& body);

  const Config& config_;
  Metrics& metrics_;
  Loop& loop_;
  SlowCallbacks slow_;
};

}  // namespace capricorn
