// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/loop/ensure_future.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/test_loop.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace capricorn::test {

/// What tests of the loop are made of: small coroutines, and a trace of who came when.

using namespace std::chrono_literals;

/// On a clock that jumps: an hour takes no time.
template <class T>
T run_virtually(Task<T> main) {
  return run(std::move(main), {.loop_factory = [] { return std::make_unique<TestLoop>(); }});
}

inline Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
inline Task<> append(std::string& trace, std::string word, int after_passes = 0) {
  co_await passes(after_passes);
  trace += word;
}
inline Task<int> value(int v, int after_passes = 0) {
  co_await passes(after_passes);
  co_return v;
}
inline Task<int> fail(std::string what, int after_passes = 0) {
  co_await passes(after_passes);
  throw std::runtime_error(what);
}
inline Task<int> forever() {
  co_await sleep(1h);
  co_return 0;
}
/// Swallows its cancellation and gives a value.
inline Task<int> swallow(int v) {
  try {
    co_await sleep(1h);
  } catch (const CancelledError&) {
  }
  co_return v;
}
/// Takes some passes to end once it is cancelled.
inline Task<int> clean_up_slowly(std::string& trace, std::string word, int after_passes) {
  try {
    co_await sleep(1h);
  } catch (const CancelledError&) {
  }
  co_await passes(after_passes);
  trace += word;
  throw CancelledError();
}

/// Becomes true in the running loop's next pass.
inline std::shared_ptr<const bool> next_pass() {
  auto passed = std::make_shared<bool>(false);
  get_running_loop().call_soon([passed] { *passed = true; });
  return passed;
}

/// How an await ends, in words.
template <class A>
Task<std::string> outcome(A awaitable) {
  try {
    if constexpr (std::is_arithmetic_v<AwaitResult<A>>)
      co_return std::to_string(co_await std::move(awaitable));
    else
      static_cast<void>(co_await std::move(awaitable));
    co_return "done";
  } catch (const CancelledError& e) {
    co_return "CancelledError(" + e.message + ")";
  } catch (const TimeoutError&) {
    co_return "TimeoutError";
  } catch (const std::exception& e) {
    co_return e.what();
  }
}

inline std::string text_of(const std::exception_ptr& exception) {
  try {
    if (exception) std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (const CancelledError& e) {
    return "CancelledError(" + e.message + ")";
  } catch (...) {
    return "something else";
  }
  return "none";
}

/// What a loop's exception handler was told.
class Reports {
 public:
  explicit Reports(Loop& loop) {
    loop.set_exception_handler([this](Loop&, const ExceptionContext& context) {
      messages.push_back(context.message);
      exceptions.push_back(text_of(context.exception));
      tasks.push_back(context.task_name);
    });
  }
  std::vector<std::string> messages;
  std::vector<std::string> exceptions;
  std::vector<std::string> tasks;
};

/// What went to the log meanwhile.
class LoggedLines {
 public:
  LoggedLines() : before_(set_log_sink(&LoggedLines::keep)) { lines().clear(); }
  LoggedLines(const LoggedLines&) = delete;
  ~LoggedLines() { set_log_sink(before_); }
  static std::vector<std::string>& lines() {
    static std::vector<std::string> all;
    return all;
  }

 private:
  static void keep(LogLevel, std::string_view message) noexcept { lines().emplace_back(message); }
  LogSink before_;
};

}  // namespace capricorn::test
