// SPDX-License-Identifier: MIT
#include "async_generator.hpp"

#include <vector>

#include "errors.hpp"
#include "log.hpp"
#include "source_name.hpp"
#include "task_handle.hpp"
#include "wait.hpp"

namespace capricorn {
namespace {

constexpr const char* function_of(AsyncGeneratorAwaiter::Kind kind) noexcept {
  switch (kind) {
    case AsyncGeneratorAwaiter::Kind::kNext: return "anext()";
    case AsyncGeneratorAwaiter::Kind::kThrow: return "athrow()";
    case AsyncGeneratorAwaiter::Kind::kClose: break;
  }
  return "aclose()";
}

std::string already_running(AsyncGeneratorAwaiter::Kind kind) {
  return std::string(function_of(kind)) + ": asynchronous generator is already running";
}

/// The loop's own task, in place of the owner's that is gone.
Task<> close_generator(AsyncGeneratorFrame generator) { co_await AsyncGeneratorClose(generator); }

}  // namespace

void AsyncGeneratorCore::join(Loop& loop) {
  loop_ = &loop;
  loop.async_generators_.push_back(*this);
  if (loop.async_generators_shut_down_) {
    log(LogLevel::kWarning, "asynchronous generator " + description() +
                                " was scheduled after loop.shutdown_asyncgens() call");
  }
}

std::vector<const TaskCore*> AsyncGeneratorCore::closing_tasks(Loop& loop) {
  std::vector<const TaskCore*> tasks;
  loop.async_generators_.for_each([&tasks](AsyncGeneratorNode& node) {
    const auto& core = static_cast<const AsyncGeneratorCore&>(node);
    if (core.passed_to_loop_ && core.state_ == State::kRunning) tasks.push_back(core.task());
  });
  return tasks;
}

std::string AsyncGeneratorCore::description() const {
  return "<async_generator '" + function_name(waits_at()) + "' at " + file_and_line(waits_at()) +
         ">";
}

AsyncGeneratorFrame& AsyncGeneratorFrame::operator=(AsyncGeneratorFrame&& other) noexcept {
  if (this != &other) {
    drop(release());
    take(other.release());
  }
  return *this;
}

void AsyncGeneratorFrame::take(AsyncGeneratorCore* core) noexcept {
  core_ = core;
  if (core) core->owner_ = this;
}

AsyncGeneratorCore* AsyncGeneratorFrame::release() noexcept {
  if (core_) core_->owner_ = nullptr;
  return std::exchange(core_, nullptr);
}

void AsyncGeneratorFrame::drop(AsyncGeneratorCore* core) noexcept {
  if (!core || core->state() == AsyncGeneratorCore::State::kRunning) return;  // its awaiter's
  const bool cleans_up =
      core->state() == AsyncGeneratorCore::State::kSuspended && !core->close_begun_;
  if (cleans_up && core->linked() && !core->loop_->is_closed()) {
    core->passed_to_loop_ = true;
    // A pass later, as in Python: where the loop shuts down first, shutdown_asyncgens closes it.
    Loop& loop = *core->loop_;
    core->close_begun_ = true;  // without memory it is dropped again, and then at once
    try {
      loop.call_soon([&loop, generator = AsyncGeneratorFrame(core)]() mutable {
        static_cast<void>(loop.create_task(close_generator(std::move(generator))));
      });
      core->close_begun_ = false;
    } catch (const std::bad_alloc&) {
      log(LogLevel::kError, "Out of memory: an asynchronous generator ends without its clean-up.");
    }
  } else {
    core->self_.destroy();
  }
}

bool AsyncGeneratorAwaiter::await_ready() {
  core_ = generator_->core();
  if (!core_) return true;
  if (core_->state() == AsyncGeneratorCore::State::kRunning) {
    core_ = nullptr;
    throw RuntimeError(already_running(kind_));
  }
  if (core_->state() != AsyncGeneratorCore::State::kCreated || kind_ == Kind::kNext) return false;
  std::exchange(core_, nullptr)->self_.destroy();  // its body never runs
  if (kind_ == Kind::kThrow) std::rethrow_exception(thrown_);
  return true;
}

void AsyncGeneratorAwaiter::begin(PromiseBase& parent, std::coroutine_handle<> handle) {
  if (core_->state() == AsyncGeneratorCore::State::kCreated) core_->join(parent.task()->loop());
  core_->close_begun_ = core_->close_begun_ || kind_ == Kind::kClose;
  core_->thrown_ = std::move(thrown_);
  core_->state_ = AsyncGeneratorCore::State::kRunning;
  core_->set_parent(parent, handle, *this);
  frame_ = core_->self_;
}

bool AsyncGeneratorAwaiter::yielded() {
  if (!core_) return false;
  if (core_->state() == AsyncGeneratorCore::State::kSuspended) return true;
  const std::exception_ptr exception = core_->exception_;
  core_ = nullptr;
  destroy();
  if (exception) std::rethrow_exception(exception);
  return false;
}

void AsyncGeneratorAwaiter::leave() noexcept {
  frame_ = nullptr;
  if (!core_->owner_) AsyncGeneratorFrame::drop(core_);
}

AsyncGeneratorClose::Awaiter::Awaiter(AsyncGeneratorFrame& generator)
    : AsyncGeneratorAwaiter(generator, Kind::kClose, std::make_exception_ptr(GeneratorExit())) {}

void AsyncGeneratorClose::Awaiter::await_resume() {
  try {
    if (!yielded()) return;
  } catch (const GeneratorExit&) {
    return;
  }
  leave();
  throw RuntimeError("async generator ignored GeneratorExit");
}

Task<void> Loop::shutdown_asyncgens() {
  async_generators_shut_down_ = true;
  // One that is closed may drop others, which are closed in their turn.
  while (!async_generators_.empty()) {
    std::vector<std::pair<AnyTask, std::string>> closings;
    while (!async_generators_.empty()) {
      auto& core = static_cast<AsyncGeneratorCore&>(async_generators_.pop_front());
      const std::string what =
          "an error occurred during closing of asynchronous generator " + core.description();
      if (core.state() != AsyncGeneratorCore::State::kRunning) {
        core.owner_->release();
        closings.emplace_back(create_task(close_generator(AsyncGeneratorFrame(&core))), what);
      } else if (core.passed_to_loop_) {
        closings.emplace_back(AnyTask(core.task()), what);
      } else {
        call_exception_handler({what,
                                std::make_exception_ptr(RuntimeError(
                                    already_running(AsyncGeneratorAwaiter::Kind::kClose))),
                                {}});
      }
    }
    std::vector<FutureCore*> cores;
    for (const auto& [task, what] : closings) cores.push_back(&task.core());
    if (!cores.empty()) co_await WaitWaiter(std::move(cores), {});
    for (auto& [task, what] : closings) {
      if (task.core().failed()) call_exception_handler({what, task.exception(), task.name()});
    }
  }
}

}  // namespace capricorn
