// SPDX-License-Identifier: MIT
#pragma once

namespace capricorn {

/// The first process of a container has every process for a child whose parent has ended, and is
/// the only one that can wait for it: else they stay as zombies until there is no number left.
/// Where this is that process it goes on in a child, to which the first one hands all signals on,
/// and as which it ends; no child of the application's is waited for by another. Before any thread
/// is started; nothing happens elsewhere, nor where no process can be had.
void leave_orphans_to_a_parent();

/// Whether this process has one thread, and no child that would be the other one's: a program of
/// its own may have begun both.
bool is_alone();

}  // namespace capricorn
