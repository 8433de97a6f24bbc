// SPDX-License-Identifier: MIT
#include "crash_report.hpp"

#include <unistd.h>

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
  void write() const noexcept { static_cast<void>(!::write(STDERR_FILENO, text_, size_)); }

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
  (line << "; its stack:\n").write();
  void* frames[kFrames];
  write_symbols(frames, stack_addresses(frames, kFrames), STDERR_FILENO);
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

CrashStack::CrashStack() noexcept : memory_(new(std::nothrow) char[kHandlerStack]) {
  if (memory_ && !use_stack(memory_.get())) memory_.reset();
}

CrashStack::~CrashStack() {
  const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  if (memory_) ::sigaltstack(&none, nullptr);
}

}  // namespace capricorn
