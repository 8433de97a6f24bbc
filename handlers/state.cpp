// SPDX-License-Identifier: MIT
#include "state.hpp"

#include "../loop/errors.hpp"
#include "../loop/symbol.hpp"

namespace capricorn {

std::size_t StateMap::index_of(const std::type_info& type) const noexcept {
  std::size_t index = 0;
  while (index < values_.size() && values_[index]->type != type) ++index;
  return index;
}

void StateMap::throw_missing(const std::type_info& type) {
  throw LookupError("the state has no " + demangle(type.name()));
}

}  // namespace capricorn
