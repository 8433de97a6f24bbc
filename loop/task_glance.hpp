// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>

namespace capricorn {

/// What a report says of a task, in fixed memory: TaskCore::glance fills it, in a signal handler
/// too. Long texts are cut short.
struct TaskGlance {
  static constexpr std::size_t kText = 128;

  char name[kText] = {};
  char label[kText] = {};
  std::source_location created_at;
  std::source_location coroutine;
  bool named = false;
  bool has_coroutine = false;

  /// "fetch"; "Task-3 fetch()" where nobody named it; "Task-3 for /items" where it has a label.
  std::string title() const { return join({}); }
  /// "<Task 'fetch' created at app.cpp:42>", with the same additions.
  std::string description() const;
  /// Takes it from an earlier glance where it has ended.
  void adopt_coroutine(const TaskGlance& earlier) noexcept;

  // Async-signal-safe
  static void copy(char (&out)[kText], std::string_view text) noexcept;
  /// "Task-3"
  static void copy_number(char (&out)[kText], unsigned long long number) noexcept;

 private:
  std::string join(std::string_view quote) const;
};

}  // namespace capricorn
