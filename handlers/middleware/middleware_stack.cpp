// SPDX-License-Identifier: MIT
#include "middleware_stack.hpp"

#include <utility>

#include "../../loop/errors.hpp"

namespace capricorn {

void MiddlewareStack::push(std::unique_ptr<Application> middleware) {
  if (sealed_) throw RuntimeError("Cannot add middleware after an application has started");
  layers_.push_back(std::move(middleware));
}

}  // namespace capricorn
