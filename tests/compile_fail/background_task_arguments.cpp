// expect: add_task(function, arguments...): the function takes these arguments
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

Task<> write_log(std::string, int) { co_return; }

void add(BackgroundTasks& background) {
#ifdef CORRECT
  background.add_task(write_log, std::string("a"), 1);
#else
  background.add_task(write_log, std::string("a"));
#endif
}
