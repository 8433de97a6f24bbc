// expect: the value of a Task<> is moved: it has no member that cannot be,
// SPDX-License-Identifier: MIT
#include <capricorn/loop/task.hpp>

#include <memory>
#include <mutex>

using namespace capricorn;

struct Item {
  int id;
#ifdef CORRECT
  std::unique_ptr<std::mutex> lock;
#else
  std::mutex lock;
#endif
};

Task<Item> make() { co_return Item{1, {}}; }
