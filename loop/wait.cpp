// SPDX-License-Identifier: MIT
#include "wait.hpp"

namespace capricorn {

WaitWaiter::WaitWaiter(std::vector<FutureCore*> futures, WaitOptions options)
    : futures_(std::move(futures)), options_(options) {}

void WaitWaiter::prepare(Loop& loop) {
  children_ = std::make_unique<Child[]>(futures_.size());
  timer_.wait = this;
  if (options_.timeout) loop.schedule_at(timer_, deadline(loop.time(), *options_.timeout));
}

void WaitWaiter::subscribe() noexcept {
  pending_ = futures_.size();
  for (std::size_t i = 0; i < futures_.size(); ++i) {
    children_[i].wait = this;
    children_[i].future = futures_[i];
    futures_[i]->add_subscriber(children_[i]);
  }
}

void WaitWaiter::child_done(FutureCore& child) {
  const bool over = --pending_ == 0 || options_.return_when == FIRST_COMPLETED ||
                    (options_.return_when == FIRST_EXCEPTION && child.failed());
  if (over) finish();
}

void WaitWaiter::give_up() noexcept {
  children_.reset();
  if (task()) task()->loop().cancel_timer(timer_);
}

Task<> wait_until_done(std::vector<AnyTask> tasks, std::optional<Delay> timeout) {
  std::vector<FutureCore*> cores;
  for (const AnyTask& task : tasks) cores.push_back(&task.core());
  if (!cores.empty()) co_await WaitWaiter(std::move(cores), {.timeout = timeout});
}

}  // namespace capricorn
