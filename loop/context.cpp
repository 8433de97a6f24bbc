// SPDX-License-Identifier: MIT
#include "context.hpp"

#include <algorithm>

namespace capricorn {

constinit thread_local Context::Values* Context::current_ = nullptr;

Context::Key Context::next_key() noexcept {
  static constinit std::atomic<Key> keys{0};
  return keys.fetch_add(1, std::memory_order_relaxed) + 1;
}

Context::Value Context::get(Key key) noexcept {
  if (!current_) return nullptr;
  const auto& entries = current_->entries;
  const auto found = std::ranges::find(entries, key, &std::pair<Key, Value>::first);
  return found == entries.end() ? nullptr : found->second;
}

const void* Context::find(Key key) noexcept {
  if (!current_) return nullptr;
  const auto& entries = current_->entries;
  const auto found = std::ranges::find(entries, key, &std::pair<Key, Value>::first);
  return found == entries.end() ? nullptr : found->second.get();
}

void Context::set(Key key, Value value) {
  auto& entries = own_current().entries;
  const auto found = std::ranges::find(entries, key, &std::pair<Key, Value>::first);
  if (found == entries.end()) {
    if (value) entries.emplace_back(key, std::move(value));
  } else if (value) {
    found->second = std::move(value);
  } else {
    entries.erase(found);
  }
}

/// Values that nobody else sees, so that a snapshot taken before stays as it is.
Context::Values& Context::own_current() {
  if (!current_) {
    current_ = new Values;
  } else if (current_->references.load(std::memory_order_acquire) > 1) {
    auto copy = std::make_unique<Values>();
    copy->entries = current_->entries;
    Context before;
    before.values_ = std::exchange(current_, copy.release());
  }
  return *current_;
}

void Context::drop() noexcept {
  if (values_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete values_;
}

}  // namespace capricorn
