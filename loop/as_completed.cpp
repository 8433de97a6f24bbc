// SPDX-License-Identifier: MIT
#include "as_completed.hpp"

namespace capricorn {

CompletionOrder::CompletionOrder(std::vector<FutureCore*> futures, std::optional<Delay> timeout)
    : loop_(get_running_loop()),
      children_(std::make_unique<Child[]>(futures.size())),
      left_(futures.size()) {
  for (const FutureCore* future : futures) check_loop(*future, loop_);
  for (std::size_t i = 0; i < futures.size(); ++i) {
    children_[i].order = this;
    children_[i].index = i;
    futures[i]->add_subscriber(children_[i]);
  }
  timer_.order = this;
  if (timeout && left_ > 0) loop_.schedule_at(timer_, deadline(loop_.time(), *timeout));
}

CompletionOrder::~CompletionOrder() {
  // A loop that has been closed holds no timers, and may be gone.
  if (timer_.scheduled() || timer_.linked()) loop_.cancel_timer(timer_);
}

void CompletionOrder::ended(std::size_t index) {
  if (timed_out_) return;
  ended_.push_back(index);
  if (ended_.size() == left_) loop_.cancel_timer(timer_);
  if (waiting_) waiting_->finish();
}

void CompletionOrder::time_is_over() {
  timed_out_ = true;
  if (waiting_) waiting_->finish();
}

std::optional<std::size_t> CompletionOrder::Next::await_resume() {
  give_up();
  check_cancelled();
  if (order_.left_ == 0) return std::nullopt;
  --order_.left_;
  if (order_.ended_.empty()) throw TimeoutError();
  const std::size_t index = order_.ended_.front();
  order_.ended_.pop_front();
  return index;
}

}  // namespace capricorn
