// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace capricorn {

/// Where a process answers `capricorn top` and `capricorn tasks`: on Linux an abstract Unix socket,
/// which goes with the process; elsewhere a file in TMPDIR.
std::string control_path(pid_t pid);
/// The processes of this machine that have one; those that ended without a chance to remove their
/// file included.
std::vector<pid_t> control_sockets();
/// Whether who connected may ask: the same user, and root.
bool may_control(int connection) noexcept;

}  // namespace capricorn
