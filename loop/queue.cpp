// SPDX-License-Identifier: MIT
#include "queue.hpp"

#include <stdexcept>

namespace capricorn {

QueueBase::QueueBase(std::ptrdiff_t maxsize) noexcept : maxsize_(maxsize) { finished_.set(); }

void QueueBase::Turn::await_resume() {
  check_cancelled();
  check_not_orphaned();
  unlink();
}

QueueBase::Turn::~Turn() {
  if (woken() && linked() && queue_->available(*waiters_)) waiters_->wake_next();
}

void QueueBase::check_put() const {
  if (is_shut_down_) throw QueueShutDown();
  if (full()) throw QueueFull();
}

void QueueBase::check_get() const {
  if (!empty()) return;
  if (is_shut_down_) throw QueueShutDown();
  throw QueueEmpty();
}

void QueueBase::added() noexcept {
  ++size_;
  ++unfinished_;
  finished_.clear();
  getters_.wake_next();
}

void QueueBase::removed() noexcept {
  --size_;
  putters_.wake_next();
}

void QueueBase::task_done() {
  if (unfinished_ == 0) throw std::invalid_argument("task_done() called too many times");
  if (--unfinished_ == 0) finished_.set();
}

void QueueBase::dropped_all() noexcept {
  unfinished_ -= std::min(unfinished_, size_);
  size_ = 0;
  if (unfinished_ == 0) finished_.set();
}

void QueueBase::shut_down() noexcept {
  is_shut_down_ = true;
  getters_.wake_all();
  putters_.wake_all();
}

}  // namespace capricorn
