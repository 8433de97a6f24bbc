// SPDX-License-Identifier: MIT
#include "exception_group.hpp"

#include <utility>

namespace capricorn {

ExceptionGroup::ExceptionGroup(const std::string& message,
                               std::vector<std::exception_ptr> exceptions)
    : exceptions_(std::move(exceptions)) {
  const std::size_t n = exceptions_.size();
  what_ = message + " (" + std::to_string(n) + (n == 1 ? " sub-exception)" : " sub-exceptions)");
}
ExceptionGroup::ExceptionGroup(const ExceptionGroup&) = default;
ExceptionGroup::~ExceptionGroup() = default;

}  // namespace capricorn
