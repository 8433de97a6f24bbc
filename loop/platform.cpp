// SPDX-License-Identifier: MIT
#include "platform.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/sendfile.h>
#else
#include <sys/socket.h>
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

std::size_t usable_processors() noexcept {
#if defined(__linux__)
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&cpus));
  }
#endif
  return std::thread::hardware_concurrency();
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
