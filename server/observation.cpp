// SPDX-License-Identifier: MIT
#include "observation.hpp"

#include <utility>

#include "../loop/log.hpp"

namespace capricorn {

bool measures_requests(const Config& config) noexcept {
  return config.metrics.value_or(config.admin_port >= 0 || !config.admin_uds.empty());
}

Observation::Observation(const Config& config, HttpServer& server, Loop& loop, ServerParent& parent)
    : config_(config), server_(server), shared_(parent.metrics_board() != nullptr) {
  MetricsBoard* const shared = parent.metrics_board();
  MetricsSlot* slot = shared ? shared->claim(parent.loop_index()) : nullptr;
  if (!slot) {  // alone, or one worker more than the board has slots
    own_board_ = std::make_unique<MetricsBoard>(1);
    slot = own_board_->claim();
  }
  MetricsBoard& board = own_board_ ? *own_board_ : *shared;
  metrics_ = std::make_unique<Metrics>(board, *slot, loop, measures_requests(config),
                                       parent.speaks_for_process());
  admin_ = std::make_unique<AdminServer>(config, *metrics_, loop, parent);
  server_.set_metrics(metrics_.get());
}

Observation::~Observation() { server_.set_metrics(nullptr); }

bool Observation::open(std::vector<ListeningSocket> sockets) {
  try {
    if (sockets.empty() && !shared_) sockets = bind_admin_sockets(config_);
    admin_->open(std::move(sockets));
    return true;
  } catch (const BindError& error) {
    log(LogLevel::kError, error.what());
    return false;
  }
}

Task<int> Observation::serve(std::vector<ListeningSocket> sockets) {
  if (!open(std::move(sockets))) co_return 1;
  const int exit_code = co_await server_.serve();
  admin_->close();
  co_return exit_code;
}

}  // namespace capricorn
