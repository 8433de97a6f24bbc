// SPDX-License-Identifier: MIT
#include "watchdog.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "log.hpp"
#include "platform.hpp"
#include "signal_block.hpp"
#include "stack_trace.hpp"
#include "task_core.hpp"
#include "task_dump.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;

// SIGURG, because it is ignored by default: one that comes late, after the last watchdog, hurts
// nobody.
constexpr int kSignal = SIGURG;
constexpr Duration kSignalTime = 500ms;
constexpr Duration kDumpTime = 200ms;
constexpr int kReportsAMinute = 10;
constexpr std::size_t kPlacesKept = 256;

// A signal handler can be told nothing, so what it needs has to be found here: one question at a
// time, from whichever watchdog.
enum class Question : unsigned char { kNone, kAsked, kBeingAnswered, kAnswered };
constinit std::atomic<Question> question{Question::kNone};
constinit std::atomic<Loop*> asked_loop{nullptr};
struct Answer {
  StackTrace stack;
  TaskGlance task;
  bool has_task = false;
};
constinit Answer answer;
constinit std::mutex asking;
constinit std::atomic<unsigned> quits{0};
static_assert(std::atomic<Question>::is_always_lock_free &&
              std::atomic<unsigned>::is_always_lock_free);

void on_question(int, siginfo_t*, void* context) {
  const int saved = errno;
  Question expected = Question::kAsked;
  if (has_running_loop() && asked_loop.load(std::memory_order_acquire) == &get_running_loop() &&
      question.compare_exchange_strong(expected, Question::kBeingAnswered)) {
    answer.stack.capture(context);
    const TaskCore* task = get_running_loop().current_task();
    answer.has_task = task != nullptr;
    if (task) answer.task = task->glance();
    question.store(Question::kAnswered, std::memory_order_release);
  }
  errno = saved;
}

void on_quit(int, siginfo_t*, void*) { quits.fetch_add(1, std::memory_order_relaxed); }

/// A signal's disposition while somebody uses it.
struct SignalUse {
  int signal;
  void (*handler)(int, siginfo_t*, void*);
  int users = 0;
  struct sigaction before{};

  void begin() {
    if (users++ > 0) return;
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    static_cast<void>(::sigaction(signal, &action, &before));
  }
  void end() noexcept {
    if (--users == 0) static_cast<void>(::sigaction(signal, &before, nullptr));
  }
};
constinit std::mutex uses;
constinit SignalUse question_use{kSignal, &on_question};
constinit SignalUse quit_use{SIGQUIT, &on_quit};

void begin_uses(bool of_quit) {
  const std::lock_guard lock(uses);
  question_use.begin();
  if (of_quit) quit_use.begin();
}
void end_uses(bool of_quit) noexcept {
  const std::lock_guard lock(uses);
  question_use.end();
  if (of_quit) quit_use.end();
}

/// Asks the thread where it is; false where it does not say so in time: it blocks the signal, or
/// the system does not let it go.
bool ask(Loop& loop, ThreadId thread, Answer& out) {
  const std::lock_guard lock(asking);
  asked_loop.store(&loop, std::memory_order_release);
  question.store(Question::kAsked, std::memory_order_release);
  if (signal_thread(thread, kSignal)) {
    for (Duration waited{}; waited < kSignalTime; waited += 1ms) {
      if (question.load(std::memory_order_acquire) == Question::kAnswered) break;
      std::this_thread::sleep_for(1ms);
    }
  }
  Question expected = Question::kAsked;
  if (question.compare_exchange_strong(expected, Question::kNone)) return false;
  while (question.load(std::memory_order_acquire) != Question::kAnswered) {
    std::this_thread::sleep_for(1ms);
  }
  out = answer;
  question.store(Question::kNone, std::memory_order_relaxed);
  return true;
}

std::string in_seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

}  // namespace

Watchdog::Watchdog(Loop& loop, WatchdogOptions options)
    : loop_(loop),
      options_(std::move(options)),
      period_(std::clamp<Duration>(options_.threshold / 8, 1ms, 250ms)),
      quits_seen_(quits.load(std::memory_order_relaxed)) {
  StackTrace::prepare();
  begin_uses(options_.dumps_on_sigquit);
  try {
    const SignalBlock none;
    thread_ = std::thread([this] {
      name_this_thread("watchdog");
      if (options_.own_descriptors) own_descriptors(loop_.wake_descriptor());
      watch();
    });
  } catch (...) {  // passes through
    end_uses(options_.dumps_on_sigquit);
    throw;
  }
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  end_.notify_one();
  thread_.join();
  end_uses(options_.dumps_on_sigquit);
}

void Watchdog::watch() {
  last_look_ = Clock::now();
  while (!ends_within(period_)) {
    const TimePoint now = Clock::now();
    try {
      look(now);
      const unsigned came = options_.dumps_on_sigquit ? quits.load(std::memory_order_relaxed) : 0;
      if (options_.dumps_on_sigquit && std::exchange(quits_seen_, came) != came) dump_tasks();
    } catch (const std::exception& error) {  // told: who watches the others ends nobody
      log(LogLevel::kError, error.what());
    }
    last_look_ = now;
  }
}

bool Watchdog::ends_within(Duration time) {
  std::unique_lock lock(mutex_);
  return end_.wait_for(lock, time, [this] { return ended_; });
}

void Watchdog::look(TimePoint now) {
  const std::uint64_t pass = loop_.pass_count();
  // After a rest the pass is as old as this look, not as the one before.
  const bool rests = loop_.is_asleep() || loop_.running_on() == 0;
  const bool goes_on = pass != pass_ || rests || rested_;
  rested_ = rests;
  // Where this thread did not get to look either, the whole process stood still.
  if (goes_on || now - last_look_ > std::max<Duration>(options_.threshold, 4 * period_)) {
    if (goes_on && blocked_) episode_ends(now);
    pass_ = pass;
    if (!blocked_) since_ = now;
  } else if (!blocked_ && now - since_ >= options_.threshold) {
    episode_begins(now);
  }
}

void Watchdog::episode_begins(TimePoint now) {
  blocked_ = true;
  episodes_.fetch_add(1, std::memory_order_relaxed);
  reported_ = may_report(now);
  if (!reported_) return;
  std::string text =
      "the event loop is blocked for " + in_seconds(now - since_) + who_blocks(false);
  if (const std::uint64_t more = std::exchange(unreported_, 0); more > 0) {
    text += "\n    (" + std::to_string(more) + " more were not reported)";
  }
  report(text);
}

void Watchdog::episode_ends(TimePoint now) {
  blocked_ = false;
  if (reported_) report("the event loop goes on, after " + in_seconds(now - since_));
}

bool Watchdog::may_report(TimePoint now) {
  if (now - minute_begins_ >= 1min) {
    minute_begins_ = now;
    reports_this_minute_ = 0;
  }
  if (reports_this_minute_ == kReportsAMinute) {
    ++unreported_;
    return false;
  }
  ++reports_this_minute_;
  return true;
}

/// " by <Task …>" and the stack, which is left out for a place that was reported before.
std::string Watchdog::who_blocks(bool always_with_stack) {
  Answer found;
  const ThreadId thread = loop_.running_on();
  if (thread == 0) return ", and does not run";
  if (!ask(loop_, thread, found)) return ", and its thread does not take signals";
  std::string text = " by " + (found.has_task ? found.task.description() : "a callback");
  if (places_.size() == kPlacesKept) places_.clear();
  const std::uint64_t before = places_[found.stack.place()]++;
  if (before > 0 && !always_with_stack) {
    return text + ", in the same place as " + std::to_string(before) +
           (before == 1 ? " time before" : " times before");
  }
  const std::string stack = found.stack.format();
  if (!stack.empty()) text.append("\n").append(stack, 0, stack.size() - 1);
  return text;
}

void Watchdog::dump_tasks() {
  struct Dump {
    std::mutex mutex;
    std::condition_variable made;
    std::string text;
  };
  const auto dump = std::make_shared<Dump>();
  try {
    loop_.call_soon_threadsafe([dump, &loop = loop_] {
      std::string text = format_tasks(loop);
      const std::lock_guard lock(dump->mutex);
      dump->text = std::move(text);
      dump->made.notify_one();
    });
  } catch (const RuntimeError&) {
    return report("the event loop is closed");
  }
  std::unique_lock lock(dump->mutex);
  if (dump->made.wait_for(lock, kDumpTime, [&] { return !dump->text.empty(); })) {
    return report(dump->text.substr(0, dump->text.size() - 1));
  }
  lock.unlock();
  report("the event loop does not answer within " + in_seconds(kDumpTime) + ", it is blocked" +
         who_blocks(true));
}

void Watchdog::report(const std::string& text) {
  if (options_.report)
    options_.report(text);
  else
    log(LogLevel::kWarning, text);
}

}  // namespace capricorn
