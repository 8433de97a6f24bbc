// SPDX-License-Identifier: MIT
#include "background_tasks.hpp"

namespace capricorn {

Task<> BackgroundTasks::run(Executor* pool) {
  struct Done {
    std::vector<std::unique_ptr<Call>>& calls;
    ~Done() { calls.clear(); }
  } done{calls_};
  // One that runs may add others.
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const std::unique_ptr<Call> call = std::move(calls_[i]);
    co_await call->run(pool);
  }
}

}  // namespace capricorn
