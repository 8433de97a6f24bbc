// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace capricorn {

/// SIGINT and SIGTERM, of a process on its way out: what they ask for is happening already, and a
/// second one in the last moment, when no handler is left, must not turn exit code 0 into a kill.

/// Held back from now on, to the end of the process. The other threads of this program have all
/// signals blocked anyway. Call it on the thread that takes signals.
void hold_stop_signals() noexcept;
/// For a program that goes on: those that came meanwhile are forgotten, and the next has its
/// effect.
void release_stop_signals() noexcept;

/// Takes those of `signals` that wait to be delivered from the process, unseen.
void forget_pending(const sigset_t& signals) noexcept;

}  // namespace capricorn
