// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace capricorn {

/// Takes out of a growing list what is over: not at each addition, which would cost the more the
/// longer the list is, but once it has doubled. So it is never twice as long as what is alive.
class Sweep {
 public:
  /// Before an addition.
  template <class T, class F>
  void operator()(std::vector<T>& list, F is_over) {
    if (list.size() < due_at_) return;
    std::erase_if(list, is_over);
    due_at_ = std::max(kFew, 2 * list.size());
  }

 private:
  static constexpr std::size_t kFew = 8;
  std::size_t due_at_ = kFew;
};

}  // namespace capricorn
