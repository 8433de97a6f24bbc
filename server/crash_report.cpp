// SPDX-License-Identifier: MIT
#include "crash_report.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#include "../loop/platform.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kFrames = 64;
constexpr std::size_t kHandlerStack = 65536;
alignas(16) constinit char handler_stack[kHandlerStack];

// What a handler of signals can use of the log: its file, opened once more; -1 without one.
constinit std::atomic<int> log_file{-1};
static_assert(std::atomic<int>::is_always_lock_free);

/// Whether standard error is in that file already.
bool is_standard_error(int fd) noexcept {
  struct stat one{};
  struct stat other{};
  return ::fstat(fd, &one) == 0 && ::fstat(STDERR_FILENO, &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

struct Crash {
  int signal;
  std::string_view name;
};
constexpr Crash kCrashes[] = {{SIGSEGV, "SIGSEGV"},
                              {SIGBUS, "SIGBUS"},
                              {SIGFPE, "SIGFPE"},
                              {SIGILL, "SIGILL"},
                              {SIGABRT, "SIGABRT"}};

/// Text gathered in fixed memory: the heap may be what is broken.
class Line {
 public:
  Line& operator<<(std::string_view text) noexcept {
    const std::size_t size =
        text.size() < sizeof text_ - size_ ? text.size() : sizeof text_ - size_;
    std::memcpy(text_ + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Line& number(unsigned long value, int base) noexcept {
    const auto end = std::to_chars(text_ + size_, text_ + sizeof text_, value, base);
    if (end.ec == std::errc{}) size_ = static_cast<std::size_t>(end.ptr - text_);
    return *this;
  }
  void write(int fd) const noexcept { static_cast<void>(!::write(fd, text_, size_)); }

 private:
  char text_[256];
  std::size_t size_ = 0;
};

void on_crash(int signal, siginfo_t* info, void*) {
  Line line;
  line << "CRITICAL: Process [";
  line.number(static_cast<unsigned long>(::getpid()), 10) << "] crashed: ";
  for (const Crash& crash : kCrashes) {
    if (crash.signal == signal) line << crash.name;
  }
  if (signal == SIGSEGV || signal == SIGBUS) {
    line << " at address 0x";
    line.number(reinterpret_cast<unsigned long>(info->si_addr), 16);
  }
  line << "; its stack:\n";
  void* frames[kFrames];
  const auto count = stack_addresses(frames, kFrames);
  for (const int fd : {STDERR_FILENO, log_file.load(std::memory_order_relaxed)}) {
    if (fd < 0) continue;
    line.write(fd);
    write_symbols(frames, count, fd);
  }
  ::raise(signal);  // SA_RESETHAND: now it does what it does by default
}

/// For this thread's handlers.
bool use_stack(char* memory) noexcept {
  const stack_t stack{.ss_sp = memory, .ss_flags = 0, .ss_size = kHandlerStack};
  return ::sigaltstack(&stack, nullptr) == 0;
}

}  // namespace

void report_crashes() noexcept {
  void* frames[kFrames];
  static_cast<void>(stack_addresses(frames, kFrames));  // loads the unwinder
  const bool has_stack = use_stack(handler_stack);
  for (const Crash& crash : kCrashes) {
    struct sigaction found{};
    if (::sigaction(crash.signal, nullptr, &found) != 0 || found.sa_handler != SIG_DFL) continue;
    struct sigaction action{};
    action.sa_sigaction = &on_crash;
    action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND) | (has_stack ? SA_ONSTACK : 0);
    sigemptyset(&action.sa_mask);
    ::sigaction(crash.signal, &action, nullptr);
  }
}

void report_crashes_to(const std::string& path) noexcept {
  int next = -1;
  if (!path.empty()) {
    // The log's own thread may make the file a moment later.
    next = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (next < 0) return;  // the log goes on in the former one, too
  }
  if (next >= 0 && is_standard_error(next)) {
    ::close(next);
    next = -1;
  }
  const int former = log_file.exchange(next);
  if (former >= 0) ::close(former);
}

CrashStack::CrashStack() noexcept : memory_(new(std::nothrow) char[kHandlerStack]) {
  if (memory_ && !use_stack(memory_.get())) memory_.reset();
}

CrashStack::~CrashStack() {
  const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  if (memory_) ::sigaltstack(&none, nullptr);
}

}  // namespace capricorn
