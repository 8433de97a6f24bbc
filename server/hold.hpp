// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "../http/scope.hpp"

namespace capricorn {

/// A reference on a cycle, as the parameter of a coroutine that may begin, and end, when nothing
/// else keeps it.
class Hold {
 public:
  explicit Hold(Scope::Owner& owner) noexcept : owner_(&owner) { owner_->add_reference(); }
  Hold(Hold&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
  ~Hold() {
    if (owner_) owner_->drop_reference();
  }

 private:
  Scope::Owner* owner_;
};

}  // namespace capricorn
