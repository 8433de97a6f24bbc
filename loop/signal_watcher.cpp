// SPDX-License-Identifier: MIT
#include "signal_watcher.hpp"

#include <signal.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "errors.hpp"
#include "loop.hpp"

namespace capricorn {
namespace {

// A signal handler can be told nothing, so what it needs has to be found here.
constinit std::atomic<Loop*> signal_loop{nullptr};
constinit std::atomic<std::uint64_t> pending_signals{0};
constinit std::atomic<int> handlers_running{0};  // on whichever threads
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::uint64_t bit(int signal) noexcept { return std::uint64_t{1} << (signal - 1); }

void on_signal(int signal) {
  const int saved = errno;
  handlers_running.fetch_add(1, std::memory_order_seq_cst);
  pending_signals.fetch_or(bit(signal), std::memory_order_seq_cst);
  if (Loop* loop = signal_loop.load(std::memory_order_seq_cst)) loop->wake();
  handlers_running.fetch_sub(1, std::memory_order_seq_cst);
  errno = saved;
}

/// A signal may have come to another thread, which is about to wake the loop. Not without end: a
/// process that was forked meanwhile has no such thread.
void wait_for_handlers() noexcept {
  constexpr std::chrono::microseconds kPause{100};
  for (int i = 0; i < 10'000 && handlers_running.load(std::memory_order_seq_cst) > 0; ++i) {
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

struct SignalWatcher::Entry {
  Callback callback;
  Context context;
  struct sigaction before{};
  // What came before another callback took its place is still for this one, while there is one.
  std::shared_ptr<bool> removed = std::make_shared<bool>(false);
};

SignalWatcher::SignalWatcher(Loop& loop) : loop_(loop) {
  Loop* none = nullptr;
  if (!signal_loop.compare_exchange_strong(none, &loop)) {
    throw RuntimeError("signal handlers belong to one loop of a process, and another has them");
  }
}

SignalWatcher::~SignalWatcher() {
  while (!entries_.empty()) remove(entries_.begin()->first);
  signal_loop = nullptr;
  wait_for_handlers();
}

void SignalWatcher::add(int signal, Callback callback, bool once) {
  if (signal < 1 || signal > 64) {
    throw std::system_error(EINVAL, std::generic_category(), "a signal's number is 1 to 64");
  }
  auto entry = std::make_shared<Entry>(Entry{std::move(callback), Context::copy_current(), {}});
  std::shared_ptr<Entry>& place = entries_[signal];
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | (once ? static_cast<int>(SA_RESETHAND) : 0);
  sigfillset(&action.sa_mask);
  if (::sigaction(signal, &action, &entry->before) < 0) {
    const int error = errno;
    if (!place) entries_.erase(signal);
    throw std::system_error(error, std::generic_category(), "sigaction");
  }
  if (place) {
    entry->removed = place->removed;
    entry->before = place->before;
  }
  place = std::move(entry);
}

bool SignalWatcher::remove(int signal) noexcept {
  const auto found = entries_.find(signal);
  if (found == entries_.end()) return false;
  *found->second->removed = true;
  static_cast<void>(::sigaction(signal, &found->second->before, nullptr));
  wait_for_handlers();
  pending_signals.fetch_and(~bit(signal), std::memory_order_seq_cst);
  entries_.erase(found);
  return true;
}

void SignalWatcher::deliver() {
  std::uint64_t came = pending_signals.exchange(0, std::memory_order_seq_cst);
  try {
    for (const auto& [signal, entry] : entries_) {
      if (!(came & bit(signal))) continue;
      loop_.call_soon([&loop = loop_, entry] {
        if (!*entry->removed) loop.call(entry->callback, entry->context);
      });
      came &= ~bit(signal);
    }
  } catch (const std::bad_alloc&) {  // then with the next pass
    pending_signals.fetch_or(came, std::memory_order_seq_cst);
    loop_.wake();
  }
}

}  // namespace capricorn
