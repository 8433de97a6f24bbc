// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "ensure_future.hpp"
#include "exception_group.hpp"

namespace capricorn {

/// Tasks that end before their scope does. The first failure cancels the others and the body; all
/// failures leave as one ExceptionGroup, a KeyboardInterrupt as itself. A C++ destructor cannot
/// await, hence `run`:
///
///     co_await TaskGroup::run([&](TaskGroup& group) -> Task<> { group.create_task(work()); … });
///
/// https://docs.python.org/3/library/asyncio-task.html#task-groups
class TaskGroup {
 public:
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Throws RuntimeError where the group is shutting down or has ended, and closes the coroutine.
  template <class T>
  TaskHandle<T> create_task(Task<T> task, TaskOptions options = {},
                            std::source_location where = std::source_location::current()) {
    if (const char* reason = reason_against_more()) {
      task.close();
      throw RuntimeError(reason);
    }
    TaskHandle<T> handle = loop_.create_task(std::move(task), std::move(options), where);
    adopt(handle.core());
    return handle;
  }

  /// Awaits `body(group)` and then every task of the group.
  template <class F>
  static auto run(F body) -> std::invoke_result_t<F&, TaskGroup&> {
    using T = typename std::invoke_result_t<F&, TaskGroup&>::Result;
    TaskGroup group;
    std::exception_ptr failure;
    std::optional<NonVoid<T>> value;
    try {
      if constexpr (std::is_void_v<T>) {
        co_await body(group);
      } else {
        value.emplace(co_await body(group));
      }
    } catch (...) {  // leave() decides what becomes of it
      failure = std::current_exception();
    }
    co_await group.leave(std::move(failure));
    if constexpr (!std::is_void_v<T>) co_return std::move(*value);
  }

 private:
  struct ChildListNode : ListNode {};
  struct Child;
  class LastChild;

  TaskGroup();
  ~TaskGroup();
  const char* reason_against_more() const noexcept;
  void adopt(TaskCore& task);
  void child_done(Child& child);
  void add_error(std::exception_ptr error);
  void abort();
  /// Waits for the children; throws what the scope throws.
  Task<> leave(std::exception_ptr failure);
  Task<> wait_for_children(std::exception_ptr& cancelled);
  void throw_errors();

  Loop& loop_;
  TaskCore& parent_;
  IntrusiveList<ChildListNode> children_;
  std::vector<std::exception_ptr> errors_;
  std::exception_ptr interrupt_;
  LastChild* waiting_ = nullptr;
  bool exiting_ = false;
  bool aborting_ = false;
  bool parent_cancel_requested_ = false;
};

}  // namespace capricorn
