// SPDX-License-Identifier: MIT
#include "context.hpp"

#include <algorithm>

namespace capricorn {
namespace {

// Never destroyed: an access must not cost the check that a thread_local with a destructor needs.
union Place {
  constexpr Place() noexcept : context() {}
  ~Place() {}
  Context context;
};
constinit thread_local Place current_place;

}  // namespace

Context& Context::current() noexcept { return current_place.context; }

Context::Key Context::next_key() noexcept {
  static constinit std::atomic<Key> keys{0};
  return keys.fetch_add(1, std::memory_order_relaxed) + 1;
}

const void* Context::find(Key key) const noexcept {
  if (!values_) return nullptr;
  const auto& entries = values_->entries;
  const auto found = std::ranges::find(entries, key, &std::pair<Key, Value>::first);
  return found == entries.end() ? nullptr : found->second.get();
}

Context::Value Context::get(Key key) const noexcept {
  if (!values_) return nullptr;
  const auto& entries = values_->entries;
  const auto found = std::ranges::find(entries, key, &std::pair<Key, Value>::first);
  return found == entries.end() ? nullptr : found->second;
}

void Context::set(Key key, Value value) {
  auto& entries = own().entries;
  const auto found = std::ranges::find(entries, key, &std::pair<Key, Value>::first);
  if (found == entries.end()) {
    if (value) entries.emplace_back(key, std::move(value));
  } else if (value) {
    found->second = std::move(value);
  } else {
    entries.erase(found);
  }
}

/// A set of values that nobody else sees.
Context::Values& Context::own() {
  if (!values_) {
    values_ = new Values;
  } else if (values_->references.load(std::memory_order_acquire) > 1) {
    auto copy = std::make_unique<Values>();
    copy->entries = values_->entries;
    drop();
    values_ = copy.release();
  }
  return *values_;
}

void Context::drop() noexcept {
  if (values_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete values_;
}

}  // namespace capricorn
