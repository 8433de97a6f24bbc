// SPDX-License-Identifier: MIT
#include "shield.hpp"

#include <new>

namespace capricorn {

void ShieldWaiter::give_up() noexcept {
  Subscriber::unlink();
  if (!inner_.first_shield_left()) return;
  // Whoever would have seen its exception is gone.
  try {
    inner_.add_done_callback([&inner = inner_] {
      if (!inner.failed()) return;
      const std::exception_ptr exception = inner.exception();
      inner.loop().call_exception_handler({"exception in shielded future", exception, {}});
    });
  } catch (const std::bad_alloc&) {  // then it is told as one that nobody asked for
  }
}

}  // namespace capricorn
