// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "serialise.hpp"
#include "thread_pool_executor.hpp"
#include "to_thread.hpp"

namespace capricorn {

class Zygote;

/// A process of a pool ended in the middle of a job, or could not be made. The pool goes on.
struct BrokenProcessPool : RuntimeError {
  BrokenProcessPool(const std::string& message, int returncode);
  ~BrokenProcessPool() override;
  int returncode;  // -N where signal N ended it
};

/// What a job threw over there: its text; the type does not travel.
struct RemoteError : RuntimeError {
  using RuntimeError::RuntimeError;
  ~RemoteError() override;
};

/// A plain function that a pool's processes may be asked to call.
class ProcessFunction {
 public:
  template <class R, class... P>
  ProcessFunction(R (*function)(P...))  // NOLINT: `.functions = {fib, primes}` is the point
      : address_(reinterpret_cast<Address>(function)), call_(call<R, P...>) {
    static_assert((Serialisable<std::decay_t<P>> && ...),
                  "an argument cannot be sent to another process: use numbers, std::string, and "
                  "vectors, arrays, optionals, pairs, tuples and maps of these");
    static_assert(std::is_void_v<R> || Serialisable<std::decay_t<R>>,
                  "the result cannot be sent from another process: use numbers, std::string, and "
                  "vectors, arrays, optionals, pairs, tuples and maps of these");
  }

  using Address = void (*)();
  Address address() const noexcept { return address_; }
  /// Reads the arguments, gives the result as bytes.
  std::string operator()(std::string_view arguments) const { return call_(address_, arguments); }

 private:
  template <class R, class... P>
  static std::string call(Address address, std::string_view bytes) {
    const auto function = reinterpret_cast<R (*)(P...)>(address);
    ArchiveReader in(bytes);
    auto arguments = in.read<std::tuple<std::decay_t<P>...>>();
    ArchiveWriter out;
    const auto apply = [&]() -> R {
      return std::apply(
          [&](auto&... each) -> R { return function(static_cast<std::decay_t<P>&&>(each)...); },
          arguments);
    };
    if constexpr (std::is_void_v<R>)
      apply();
    else
      out.write<std::decay_t<R>>(apply());
    return out.take();
  }

  Address address_;
  std::string (*call_)(Address, std::string_view);
};

struct ProcessPoolOptions {
  std::vector<ProcessFunction> functions;  // all that can be called
  std::size_t max_workers = 0;             // 0: one a processor
  std::size_t max_queue = 0;               // jobs waiting; 0: no bound
  std::function<void()> initializer = {};  // once in each process, before its first job
  std::size_t max_tasks_per_child = 0;     // jobs, then another process takes its place; 0: no end
};

/// Processes for pure functions that burn a processor or may crash. They are made as jobs come, and
/// one that crashed is replaced; its caller alone gets an error. One that ended while it had no job
/// is replaced, too.
///
/// They are copies of this process as it was when the pool was made, and exec nothing: so the table
/// of functions is the same in all, its addresses too, and a job names a function by its place in
/// it. A function of a module that was loaded later cannot be in there. Make the pool before the
/// first thread; on Linux it throws RuntimeError otherwise. The functions see what was in memory
/// then, and no descriptor but 0, 1 and 2. Any thread; it outlives its jobs.
/// https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor
class ProcessPoolExecutor {
 public:
  explicit ProcessPoolExecutor(ProcessPoolOptions options);
  ProcessPoolExecutor(const ProcessPoolExecutor&) = delete;
  /// Waits for the jobs that were accepted.
  ~ProcessPoolExecutor();

  /// No new jobs; `wait` until those accepted are done and the processes have ended.
  void shutdown(bool wait = true);
  std::size_t max_workers() const noexcept { return threads_->max_workers(); }

  // For run_in_process
  /// Throws RuntimeError where it is not in the table.
  std::size_t place_of(ProcessFunction::Address function) const;
  /// Blocks a thread of `threads`. Throws RemoteError, BrokenProcessPool.
  std::string call(std::size_t function, std::string_view arguments);
  /// One for each process: it writes a job and waits for the answer.
  Executor& threads() noexcept { return *threads_; }

 private:
  struct Worker;
  std::unique_ptr<Worker> take_worker();
  void give_back(std::unique_ptr<Worker> worker);
  [[noreturn]] void bury(const Worker& worker);

  std::vector<ProcessFunction> functions_;
  std::size_t max_tasks_per_child_;
  std::unique_ptr<Zygote> zygote_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
  std::unique_ptr<ThreadPoolExecutor> threads_;
};

/// Awaitable: `function(args...)` in a process of the pool; its result, or throws RemoteError with
/// the text of what it threw, and BrokenProcessPool where the process ended. Cancelled, a job that
/// waits in the queue is taken back; one that runs goes on alone, its result dropped.
template <class R, class... P, class... Args>
auto run_in_process(ProcessPoolExecutor& pool, R (*function)(P...), Args&&... args) {
  static_assert(sizeof...(P) == sizeof...(Args), "as many arguments as the function takes");
  const std::size_t place = pool.place_of(reinterpret_cast<ProcessFunction::Address>(function));
  ArchiveWriter out;
  out.write(std::tuple<std::decay_t<P>...>(std::forward<Args>(args)...));
  return run_in_executor(&pool.threads(),
                         [&pool, place, arguments = out.take()]() -> std::decay_t<R> {
                           [[maybe_unused]] const std::string result = pool.call(place, arguments);
                           if constexpr (!std::is_void_v<R>)
                             return ArchiveReader(result).read<std::decay_t<R>>();
                         });
}

}  // namespace capricorn
