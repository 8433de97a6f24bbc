// SPDX-License-Identifier: MIT
#include "platform.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#if defined(__GLIBC__) || defined(__APPLE__)
#include <execinfo.h>
#endif
#if defined(__APPLE__)
#include <sys/ucontext.h>
#else
#include <ucontext.h>
#endif

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define CAPRICORN_SANITIZED 1  // they look at what passes the C library
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define CAPRICORN_SANITIZED 1
#endif
#endif

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <thread>

#if defined(__linux__)
#include <linux/tcp.h>  // the system's own: the C library's tcp_info is older
#include <sched.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#endif

namespace capricorn {

int open_pipe(int (&ends)[2]) noexcept {
#if defined(__APPLE__)
  if (::pipe(ends) < 0) return -1;
  for (const int end : ends) {
    if (::fcntl(end, F_SETFL, O_NONBLOCK) < 0 || ::fcntl(end, F_SETFD, FD_CLOEXEC) < 0) {
      ::close(ends[0]);
      ::close(ends[1]);
      return -1;
    }
  }
  return 0;
#else
  return ::pipe2(ends, O_NONBLOCK | O_CLOEXEC);
#endif
}

ssize_t recv_at_once(int socket, char* to, std::size_t size) noexcept {
#if defined(__linux__) && !defined(CAPRICORN_SANITIZED)
  return ::syscall(SYS_recvfrom, socket, to, size, 0, nullptr, nullptr);
#else
  return ::recv(socket, to, size, 0);
#endif
}

ssize_t send_at_once(int socket, std::string_view bytes, int flags) noexcept {
#if defined(__linux__) && !defined(CAPRICORN_SANITIZED)
  return ::syscall(SYS_sendto, socket, bytes.data(), bytes.size(), flags, nullptr, 0);
#else
  return ::send(socket, bytes.data(), bytes.size(), flags);
#endif
}

ssize_t write_without_signal(int pipe, const void* bytes, std::size_t size) noexcept {
  sigset_t broken_pipe, before, pending;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  const ssize_t n = ::write(pipe, bytes, size);
  const int error = errno;
  if (n < 0 && error == EPIPE && !was_pending) {
    // Ours is this thread's own; there is none where the process ignores it.
    sigpending(&pending);
    int taken = 0;
    if (sigismember(&pending, SIGPIPE) == 1) sigwait(&broken_pipe, &taken);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return n;
}

int open_process(pid_t child) noexcept {
#if defined(__linux__) && defined(SYS_pidfd_open)
  return static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
#else
  static_cast<void>(child);
  errno = ENOSYS;
  return -1;
#endif
}

void close_from(int first) noexcept {
#if defined(__linux__) && defined(SYS_close_range)
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0) == 0) return;
#endif
  const long limit = std::min(::sysconf(_SC_OPEN_MAX), 1L << 20);
  for (int fd = first; fd < limit; ++fd) ::close(fd);
}

bool own_descriptors([[maybe_unused]] int kept) noexcept {
#if defined(__linux__) && defined(SYS_close_range) && !defined(CAPRICORN_SANITIZED)
  constexpr unsigned kFirst = 3;
  constexpr unsigned kUnshare = 2;  // CLOSE_RANGE_UNSHARE
  const unsigned behind = std::max(static_cast<unsigned>(kept) + 1, kFirst);
  if (::syscall(SYS_close_range, behind, ~0U, kUnshare) != 0) return false;
  if (behind > kFirst + 1) ::syscall(SYS_close_range, kFirst, behind - 2, 0U);
  return true;
#else
  return false;
#endif
}

ssize_t send_from_file(int socket, int file, off_t offset, std::size_t size) noexcept {
#if defined(__linux__)
  return ::sendfile(socket, file, &offset, size);
#else
  // sendfile differs on macOS and FreeBSD, and OpenBSD and NetBSD have none: a copy serves all.
  char bytes[16384];
  const ssize_t n = ::pread(file, bytes, std::min(size, sizeof bytes), offset);
  return n > 0 ? ::send(socket, bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) : n;
#endif
}

std::size_t read_from_file(int file, char* to, std::size_t size, off_t offset) noexcept {
  std::size_t read = 0;
  while (read < size) {
    const ssize_t n = ::pread(file, to + read, size - read, offset + static_cast<off_t>(read));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    read += static_cast<std::size_t>(n);
  }
  return read;
}

std::uint64_t unsent_in_kernel(int socket) noexcept {
  int bytes = 0;
#if defined(__linux__)
  const bool known = ::ioctl(socket, TIOCOUTQ, &bytes) == 0;
#elif defined(SO_NWRITE)
  socklen_t size = sizeof bytes;
  const bool known = ::getsockopt(socket, SOL_SOCKET, SO_NWRITE, &bytes, &size) == 0;
#elif defined(FIONWRITE)
  const bool known = ::ioctl(socket, FIONWRITE, &bytes) == 0;
#else
  const bool known = false;
  static_cast<void>(socket);
#endif
  return known && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

std::uint64_t peer_window(int socket) noexcept {
#if defined(__linux__)
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_snd_wnd;  // 0 before Linux 5.4
#else
  static_cast<void>(socket);
  return 0;
#endif
}

std::optional<uid_t> peer_user(int socket) noexcept {
#if defined(__linux__)
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
#else
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(socket, &user, &group) != 0) return std::nullopt;
  return user;
#endif
}

std::size_t usable_processors() noexcept {
#if defined(__linux__)
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&cpus));
  }
#endif
  return std::thread::hardware_concurrency();
}

ThreadId this_thread_id() noexcept {
#if defined(__linux__)
  return static_cast<ThreadId>(::syscall(SYS_gettid));
#else
  return reinterpret_cast<ThreadId>(::pthread_self());
#endif
}

bool signal_thread(ThreadId thread, int signal) noexcept {
#if defined(__linux__)
  return ::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(thread), signal) == 0;
#else
  return ::pthread_kill(reinterpret_cast<pthread_t>(thread), signal) == 0;
#endif
}

std::size_t stack_addresses(void** out, std::size_t size) noexcept {
#if defined(__GLIBC__) || defined(__APPLE__)
  return static_cast<std::size_t>(::backtrace(out, static_cast<int>(size)));
#else
  static_cast<void>(out), static_cast<void>(size);
  return 0;
#endif
}

void write_symbols(void* const* addresses, std::size_t size, int fd) noexcept {
#if defined(__GLIBC__) || defined(__APPLE__)
  ::backtrace_symbols_fd(addresses, static_cast<int>(size), fd);
#else
  static_cast<void>(addresses), static_cast<void>(size), static_cast<void>(fd);
#endif
}

std::size_t resident_memory() noexcept {
#if defined(__linux__)
  std::size_t all = 0;
  std::size_t resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (std::fscanf(file, "%zu %zu", &all, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#else
  return 0;
#endif
}

void* interrupted_address(const void* context) noexcept {
  [[maybe_unused]] const auto* thread = static_cast<const ucontext_t*>(context);
#if defined(__linux__) && defined(__x86_64__)
  return reinterpret_cast<void*>(thread->uc_mcontext.gregs[REG_RIP]);
#elif defined(__linux__) && defined(__aarch64__)
  return reinterpret_cast<void*>(thread->uc_mcontext.pc);
#elif defined(__APPLE__) && defined(__x86_64__)
  return reinterpret_cast<void*>(thread->uc_mcontext->__ss.__rip);
#elif defined(__APPLE__) && defined(__aarch64__)
  return reinterpret_cast<void*>(__darwin_arm_thread_state64_get_pc(thread->uc_mcontext->__ss));
#else
  return nullptr;
#endif
}

unsigned long set_timer_slack([[maybe_unused]] unsigned long nanoseconds) noexcept {
#ifdef __linux__
  const int before = ::prctl(PR_GET_TIMERSLACK);
  static_cast<void>(::prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0));
  return before > 0 ? static_cast<unsigned long>(before) : 0;  // 0: the default
#else
  return 0;
#endif
}

void return_freed_memory() noexcept {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 256 * 1024);
#endif
}

void name_this_thread(const std::string& name) noexcept {
#if defined(__APPLE__)
  static_cast<void>(::pthread_setname_np(name.c_str()));
#elif defined(__linux__)
  static_cast<void>(::pthread_setname_np(::pthread_self(), name.c_str()));
#else
  static_cast<void>(name);
#endif
}

}  // namespace capricorn
