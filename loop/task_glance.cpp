// SPDX-License-Identifier: MIT
#include "task_glance.hpp"

#include <algorithm>
#include <charconv>

#include "source_name.hpp"

namespace capricorn {

void TaskGlance::copy(char (&out)[kText], std::string_view text) noexcept {
  // A text that was exchanged halfway has the new length and the old bytes: they end with NUL.
  std::size_t n = 0;
  while (text.data() && n < std::min(text.size(), kText - 1) && text[n] != '\0') {
    out[n] = text[n];
    ++n;
  }
  out[n] = '\0';
}

void TaskGlance::copy_number(char (&out)[kText], unsigned long long number) noexcept {
  copy(out, "Task-");
  *std::to_chars(out + 5, out + kText - 1, number).ptr = '\0';
}

void TaskGlance::adopt_coroutine(const TaskGlance& earlier) noexcept {
  if (has_coroutine) return;
  coroutine = earlier.coroutine;
  has_coroutine = earlier.has_coroutine;
}

std::string TaskGlance::join(std::string_view quote) const {
  std::string text(quote);
  text.append(name).append(quote);
  if (*label)
    text.append(" for ").append(label);
  else if (!named && has_coroutine)
    text.append(" ").append(function_name(coroutine)).append("()");
  return text;
}

std::string TaskGlance::description() const {
  return "<Task " + join("'") + " created at " + file_and_line(created_at) + ">";
}

}  // namespace capricorn
