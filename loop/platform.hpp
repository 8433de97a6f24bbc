// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace capricorn {

/// What Linux, macOS and the BSDs each have in their own way. Where a call fails, the result and
/// errno are the system's.

/// A pipe whose ends do not block and are closed on exec.
int open_pipe(int (&ends)[2]) noexcept;

/// write(2) to a pipe; where nobody reads it that is EPIPE and no SIGPIPE.
ssize_t write_without_signal(int pipe, const void* bytes, std::size_t size) noexcept;

/// Linux: a descriptor that is readable once the child has ended; closed on exec. Elsewhere ENOSYS.
int open_process(pid_t child) noexcept;

/// Closes every descriptor from `first` on.
void close_from(int first) noexcept;

/// Gives this thread a table of descriptors of its own, with 0 to 2 and `kept`: what the others
/// open or close from now on it does not see, nor they what it does. As long as only one thread is
/// left with a process's table Linux looks a descriptor up without counting its uses, which spares
/// each system call two locked instructions. False, and nothing has changed, where the system has
/// no such thing.
bool own_descriptors(int kept) noexcept;

/// recv(2) and send(2) of a socket that does not block. Unlike the C library's they are no place
/// where a thread can be cancelled: nothing waits here, and looking for it costs glibc two locked
/// instructions a call as soon as a process has two threads.
ssize_t recv_at_once(int socket, char* to, std::size_t size) noexcept;
ssize_t send_at_once(int socket, std::string_view bytes, int flags) noexcept;

/// Bytes of `file` from `offset` to a socket, as Linux's sendfile: 0 at the end of the file.
ssize_t send_from_file(int socket, int file, off_t offset, std::size_t size) noexcept;

/// Bytes of a file from `offset`: fewer than `size` where it ends before, or cannot be read.
std::size_t read_from_file(int file, char* to, std::size_t size, off_t offset) noexcept;

/// What the system took for a socket and the peer's has not acknowledged; 0 where it cannot tell.
std::uint64_t unsent_in_kernel(int socket) noexcept;

/// How many bytes a TCP connection's peer says it would take; 0 where the system does not tell.
std::uint64_t peer_window(int socket) noexcept;

/// Who is at the other end of a Unix socket; nothing where the system does not tell.
std::optional<uid_t> peer_user(int socket) noexcept;

/// Processors this process may run on, 0 where that is unknown.
std::size_t usable_processors() noexcept;

/// Any thread of the process that runs; 0 is none.
using ThreadId = std::uintptr_t;
ThreadId this_thread_id() noexcept;
/// False where the thread has ended: on Linux always, elsewhere where the system can tell.
bool signal_thread(ThreadId thread, int signal) noexcept;

/// The addresses on this thread's stack, the innermost first; 0 where the system has no
/// backtrace(). Async-signal-safe from the second call on.
std::size_t stack_addresses(void** out, std::size_t size) noexcept;
/// Where the thread was when the signal came: of a handler's third argument. Null where unknown.
void* interrupted_address(const void* context) noexcept;

/// The functions at these addresses, a line each. Async-signal-safe.
void write_symbols(void* const* addresses, std::size_t size, int fd) noexcept;

/// Bytes of this process that are in memory; 0 where the system does not tell cheaply.
std::size_t resident_memory() noexcept;

/// By how many nanoseconds the system may wake this thread late, to save power; returns what it
/// was. Where there is no such thing, nothing happens.
unsigned long set_timer_slack(unsigned long nanoseconds) noexcept;

/// Has the C library give large blocks back to the system when they are freed, whatever came
/// before: glibc else keeps the next ones of a size that it has seen once. For the whole process.
void return_freed_memory() noexcept;

/// For debuggers; of a long name only the beginning, or nothing, remains.
void name_this_thread(const std::string& name) noexcept;

}  // namespace capricorn
