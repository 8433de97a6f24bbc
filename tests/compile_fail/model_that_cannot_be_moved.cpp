// expect: what a parameter holds is moved to the handler: a model has no member that cannot be,
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include <memory>
#include <mutex>

using namespace capricorn;

struct Item {
  int id;
#ifdef CORRECT
  std::unique_ptr<int> count;
#else
  std::mutex lock;
#endif
};

void routes(App& app) {
  app.post("/", [](Body<Item> item) -> Task<int> { co_return item->id; });
}
