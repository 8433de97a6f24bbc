// SPDX-License-Identifier: MIT
#include "shield.hpp"

namespace capricorn {

void ShieldWaiter::give_up() noexcept {
  Subscriber::unlink();
  // Whoever would have seen its exception is gone.
  inner_.add_done_callback([&inner = inner_] {
    if (!inner.failed()) return;
    const std::exception_ptr exception = inner.exception();
    inner.loop().call_exception_handler({"exception in shielded future", exception, {}});
  });
}

}  // namespace capricorn
