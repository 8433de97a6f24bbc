// SPDX-License-Identifier: MIT
#include <cstdio>
#include <string_view>

#include "growth.hpp"

namespace capricorn::test {
namespace {

/// callgrind writes down what was counted whenever this is called.
[[gnu::noinline]] void growth_mark() { asm volatile(""); }

void count(const Growth& growth) {
  growth.run(growth.size);  // what is done once
  for (const std::size_t times : {1, 2, 4}) {
    growth_mark();
    growth.run(times * growth.size);
    growth_mark();
  }
  std::puts(growth.name);
}

}  // namespace
}  // namespace capricorn::test

/// Counts those that are named, or all.
int main(int argc, char** argv) {
  using namespace capricorn::test;
  for (const auto growths : {loop_growths(), http_growths(), handler_growths(), server_growths()}) {
    for (const Growth& growth : growths) {
      bool wanted = argc == 1;
      for (int i = 1; i < argc; ++i) wanted = wanted || std::string_view(argv[i]) == growth.name;
      if (wanted) count(growth);
    }
  }
}
