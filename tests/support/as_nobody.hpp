// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>
#if defined(__linux__)
#include <sys/fsuid.h>
#include <sys/prctl.h>
#endif

namespace capricorn::test {

/// Where root runs the tests, files are nobody's while it lives, on this thread: root may open all.
class AsNobody {
 public:
  AsNobody() { become(::geteuid() == 0 ? kNobody : ::geteuid()); }
  AsNobody(const AsNobody&) = delete;
  ~AsNobody() { become(::geteuid()); }

 private:
  static constexpr uid_t kNobody = 65534;

  static void become(uid_t user) noexcept {
#if defined(__linux__)
    ::setfsuid(user);
    ::prctl(PR_SET_DUMPABLE, 1);  // which that takes away, and a leak checker needs
#else
    static_cast<void>(user);
#endif
  }
};

}  // namespace capricorn::test
