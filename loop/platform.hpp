// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace capricorn {

/// What Linux, macOS and the BSDs each have in their own way. Where a call fails, the result and
/// errno are the system's.

/// A pipe whose ends do not block and are closed on exec.
int open_pipe(int (&ends)[2]) noexcept;

/// Bytes of `file` from `offset` to a socket, as Linux's sendfile: 0 at the end of the file.
ssize_t send_from_file(int socket, int file, off_t offset, std::size_t size) noexcept;

/// Processors this process may run on, 0 where that is unknown.
std::size_t usable_processors() noexcept;

/// For debuggers; of a long name only the beginning, or nothing, remains.
void name_this_thread(const std::string& name) noexcept;

}  // namespace capricorn
