// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/loop/selector.hpp>

#include <memory>
#include <vector>

namespace capricorn::test {

/// The system's selector, for tests that listen in or fail it.
class WrappedSelector : public Selector {
 public:
  void register_(IoWatcher& watcher, std::uint8_t events) override {
    inner_->register_(watcher, events);
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override { inner_->modify(watcher, events); }
  void unregister(IoWatcher& watcher) noexcept override { inner_->unregister(watcher); }
  void select(Duration timeout, std::vector<Event>& events) override {
    inner_->select(timeout, events);
  }
  void wake() noexcept override { inner_->wake(); }
  int wake_descriptor() const noexcept override { return inner_->wake_descriptor(); }
  const char* name() const noexcept override { return inner_->name(); }

 private:
  std::unique_ptr<Selector> inner_ = make_default_selector();
};

}  // namespace capricorn::test
