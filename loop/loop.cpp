// SPDX-License-Identifier: MIT
#include "loop.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "async_generator_frame.hpp"
#include "descriptor_callbacks.hpp"
#include "executor.hpp"
#include "log.hpp"
#include "loop_link.hpp"
#include "loop_load.hpp"
#include "one_line.hpp"
#include "report_exception.hpp"
#include "signal_watcher.hpp"
#include "sleep.hpp"
#include "source_name.hpp"
#include "task_handle.hpp"
#include "thread_pool_executor.hpp"
#include "timeout.hpp"
#include "timer_queue.hpp"

namespace capricorn {
namespace {

constinit thread_local Loop* running_loop = nullptr;
constexpr Duration kLongestPoll = std::chrono::hours(24);
constexpr std::size_t kEventsAtOnce = 1024;

template <class Node>
Node* take_in_order(std::atomic<Node*>& stack) noexcept {
  Node* node = stack.exchange(nullptr, std::memory_order_seq_cst);
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

/// The way back of a thread that joins an executor, which has no use for memory that is not there.
struct JoinJob final : ExecutorJob {
  explicit JoinJob(Loop& loop) : ExecutorJob(loop), joined(loop) {}
  void work() noexcept override {}
  void finished() noexcept override {
    if (awaited && !joined.done()) joined.set_result();
    drop_reference();
  }
  Future<void> joined;
  bool awaited = false;
};

/// Somebody waits for that thread.
struct Joining {
  explicit Joining(JoinJob& j) : job(j) {
    job.awaited = true;
    job.loop().job_leaves();
  }
  Joining(const Joining&) = delete;
  ~Joining() {
    job.awaited = false;
    job.loop().job_returns();
    job.drop_reference();
  }
  JoinJob& job;
};

/// A thread of its own waits: the jobs may still want something of the loop. False where the system
/// gives none.
bool join_elsewhere(std::shared_ptr<Executor> executor, JoinJob& job) noexcept {
  job.add_reference();
  try {
    std::thread([&job, executor = std::move(executor)] {
      executor->shutdown(true);
      job.come_back();
    }).detach();
    return true;
  } catch (const std::exception&) {  // told by whoever called
    job.drop_reference();
    return false;
  }
}

/// One that throws is told, and the others have their turn all the same. Users' callbacks are
/// looked after where they are called; this is what the library itself could not do, for want of
/// memory.
template <class F>
void run_up_to(Loop& loop, IntrusiveList<Runnable>& list, const Runnable& end, F run) {
  for (;;) {
    try {
      for (Runnable* next = &list.pop_front(); next != &end; next = &list.pop_front()) run(*next);
      return;
    } catch (const KeyboardInterrupt&) {
      throw;
    } catch (...) {  // told, not swallowed: one task's or connection's error never ends the loop
      report_exception(loop, "Exception in the event loop");
    }
  }
}

bool debug_by_environment() noexcept {
  const char* value = std::getenv("CAPRICORN_DEBUG");
  return value && *value && std::strcmp(value, "0") != 0;
}

}  // namespace

Loop& get_running_loop() {
  if (!running_loop) throw RuntimeError("no running event loop");
  return *running_loop;
}

bool has_running_loop() noexcept { return running_loop != nullptr; }

Loop::Loop(std::unique_ptr<Selector> selector)
    : Loop(std::move(selector), std::chrono::steady_clock::now()) {}

Loop::Loop(std::unique_ptr<Selector> selector, TimePoint now)
    : selector_(std::move(selector)),
      frame_pool_(FramePool::create()),
      now_(now),
      timers_(std::make_unique<TimerQueue>(now_)),
      debug_(debug_by_environment()),
      checks_callers_(debug_),
      link_(std::make_shared<LoopLink>(*this)) {
  events_.reserve(kEventsAtOnce);  // an edge that could not be kept would never be told again
  frame_pool_->set_link(link_);
}

Loop::~Loop() {
  running_ = false;
  close();
  link_->cut();
  take_posted();
  drop_ready();
  frame_pool_->release();
}

TimePoint Loop::time() const { return std::chrono::steady_clock::now(); }

void Loop::check_usable_closely() const {
  if (is_closed()) throw RuntimeError("Event loop is closed");
  if (debug_ && running_ && std::this_thread::get_id() != thread_) {
    throw RuntimeError(
        "Non-thread-safe operation invoked on an event loop other than the current one");
  }
}

TimePoint Loop::time_after(Duration delay) const noexcept { return deadline(time(), delay); }

TimerHandle Loop::add_timer(HandleState* state, TimePoint when) {
  TimerHandle handle(state);
  timers_->add(*state, when);
  return handle;
}

Handle Loop::call_soon_threadsafe(Callback callback) {
  if (is_closed()) throw RuntimeError("Event loop is closed");
  auto* state = new (*frame_pool_) PostedCallback(*this, std::move(callback));
  if (running_loop == this) {
    ready_.push_back(*state);  // in order with this thread's call_soon
  } else {
    push(posted_callbacks_, *state);
    wake();
  }
  return Handle(state);
}

void Loop::post(ExecutorJob& job) noexcept {
  push(posted_jobs_, job);
  wake();
}

void Loop::schedule_at(TimerNode& timer, TimePoint when) { timers_->add(timer, when); }

void Loop::cancel_timer(TimerNode& timer) noexcept {
  timers_->cancel(timer);
  timer.unlink();
}

void Loop::watch(IoWatcher& watcher, std::uint8_t events) {
  selector_->register_(watcher, events);
  watcher.watched_ = true;
  ++watched_;
}

void Loop::unwatch(IoWatcher& watcher) noexcept {
  if (std::exchange(watcher.watched_, false)) {
    selector_->unregister(watcher);
    --watched_;
  }
  watcher.unlink();
  watcher.events_ = 0;
}

char* Loop::read_buffer() {
  if (!read_buffer_) read_buffer_.reset(new char[kReadBufferSize]);
  return read_buffer_.get();
}

char* Loop::plain_buffer() {
  if (!plain_buffer_) plain_buffer_.reset(new char[kPlainBufferSize]);
  return plain_buffer_.get();
}

void Loop::check_can_run() const {
  if (is_closed()) throw RuntimeError("Event loop is closed");
  if (running_) throw RuntimeError("This event loop is already running");
  if (running_loop) throw RuntimeError("Cannot run the event loop while another loop is running");
}

void Loop::run_forever() {
  check_can_run();
  FramePool* pool_before = FramePool::set_current(frame_pool_);
  running_loop = this;
  running_ = true;
  thread_ = std::this_thread::get_id();
  running_on_.store(this_thread_id(), std::memory_order_release);
  struct Leave {
    Loop& loop;
    FramePool* pool_before;
    unsigned long slack_before = set_timer_slack(1);  // else the system may be 50 µs late
    ~Leave() {
      set_timer_slack(slack_before);
      loop.stopping_ = false;
      loop.interrupted_ = false;
      loop.running_ = false;
      loop.running_on_.store(0, std::memory_order_release);
      running_loop = nullptr;
      FramePool::set_current(pool_before);
    }
  } leave{*this, pool_before};
  do run_once();
  while (!stopping_);
  if (interrupted_) throw KeyboardInterrupt();
}

void Loop::run_until_done(FutureCore& future) {
  struct Stop final : FutureCore::Subscriber {
    void run() override { loop->stop(); }
    Loop* loop = nullptr;
  } stop;
  check_can_run();
  check_loop(future, *this);
  stop.loop = this;
  future.add_subscriber(stop);
  run_forever();
  if (!future.done()) throw RuntimeError("Event loop stopped before Future completed.");
}

/// One pass. This is the only place where callbacks run; everything else adds them to `ready_`.
void Loop::run_once() {
  passes_.store(pass_count() + 1, std::memory_order_relaxed);
  if (must_poll())
    poll(poll_timeout());
  else if (!timers_->empty())
    now_ = time();
  if (attention_.load(std::memory_order_relaxed) == Attention::kCalled) take_posted();
  if (!timers_->empty()) timers_->pop_due(now_, ready_);
  run_ready();
}

/// A pass with work at hand and no descriptor to ask about does without the system call.
bool Loop::must_poll() const noexcept { return watched_ > 0 || (ready_.empty() && !stopping_); }

Duration Loop::poll_timeout() {
  if (!ready_.empty() || stopping_) return Duration::zero();
  if (timers_->empty()) {
    if (load_) polls_at_ = time();
    return Duration(-1);
  }
  polls_at_ = time();
  const TimePoint next = timers_->next_deadline();
  if (next <= polls_at_) return Duration::zero();  // by any length, as far as time goes
  return std::min<Duration>(next - polls_at_, kLongestPoll);
}

/// False where it was called since it last looked. A poll that threw left it asleep.
bool Loop::fall_asleep() noexcept {
  Attention before = Attention::kAwake;
  return attention_.compare_exchange_strong(before, Attention::kAsleep) ||
         before == Attention::kAsleep;
}

void Loop::poll(Duration timeout) {
  if (timeout != Duration::zero() && !fall_asleep()) timeout = Duration::zero();
  selector_->select_or_sooner(polls_at_, timeout, events_);
  // Unless it was called: then it looks in this pass.
  Attention asleep = Attention::kAsleep;
  if (timeout != Duration::zero()) attention_.compare_exchange_strong(asleep, Attention::kAwake);
  const TimePoint before = std::exchange(now_, time());
  if (load_) {
    const TimePoint slept_from = timeout == Duration::zero() ? now_ : polls_at_;
    load_->pass_ended(slept_from - before, now_ - slept_from);
  }
  for (const Selector::Event& event : events_) {
    event.watcher->events_ |= event.events;
    if (!event.watcher->linked()) ready_.push_back(*event.watcher);
  }
  events_.clear();
}

void Loop::take_posted() {
  // First: who leaves something from now on calls again.
  attention_.exchange(Attention::kAwake, std::memory_order_seq_cst);
  if (PostedCallback* state = take_in_order(posted_callbacks_)) {
    while (state) {
      PostedCallback& posted = *std::exchange(state, state->next_posted);
      if (posted.cancelled())
        posted.drop();
      else
        ready_.push_back(posted);
    }
    frame_pool_->fill_spares(sizeof(PostedCallback));
  }
  for (ExecutorJob* job = take_in_order(posted_jobs_); job;) {
    std::exchange(job, job->next_posted)->finished();
  }
  if (signals_ && !is_closed()) signals_->deliver();
}

void Loop::run_ready() {
  // A snapshot: what is scheduled meanwhile runs in the next pass, so I/O and timers never starve.
  snapshot_end_.unlink();  // something threw, and it stayed
  ready_.push_back(snapshot_end_);
  const auto run = [](Runnable& next) { next.run(); };
  if (is_observed())
    run_up_to(*this, ready_, snapshot_end_, [this](Runnable& next) { run_observed(next); });
  else
    run_up_to(*this, ready_, snapshot_end_, run);
  if (end_of_pass_.empty()) return;
  pass_end_.unlink();
  end_of_pass_.push_back(pass_end_);  // KeyboardInterrupt leaves the rest for the next pass
  run_up_to(*this, end_of_pass_, pass_end_, run);
}

void IoWatcher::run() {
  try {
    on_io(std::exchange(events_, std::uint8_t{0}));
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // told, not swallowed: one connection's error never ends the loop
    report_exception(*running_loop, "Exception in a descriptor's callback");
  }
}

namespace {

/// It is out of the queue, and has to run whatever it can be called.
std::string description_of(const Runnable& runnable) noexcept {
  try {
    return runnable.description();
  } catch (const std::bad_alloc&) {
    return "callback";
  }
}

}  // namespace

void Loop::run_observed(Runnable& runnable) {
  // It may be gone afterwards; a task stays, but its coroutine may not.
  const AnyTask task(runnable.for_task());
  const TaskGlance before = task ? task.core().glance() : TaskGlance();
  const std::string what = task ? std::string() : description_of(runnable);
  const Duration outside = std::exchange(observed_inside_, Duration::zero());
  const TimePoint begin = std::chrono::steady_clock::now();
  runnable.run();
  const Duration all = std::chrono::steady_clock::now() - begin;
  const Duration took = all - std::exchange(observed_inside_, outside + all);
  TaskGlance after = task ? task.core().glance() : before;
  after.adopt_coroutine(before);
  if (debug_ && took >= slow_callback_duration) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f", std::chrono::duration<double>(took).count());
    log(LogLevel::kWarning,
        "Executing " + (task ? after.description() : what) + " took " + seconds + " seconds");
  }
  if (observers_.empty()) return;
  const std::string name = task ? after.title() : what;
  observers_.for_each([&](CallbackObserver& each) { each.callback_ran(name, begin, took); });
}

void Loop::close() {
  if (running_) throw RuntimeError("Cannot close a running event loop");
  if (closed_.exchange(true)) return;
  checks_callers_ = true;
  FramePool* pool_before = FramePool::set_current(frame_pool_);
  link_->break_promises();  // a job of the pool may wait for one
  if (default_executor_) default_executor_->shutdown(!executor_shut_down_);
  take_posted();
  while (!tasks_.empty()) {
    auto& task = static_cast<TaskCore&>(tasks_.front());
    call_exception_handler({"Task was destroyed but it is pending!", nullptr, task.name()});
    task.abandon();
  }
  link_->close();
  while (!timers_->empty()) timers_->pop_due(TimePoint::max(), ready_);
  drop_ready();
  async_generators_.clear();
  signals_.reset();
  descriptors_.reset();
  default_executor_.reset();
  FramePool::set_current(pool_before);
}

/// One by one, as what a callback captured may take others out.
void Loop::drop_ready() noexcept {
  while (!ready_.empty()) ready_.pop_front().drop();
}

std::size_t Loop::timer_count() const noexcept { return timers_->size(); }

void Loop::set_default_executor(std::shared_ptr<Executor> executor) {
  default_executor_ = std::move(executor);
}

Executor& Loop::default_executor() {
  if (executor_shut_down_) throw RuntimeError("Executor shutdown has been called");
  if (!default_executor_) default_executor_ = std::make_shared<ThreadPoolExecutor>();
  return *default_executor_;
}

Task<void> Loop::shutdown_default_executor(Delay timeout) {
  const Duration limit = timeout;
  executor_shut_down_ = true;
  if (!default_executor_) co_return;
  const Joining joining(*new JoinJob(*this));
  if (!join_elsewhere(default_executor_, joining.job)) {
    log(LogLevel::kWarning, "No thread to join the executor's: they end when the loop closes.");
    default_executor_->shutdown(false);
    co_return;
  }
  Future<void> joined = joining.job.joined;
  try {
    co_await capricorn::timeout(limit, [&](Timeout&) -> Task<> { co_await joined; });
  } catch (const TimeoutError&) {
    log(LogLevel::kWarning, "The executor did not finish joining its threads within " +
                                std::to_string(limit / std::chrono::seconds(1)) + " seconds.");
  }
}

void Loop::add_reader(int fd, Callback callback) {
  descriptors().add(fd, kReadable, std::move(callback));
}
void Loop::add_writer(int fd, Callback callback) {
  descriptors().add(fd, kWritable, std::move(callback));
}
bool Loop::remove_reader(int fd) { return descriptors_ && descriptors_->remove(fd, kReadable); }
bool Loop::remove_writer(int fd) { return descriptors_ && descriptors_->remove(fd, kWritable); }

DescriptorCallbacks& Loop::descriptors() {
  check_usable();
  if (!descriptors_) descriptors_ = std::make_unique<DescriptorCallbacks>(*this);
  return *descriptors_;
}

void Loop::add_signal_handler(int signal, Callback callback, Delivery delivery) {
  check_usable();
  if (!signals_) signals_ = std::make_unique<SignalWatcher>(*this);
  try {
    signals_->add(signal, std::move(callback), delivery == Delivery::kOnce);
  } catch (...) {                             // passes through
    if (signals_->empty()) signals_.reset();  // another loop may have them
    throw;
  }
}

bool Loop::remove_signal_handler(int signal) {
  if (!signals_ || !signals_->remove(signal)) return false;
  if (signals_->empty()) signals_.reset();  // another loop may have them
  return true;
}

void Loop::set_exception_handler(ExceptionHandler handler) {
  exception_handler_ =
      handler ? std::make_shared<const ExceptionHandler>(std::move(handler)) : nullptr;
}

void Loop::call_exception_handler(const ExceptionContext& context) noexcept {
  const auto handler = exception_handler_;  // it may set another one
  if (!handler) return default_exception_handler(context);
  try {
    (*handler)(*this, context);
  } catch (const KeyboardInterrupt&) {  // thrown on from run_forever: a destructor may have called
    interrupted_ = true;
    stop();
  } catch (...) {  // told, not swallowed
    default_exception_handler(
        {"Unhandled error in exception handler", std::current_exception(), context.task_name});
    default_exception_handler(context);
  }
}

void Loop::default_exception_handler(const ExceptionContext& context) noexcept {
  log_exception(context);
}

namespace {

/// What is said may be a client's words.
std::string text_of(const ExceptionContext& context) {
  std::string text = context.message;
  if (!context.task_name.empty()) text += " (" + context.task_name + ")";
  if (context.exception) {
    try {
      std::rethrow_exception(context.exception);
    } catch (const std::exception& e) {
      append_one_line(text += ": ", e.what());
    } catch (const CancelledError&) {
      text += ": cancelled";
    } catch (...) {  // told, not swallowed: this is where such exceptions end
      text += ": not a std::exception";
    }
  }
  return text;
}

}  // namespace

void log_exception(const ExceptionContext& context) noexcept {
  try {
    log(LogLevel::kError, text_of(context));
  } catch (const std::bad_alloc&) {  // then so much of it
    log(LogLevel::kError, context.message);
  }
}

void report_exception(Loop& loop, const char* message) noexcept {
  try {
    loop.call_exception_handler({message, std::current_exception(), {}});
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, message);
  }
}

void Loop::call(Callback& callback, Context& context) {
  try {
    ContextScope scope(context);
    callback();
  } catch (...) {  // one of the four places: a callback's error never ends the loop
    callback_failed(callback.where());
  }
}

void Loop::callback_failed(std::source_location where) {
  try {
    throw;
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // told, not swallowed
    call_exception_handler(
        {"Exception in callback " + Callback::describe(where), std::current_exception(), {}});
  }
}

std::string HandleState::description() const { return Callback::describe(where_); }

void HandleState::report_failure() { loop_->callback_failed(where_); }

void HandleState::drop_shared_reference() noexcept {
  if (std::atomic_ref(references_).fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
}

void HandleState::cancel() noexcept {
  if (std::exchange(cancelled_, true)) return;
  // Not while it runs: it may cancel itself. One from another thread waits until the loop takes it.
  if (!scheduled() && !linked()) return;
  loop_->cancel_timer(*this);
  drop_callback();
  drop_reference();  // the loop's; whoever cancels has another
}

void HandleState::drop() noexcept {
  cancelled_ = true;
  drop_callback();
  drop_reference();
}

}  // namespace capricorn
