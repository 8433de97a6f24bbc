// expect: no member named 'size' in 'capricorn::Task< | has no member named 'size'
// SPDX-License-Identifier: MIT
#include <capricorn/loop/task.hpp>

#include <cstddef>
#include <string>

using namespace capricorn;

Task<std::string> fetch();

Task<std::size_t> work() {
#ifdef CORRECT
  const auto text = co_await fetch();
#else
  const auto text = fetch();
#endif
  co_return text.size();
}
