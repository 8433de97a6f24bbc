// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include "validation.hpp"

namespace capricorn {

/// Orders the errors from `from` on by `rank(error)`, those of one rank as they are. By insertion:
/// there are few.
template <class F>
void sort_by_rank(ValidationErrors& errors, std::size_t from, F rank) {
  const auto first = errors.begin() + static_cast<std::ptrdiff_t>(from);
  for (auto at = first; at != errors.end(); ++at) {
    const auto place = std::upper_bound(
        first, at, *at, [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    std::rotate(place, at, at + 1);
  }
}

}  // namespace capricorn
