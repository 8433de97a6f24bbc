// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace capricorn {

/// A reference on a cycle: in a function behind which nothing else may keep it, or as the parameter
/// of a coroutine that may begin, and end, when nothing does.
template <class T>
class Hold {
 public:
  explicit Hold(T& owner) noexcept : owner_(&owner) { owner_->add_reference(); }
  Hold(Hold&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
  ~Hold() {
    if (owner_) owner_->drop_reference();
  }

 private:
  T* owner_;
};

}  // namespace capricorn
