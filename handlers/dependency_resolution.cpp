// SPDX-License-Identifier: MIT
#include "dependency_resolution.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "../loop/exception_group.hpp"
#include "../loop/loop.hpp"
#include "../loop/task_group.hpp"
#include "../loop/to_thread.hpp"
#include "tail.hpp"
#include "websocket.hpp"

namespace capricorn {
namespace {

constexpr std::size_t aligned(std::size_t size) { return (size + 15) / 16 * 16; }

}  // namespace

// ---------------------------------------------------------------- begin

DependencyResolution::Reference DependencyResolution::begin(
    std::shared_ptr<const DependencyPlan> plan, Request& request, WebSocket* socket) {
  const std::size_t count = plan->steps().size();
  const std::size_t bytes =
      aligned(count * (sizeof(void*) + sizeof(State))) + plan->frames_size() + 16;
  return Reference(new (Behind{bytes}) DependencyResolution(std::move(plan), request, socket));
}

DependencyResolution::DependencyResolution(std::shared_ptr<const DependencyPlan> plan,
                                           Request& request, WebSocket* socket)
    : plan_(std::move(plan)),
      request_(request),
      socket_(socket),
      tail_(plan_->steps().size()),
      results_(reinterpret_cast<void**>(reinterpret_cast<char*>(this) + aligned(sizeof *this))) {
  const std::size_t count = plan_->steps().size();
  states_ = reinterpret_cast<State*>(results_ + count);
  frames_ = reinterpret_cast<char*>(results_) + aligned(count * (sizeof(void*) + sizeof(State)));
  for (std::size_t i = 0; i < count; ++i) {
    new (states_ + i) State(State::kPending);
    results_[i] = plan_->steps()[i].dependency->construct(frame(i));
  }
}

DependencyResolution::~DependencyResolution() {
  for (std::size_t i = plan_->steps().size(); i-- > 0;) {
    plan_->steps()[i].dependency->destroy(frame(i));
  }
}

Task<> DependencyResolution::read_body() {
  if (plan_->reads_body()) co_await request_->body();
  if (!plan_->reads_form()) co_return;
  const FormData& form = co_await request_->form();
  if (!plan_->files().empty()) co_await detail::load_files(form, plan_->files());
}

void DependencyResolution::read_parameters() {
  const std::span<const DependencyPlan::Step> steps = plan_->steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t before = errors_.size();
    detail::ArgumentSource source{*request_, socket_, results_, steps[i].dependencies.data(),
                                  &steps[i].scopes};
    steps[i].dependency->extract(frame(i), source, errors_);
    const bool below = std::ranges::any_of(steps[i].dependencies, [this](std::uint32_t step) {
      return states_[step] == State::kInvalid;
    });
    if (below || errors_.size() != before) states_[i] = State::kInvalid;
  }
}

detail::ArgumentSource DependencyResolution::handler_source() noexcept {
  return {*request_, socket_, results_, plan_->handler_dependencies().data()};
}

// ---------------------------------------------------------------- resolve

Task<> DependencyResolution::resolve(Executor* pool, bool keep_tail) {
  co_await read_body();
  read_parameters();
  const std::size_t count = plan_->steps().size();
  for (std::size_t i = 0; i < count;) {
    if (const std::size_t parallel = end_of_parallel(i); parallel > i + 1) {
      co_await resolve_parallel(pool, i, parallel);
      i = parallel;
    } else if (const std::size_t plain = end_of_plain(i); plain > i) {
      if (plain == count && keep_tail) {
        tail_ = i;
        co_return;
      }
      co_await call_in_pool(pool, i, plain);
      i = plain;
    } else {
      co_await resolve_step(pool, i++);
    }
  }
}

std::size_t DependencyResolution::end_of_plain(std::size_t begin) const noexcept {
  const std::span<const DependencyPlan::Step> steps = plan_->steps();
  std::size_t end = begin;
  while (end < steps.size() && steps[end].dependency->is_plain()) ++end;
  return end;
}

/// Those that asked for it and do not wait for one another.
std::size_t DependencyResolution::end_of_parallel(std::size_t begin) const noexcept {
  const std::span<const DependencyPlan::Step> steps = plan_->steps();
  std::size_t end = begin;
  for (; end < steps.size() && steps[end].parallel; ++end) {
    const auto is_ours = [begin](std::uint32_t step) { return step >= begin; };
    if (std::ranges::any_of(steps[end].dependencies, is_ours)) break;
  }
  return end;
}

void DependencyResolution::call_range(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (states_[i] == State::kInvalid) continue;
    plan_->steps()[i].dependency->call(frame(i));
    states_[i] = State::kDone;
  }
}

Task<> DependencyResolution::call_in_pool(Executor* pool, std::size_t begin, std::size_t end) {
  const bool none = std::all_of(states_ + begin, states_ + end,
                                [](State state) { return state == State::kInvalid; });
  if (none) co_return;
  co_await run_in_executor(pool,
                           [this, held = Reference(this), begin, end] { call_range(begin, end); });
}

Task<> DependencyResolution::resolve_step(Executor* pool, std::size_t step) {
  if (states_[step] == State::kInvalid) co_return;
  const Dependency& dependency = *plan_->steps()[step].dependency;
  switch (dependency.properties().mode) {
    case Dependency::Mode::kPool: co_await call_in_pool(pool, step, step + 1); break;
    case Dependency::Mode::kLoop: call_range(step, step + 1); break;
    case Dependency::Mode::kCoroutine:
      co_await dependency.run(frame(step));
      states_[step] = State::kDone;
      break;
    case Dependency::Mode::kGenerator:
      co_await dependency.run(frame(step));
      states_[step] = State::kEntered;
      break;
  }
}

/// The first failure cancels the others, and is the request's.
Task<> DependencyResolution::resolve_parallel(Executor* pool, std::size_t begin, std::size_t end) {
  std::vector<TaskHandle<>> tasks;
  std::exception_ptr first;
  try {
    co_await TaskGroup::run([&](TaskGroup& group) -> Task<> {
      for (std::size_t i = begin; i < end; ++i) {
        tasks.push_back(group.create_task(resolve_step(pool, i)));
      }
      co_return;
    });
  } catch (const ExceptionGroup& failures) {
    first = failures.exceptions().front();
  }
  if (first) std::rethrow_exception(first);
  // A group is content with one that what it awaited has cancelled. It gave no result.
  for (TaskHandle<>& task : tasks) task.result();
}

void DependencyResolution::call_tail() { call_range(tail_, plan_->steps().size()); }

Task<> DependencyResolution::resolve_tail(Executor* pool) {
  const std::size_t end = plan_->steps().size();
  const std::size_t begin = std::exchange(tail_, end);
  if (begin < end) co_await call_in_pool(pool, begin, end);
}

// ---------------------------------------------------------------- leave

Tails& late_leaves() noexcept {
  static thread_local Tails leaves;
  return leaves;
}

bool DependencyResolution::entered() const noexcept {
  return std::any_of(states_, states_ + plan_->steps().size(),
                     [](State state) { return state == State::kEntered; });
}

Task<> DependencyResolution::leave(DependencyScope scope, std::exception_ptr& failure) {
  // Once put off all of them are, or the function's would come behind those that they stand on.
  if (references_ > 1 || left_early_) {
    left_early_ = true;
    failure_ = failure;
    co_return;
  }
  const std::span<const DependencyPlan::Step> steps = plan_->steps();
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (steps[i].scope == scope) co_await leave_step(i, failure);
  }
}

Task<> DependencyResolution::leave_step(std::size_t step, std::exception_ptr& failure) {
  if (states_[step] != State::kEntered) co_return;
  states_[step] = State::kDone;
  try {
    co_await plan_->steps()[step].dependency->leave(frame(step), failure);
    failure = nullptr;
  } catch (...) {  // the next one sees it, and then whoever called
    failure = std::current_exception();
  }
}

Task<> DependencyResolution::leave_detached(Reference resolution) {
  Tail tail(late_leaves());
  std::exception_ptr failure = resolution->failure_;
  co_await resolution->leave(DependencyScope::kFunction, failure);
  co_await resolution->leave(DependencyScope::kRequest, failure);
  if (failure && failure != resolution->failure_) std::rethrow_exception(failure);
}

void DependencyResolution::drop_reference() noexcept {
  if (--references_ > 0) return;
  if (left_early_ && entered() && has_running_loop()) {
    left_early_ = false;
    static_cast<void>(get_running_loop().create_task(leave_detached(Reference(this))));
    return;
  }
  delete this;
}

}  // namespace capricorn
