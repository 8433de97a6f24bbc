// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace capricorn {

// Signals at a time when nobody has a handler for them: they would end the process. Call these on
// the thread that takes signals; the other threads of this program have all of them blocked anyway.

/// SIGINT and SIGTERM: of a process on its way out, what they ask for is happening already, and a
/// second one in the last moment must not turn exit code 0 into a kill. Held back from now on, to
/// the end of the process.
void hold_stop_signals() noexcept;
sigset_t stop_signals() noexcept;

/// The first process of a container is not ended by what a signal does by default: from now on,
/// where this is that process, they end it all the same, until a handler takes their place.
void let_stop_signals_end_the_first_process() noexcept;

/// SIGHUP, SIGQUIT and SIGUSR1: held back before the server has its handlers, and behind them.
void hold_server_signals() noexcept;
/// Its handler is there, and what came before is delivered.
void deliver(int signal) noexcept;

/// For a program that goes on behind its server: of all of them those that came meanwhile are
/// forgotten, and the next has its effect.
void release_signals() noexcept;

/// Takes those of `signals` that wait to be delivered from the process, unseen.
void forget_pending(const sigset_t& signals) noexcept;

}  // namespace capricorn
