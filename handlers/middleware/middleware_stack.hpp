// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "../../http/application.hpp"

namespace capricorn {

/// The middleware around an application: the last one added is the outermost, as in Starlette. Each
/// refers to the next one; all of them are moved as one.
class MiddlewareStack {
 public:
  bool empty() const noexcept { return layers_.empty(); }
  /// The outermost; `innermost` where there is none.
  Application& around(Application& innermost) const noexcept {
    return layers_.empty() ? innermost : *layers_.back();
  }
  /// Throws RuntimeError once the application serves.
  void push(std::unique_ptr<Application> middleware);
  /// From now on none is added.
  void seal() noexcept { sealed_ = true; }

 private:
  std::vector<std::unique_ptr<Application>> layers_;
  bool sealed_ = false;
};

}  // namespace capricorn
