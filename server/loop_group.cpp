// SPDX-License-Identifier: MIT
#include "loop_group.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "../loop/log.hpp"
#include "../loop/platform.hpp"
#include "../loop/ticket_keys.hpp"
#include "admin/admin_server.hpp"
#include "crash_report.hpp"
#include "forced_end.hpp"
#include "metrics_board.hpp"
#include "serve.hpp"
#include "sibling_loops.hpp"
#include "stop_signals.hpp"
#include "tls.hpp"

namespace capricorn {
namespace {

/// Beats of the first loop in which another one has to have gone on.
constexpr int kPatience = 2;

/// What the loops of a process have together. A member is one loop's parent.
class LoopGroup {
 public:
  LoopGroup(ServerParent& parent, std::size_t size)
      : parent_(parent),
        board_(parent.metrics_board()),
        siblings_(std::make_shared<SiblingLoops>(size)),
        left_to_start_(size) {
    if (!board_) board_ = &own_board_.emplace(size);
    for (std::size_t i = 0; i < size; ++i) members_.push_back(std::make_unique<Member>(*this, i));
  }

  ServerParent& member(std::size_t index) noexcept { return *members_[index]; }
  /// Any thread, at any time.
  void stop_all() noexcept {
    for (auto& member : members_) member->ask_to_stop();
  }

 private:
  class Member final : public ServerParent {
   public:
    Member(LoopGroup& group, std::size_t index) noexcept : group_(group), index_(index) {}

    void serving(StopServer stop) override {
      const std::lock_guard lock(mutex_);
      stop_ = std::move(stop);
      if (asked_to_stop_ && stop_) stop_();
    }
    void ready() override {
      if (--group_.left_to_start_ == 0) group_.parent_.ready();
    }
    void alive() override {
      beats_.fetch_add(1, std::memory_order_relaxed);
      if (index_ == 0 && group_.all_alive()) group_.parent_.alive();
    }
    void reloaded() override { group_.parent_.reloaded(); }
    Duration beat() const override { return group_.parent_.beat(); }
    /// The process stops as one, whichever loop has served its last request.
    void stopping() override {
      {
        const std::lock_guard lock(mutex_);
        asked_to_stop_ = true;
      }
      if (!group_.stopping_.exchange(true)) group_.parent_.stopping();
      for (auto& member : group_.members_) member->begin_to_stop();
    }
    bool second_stop_counts() const override { return group_.parent_.second_stop_counts(); }
    void forced() override {
      if (index_ == 0) group_.stop_others();
    }
    void cut_off() override { group_.parent_.cut_off(); }
    bool ask_replacement(RestartReason reason, std::string_view sentence) override {
      return group_.parent_.ask_replacement(reason, sentence);
    }
    bool others_serve() const override { return group_.parent_.others_serve(); }
    bool means_stop() const override { return group_.parent_.means_stop(); }
    bool ends_for_good() const override { return group_.parent_.ends_for_good(); }
    bool leaves_interrupt() const override { return group_.parent_.leaves_interrupt(); }
    std::size_t loop_index() const override { return index_; }
    std::shared_ptr<SiblingLoops> siblings() override { return group_.siblings_; }
    MetricsBoard* metrics_board() override { return group_.board_; }

    void ask_to_stop() noexcept {
      const std::lock_guard lock(mutex_);
      asked_to_stop_ = true;
      if (stop_) stop_();
    }
    /// Where it does so already, asking again would cut off its requests.
    void begin_to_stop() noexcept {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(asked_to_stop_, true) && stop_) stop_();
    }
    bool goes_on() noexcept {
      const std::uint64_t beats = beats_.load(std::memory_order_relaxed);
      missed_ = beats == seen_ ? missed_ + 1 : 0;
      seen_ = beats;
      return missed_ <= kPatience;
    }

   private:
    LoopGroup& group_;
    std::size_t index_;
    std::atomic<std::uint64_t> beats_{0};

    // The first loop's
    std::uint64_t seen_ = 0;
    int missed_ = 0;

    // Any thread
    std::mutex mutex_;
    StopServer stop_;
    bool asked_to_stop_ = false;
  };

  void stop_others() noexcept {
    for (std::size_t i = 1; i < members_.size(); ++i) members_[i]->ask_to_stop();
  }
  bool all_alive() noexcept {
    if (left_to_start_ > 0 || stopping_) return true;
    return std::ranges::all_of(members_, [](auto& member) { return member->goes_on(); });
  }

  ServerParent& parent_;
  std::optional<MetricsBoard> own_board_;
  MetricsBoard* board_;
  std::shared_ptr<SiblingLoops> siblings_;
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<std::size_t> left_to_start_;
  std::atomic<bool> stopping_{false};
};

/// Signals of the process are for its first thread; those of a fault, and the watchdog's, are for
/// whom they are meant.
void leave_signals_to_others() noexcept {
  sigset_t signals;
  sigfillset(&signals);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGURG}) sigdelset(&signals, own);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// A client may resume its session with whichever loop accepts it next.
Config with_ticket_keys(Config config) {
  if (ServerTls::wanted(config) && config.ssl_ticket_keys.empty()) {
    config.ssl_ticket_keys = TicketKeys().text();
  }
  return config;
}

int serve_on_threads(const ApplicationFactory& factory, const Config& config, ServerParent& parent,
                     std::vector<ListeningSocket> sockets, ForcedEnd& forced_end) {
  if (sockets.empty()) sockets = bind_all_sockets(config);
  const Config shared = with_ticket_keys(config);
  const auto size = static_cast<std::size_t>(config.loops);
  LoopGroup group(parent, size);
  std::atomic<int> exit_code{0};
  const auto run = [&](std::size_t index, std::vector<ListeningSocket> own) {
    int code = 3;
    try {
      const LoadedApplication application = factory();
      code = serve_loop(*application, shared, group.member(index), std::move(own),
                        index == 0 ? &forced_end : nullptr);
    } catch (const std::exception& error) {
      log(LogLevel::kError, error.what());
    } catch (...) {  // an interrupt or a cancellation of the application's own: the others end, too
      log(LogLevel::kError, "The application has interrupted or cancelled its loop's server.");
    }
    if (code == 0) return;
    exit_code = code;
    group.stop_all();
  };
  std::vector<std::jthread> threads;
  try {
    for (std::size_t i = 1; i < size; ++i) {
      std::vector<ListeningSocket> own = copies_of(sockets);
      for (ListeningSocket& socket : own) socket.path.clear();  // one of them removes the file
      threads.emplace_back([&run, i, own = std::move(own)]() mutable {
        leave_signals_to_others();
        const CrashStack crash_stack;
        name_this_thread("capricorn:loop" + std::to_string(i));
        run(i, std::move(own));
      });
    }
  } catch (...) {  // passes through, once those that serve have ended
    group.stop_all();
    throw;
  }
  run(0, std::move(sockets));
  threads.clear();  // joins them
  return exit_code;
}

}  // namespace

int serve_on_loops(const ApplicationFactory& factory, const Config& config, ServerParent& parent,
                   std::vector<ListeningSocket> sockets) {
  hold_server_signals();
  if (!prepare_process(config)) return 1;
  ForcedEnd forced_end(parent);
  try {
    if (config.loops > 1)
      return serve_on_threads(factory, config, parent, std::move(sockets), forced_end);
    const LoadedApplication application = factory();
    return serve_loop(*application, config, parent, std::move(sockets), &forced_end);
  } catch (const LoadError& error) {
    log(LogLevel::kError, error.what());
    return 3;
  } catch (const BindError& error) {
    log(LogLevel::kError, error.what());
    return 1;
  } catch (const std::system_error& error) {  // no thread or no descriptor is left for a loop
    log(LogLevel::kError, std::string("Cannot serve: ") + error.what());
    return 3;
  }
}

}  // namespace capricorn
