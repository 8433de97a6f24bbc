// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include "../loop/task.hpp"
#include "arguments.hpp"
#include "dependency_plan.hpp"
#include "request.hpp"

namespace capricorn {

class Executor;
class WebSocket;

/// The dependencies of one request: what they gave, and what has to be left again.
///
/// Counted: the one that serves the request holds it, and so does a job of the pool, which may
/// outlast its request. The last of them leaves what is still entered, in a task of the loop where
/// it cannot await. References are made and dropped on the loop's thread.
class DependencyResolution {
 public:
  DependencyResolution(const DependencyResolution&) = delete;
  DependencyResolution& operator=(const DependencyResolution&) = delete;

  /// A counted reference; empty where a route has no dependencies.
  class Reference {
   public:
    Reference() noexcept = default;
    explicit Reference(DependencyResolution* resolution) noexcept : resolution_(resolution) {
      if (resolution_) ++resolution_->references_;
    }
    Reference(Reference&& other) noexcept
        : resolution_(std::exchange(other.resolution_, nullptr)) {}
    Reference& operator=(Reference&&) = delete;
    ~Reference() {
      if (resolution_) resolution_->drop_reference();
    }
    DependencyResolution* get() const noexcept { return resolution_; }
    DependencyResolution* operator->() const noexcept { return resolution_; }
    explicit operator bool() const noexcept { return resolution_ != nullptr; }

   private:
    DependencyResolution* resolution_ = nullptr;
  };

  /// `socket` is null for a request of HTTP.
  static Reference begin(std::shared_ptr<const DependencyPlan> plan, Request& request,
                         WebSocket* socket);

  /// Calls them in order. As in FastAPI one that cannot be called, since a parameter of its own or
  /// of one below is wrong, is passed over, and `errors` has why. Plain functions run in `pool`,
  /// those in a row in one job; with `keep_tail` the last of them are kept for the handler's job.
  Task<> resolve(Executor* pool, bool keep_tail);
  ValidationErrors& errors() noexcept { return errors_; }
  const DependencyPlan& plan() const noexcept { return *plan_; }
  /// For the handler's own parameters.
  detail::ArgumentSource handler_source() noexcept;

  /// On the worker, before the handler's function.
  void call_tail();
  /// Where the handler is not called at all.
  Task<> resolve_tail(Executor* pool);

  /// Runs what stands behind the co_yield of those of `scope`, the last one first, and throws
  /// `failure` into them. What comes out of the last is left in `failure`, nothing where one of
  /// them has caught it. Where a job still uses what they gave, it happens when that is over.
  Task<> leave(DependencyScope scope, std::exception_ptr& failure);

 private:
  enum class State : unsigned char { kPending, kInvalid, kDone, kEntered };

  DependencyResolution(std::shared_ptr<const DependencyPlan> plan, Request& request,
                       WebSocket* socket);
  ~DependencyResolution();
  struct Behind {
    std::size_t bytes;
  };
  static void* operator new(std::size_t size, Behind behind) {
    return FramePool::allocate(size + behind.bytes);
  }
  static void operator delete(void* memory, Behind) noexcept { FramePool::deallocate(memory); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  void drop_reference() noexcept;
  void* frame(std::size_t step) noexcept { return frames_ + plan_->steps()[step].frame_offset; }
  bool entered() const noexcept;
  Task<> read_body();
  void read_parameters();
  std::size_t end_of_plain(std::size_t begin) const noexcept;
  std::size_t end_of_parallel(std::size_t begin) const noexcept;
  void call_range(std::size_t begin, std::size_t end);
  Task<> call_in_pool(Executor* pool, std::size_t begin, std::size_t end);
  Task<> resolve_step(Executor* pool, std::size_t step);
  Task<> resolve_parallel(Executor* pool, std::size_t begin, std::size_t end);
  Task<> leave_step(std::size_t step, std::exception_ptr& failure);
  static Task<> leave_detached(Reference resolution);

  std::shared_ptr<const DependencyPlan> plan_;
  RequestReference request_;
  WebSocket* socket_;
  ValidationErrors errors_;
  std::size_t tail_;
  int references_ = 0;
  bool left_early_ = false;  // while a job ran; whoever is last leaves
  std::exception_ptr failure_;
  // Behind this object: for each step a State, a pointer to its result, its frame.
  State* states_;
  void** results_;
  char* frames_;
};

}  // namespace capricorn
