// SPDX-License-Identifier: MIT
#include "loop.hpp"

#include <algorithm>

#include "executor.hpp"
#include "log.hpp"
#include "signal_watcher.hpp"
#include "task_handle.hpp"
#include "thread_pool_executor.hpp"
#include "timer_queue.hpp"

namespace capricorn {
namespace {

constinit thread_local Loop* running_loop = nullptr;
constexpr Duration kLongestPoll = std::chrono::hours(24);

template <class Node>
Node* take_in_order(std::atomic<Node*>& stack) noexcept {
  Node* node = stack.exchange(nullptr, std::memory_order_acquire);
  Node* in_order = nullptr;
  while (node) {
    Node* next = node->next_posted;
    node->next_posted = in_order;
    in_order = node;
    node = next;
  }
  return in_order;
}

template <class Node>
void push(std::atomic<Node*>& stack, Node& node) noexcept {
  node.next_posted = stack.load(std::memory_order_relaxed);
  while (!stack.compare_exchange_weak(node.next_posted, &node, std::memory_order_seq_cst)) {
  }
}

}  // namespace

Loop& get_running_loop() {
  if (!running_loop) throw RuntimeError("no running event loop");
  return *running_loop;
}

Loop::Loop(std::unique_ptr<Selector> selector)
    : selector_(std::move(selector)),
      frame_pool_(FramePool::create()),
      timers_(std::make_unique<TimerQueue>()),
      now_(std::chrono::steady_clock::now()) {}

Loop::~Loop() {
  running_ = false;
  close();
  frame_pool_->release();
}

TimePoint Loop::time() const { return std::chrono::steady_clock::now(); }

void Loop::check_closed() const {
  if (is_closed()) throw RuntimeError("Event loop is closed");
}

Handle Loop::call_soon(Callback callback) {
  check_closed();
  auto* state = new HandleState(*this, std::move(callback));
  ready_.push_back(*state);
  return Handle(state);
}

TimerHandle Loop::call_later(Duration delay, Callback callback) {
  return call_at(time() + std::max(delay, Duration::zero()), std::move(callback));
}

TimerHandle Loop::call_at(TimePoint when, Callback callback) {
  check_closed();
  auto* state = new HandleState(*this, std::move(callback));
  timers_->add(*state, when);
  return TimerHandle(state);
}

Handle Loop::call_soon_threadsafe(Callback callback) {
  check_closed();
  auto* state = new HandleState(*this, std::move(callback));
  push(posted_callbacks_, *state);
  wake_if_asleep();
  return Handle(state);
}

void Loop::post(Job& job) noexcept {
  push(posted_jobs_, job);
  wake_if_asleep();
}

void Loop::wake_if_asleep() noexcept {
  // Pairs with poll(): either the loop sees what was pushed, or we see that it sleeps.
  if (asleep_.exchange(false, std::memory_order_seq_cst)) selector_->wake();
}

void Loop::schedule_at(TimerNode& timer, TimePoint when) { timers_->add(timer, when); }

void Loop::cancel_timer(TimerNode& timer) noexcept {
  timers_->cancel(timer);
  timer.unlink();
}

void Loop::watch(IoWatcher& watcher, std::uint8_t events) { selector_->register_(watcher, events); }

void Loop::unwatch(IoWatcher& watcher) noexcept {
  selector_->unregister(watcher);
  watcher.unlink();
  watcher.events_ = 0;
}

char* Loop::read_buffer() {
  if (!read_buffer_) read_buffer_.reset(new char[kReadBufferSize]);
  return read_buffer_.get();
}

void Loop::run_forever() {
  check_closed();
  if (running_) throw RuntimeError("This event loop is already running");
  if (running_loop) throw RuntimeError("Cannot run the event loop while another loop is running");
  FramePool* pool_before = FramePool::set_current(frame_pool_);
  running_loop = this;
  running_ = true;
  struct Leave {
    Loop& loop;
    FramePool* pool_before;
    ~Leave() {
      loop.stopping_ = false;
      loop.running_ = false;
      running_loop = nullptr;
      FramePool::set_current(pool_before);
    }
  } leave{*this, pool_before};
  do run_once();
  while (!stopping_);
}

/// One pass. This is the only place where callbacks run; everything else adds them to `ready_`.
void Loop::run_once() {
  poll(poll_timeout());
  take_posted();
  timers_->pop_due(now_, ready_);
  run_ready();
}

Duration Loop::poll_timeout() {
  if (!ready_.empty() || stopping_) return Duration::zero();
  if (timers_->empty()) return Duration(-1);
  return std::clamp<Duration>(timers_->next_deadline() - time(), Duration::zero(), kLongestPoll);
}

void Loop::poll(Duration timeout) {
  if (timeout != Duration::zero()) {
    asleep_.store(true, std::memory_order_seq_cst);
    if (posted_callbacks_.load(std::memory_order_seq_cst) ||
        posted_jobs_.load(std::memory_order_seq_cst)) {
      timeout = Duration::zero();
    }
  }
  selector_->select(timeout, events_);
  asleep_.store(false, std::memory_order_relaxed);
  now_ = time();
  for (const Selector::Event& event : events_) {
    event.watcher->events_ |= event.events;
    if (!event.watcher->linked()) ready_.push_back(*event.watcher);
  }
  events_.clear();
}

void Loop::take_posted() {
  for (HandleState* state = take_in_order(posted_callbacks_); state;) {
    ready_.push_back(*std::exchange(state, state->next_posted));
  }
  for (Job* job = take_in_order(posted_jobs_); job;) {
    std::exchange(job, job->next_posted)->finished();
  }
}

void Loop::run_ready() {
  // A snapshot: what is scheduled meanwhile runs in the next pass, so I/O and timers never starve.
  IntrusiveList<Runnable> batch;
  batch.splice_back(ready_);
  while (!batch.empty()) batch.pop_front().run();
  batch.splice_back(end_of_pass_);
  while (!batch.empty()) batch.pop_front().run();
}

void Loop::close() {
  if (running_) throw RuntimeError("Cannot close a running event loop");
  if (closed_.exchange(true)) return;
  FramePool* pool_before = FramePool::set_current(frame_pool_);
  if (default_executor_) default_executor_->shutdown(true);
  take_posted();
  while (!tasks_.empty()) {
    auto& task = static_cast<TaskCore&>(tasks_.front());
    call_exception_handler({"Task was destroyed but it is pending!", nullptr, task.name()});
    task.abandon();
  }
  while (!timers_->empty()) timers_->pop_due(TimePoint::max(), ready_);
  ready_.for_each([](Runnable& runnable) {
    // A callback is the loop's own and is dropped; everything else lies in its owner's memory.
    if (auto* state = dynamic_cast<HandleState*>(&runnable))
      state->cancel();
    else
      runnable.unlink();
  });
  signals_.reset();
  default_executor_.reset();
  FramePool::set_current(pool_before);
}

void Loop::set_default_executor(std::shared_ptr<Executor> executor) {
  default_executor_ = std::move(executor);
}

Executor& Loop::default_executor() {
  if (!default_executor_) default_executor_ = std::make_shared<ThreadPoolExecutor>();
  return *default_executor_;
}

void Loop::shutdown_default_executor() {
  if (default_executor_) default_executor_->shutdown(true);
}

void Loop::add_signal_handler(int signal, Callback callback) {
  check_closed();
  if (!signals_) signals_ = std::make_unique<SignalWatcher>(*this);
  signals_->add(signal, std::move(callback));
}

bool Loop::remove_signal_handler(int signal) { return signals_ && signals_->remove(signal); }

void Loop::call_exception_handler(const ExceptionContext& context) noexcept {
  if (exception_handler_) return exception_handler_(*this, context);
  std::string text = context.message;
  if (!context.task_name.empty()) text += " (" + context.task_name + ")";
  if (context.exception) {
    try {
      std::rethrow_exception(context.exception);
    } catch (const std::exception& e) {
      text += std::string(": ") + e.what();
    } catch (const CancelledError&) {
      text += ": cancelled";
    } catch (...) {  // told, not swallowed: this is where such exceptions end
      text += ": not a std::exception";
    }
  }
  log(LogLevel::kError, text);
}

void HandleState::run() {
  try {
    if (!cancelled_) callback_();
  } catch (...) {  // one of the four places: a callback's error never ends the loop
    loop_->call_exception_handler({"Exception in callback", std::current_exception(), {}});
  }
  callback_.reset();
  drop_reference();
}

void HandleState::cancel() noexcept {
  if (cancelled_) return;
  cancelled_ = true;
  callback_.reset();
  // Held by whoever cancels, so the loop's reference may go at once.
  if (scheduled() || linked()) {
    loop_->cancel_timer(*this);
    drop_reference();
  }
}

}  // namespace capricorn
