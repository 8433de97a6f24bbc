// SPDX-License-Identifier: MIT
#include "worker_status.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <string>
#include <system_error>

#include "../loop/log.hpp"

namespace capricorn {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<WorkerStatus::Stage>::is_always_lock_free);

void WorkerStatus::Unmap::operator()(WorkerStatus* status) const noexcept {
  ::munmap(status, sizeof *status);
}

WorkerStatus::Shared WorkerStatus::share() {
  void* memory = ::mmap(nullptr, sizeof(WorkerStatus), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return Shared(memory == MAP_FAILED ? nullptr : new (memory) WorkerStatus);
}

void WorkerLink::ready() { status_.stage.store(WorkerStatus::Stage::kServing); }

void WorkerLink::alive() {
  status_.beats.fetch_add(1, std::memory_order_relaxed);
  if (orphaned_ || ::getppid() == supervisor_) return;
  orphaned_ = true;
  log(LogLevel::kWarning,
      "The supervisor [" + std::to_string(supervisor_) + "] is gone. Stopping.");
  ::raise(SIGTERM);
}

void WorkerLink::stopping() { status_.stage.store(WorkerStatus::Stage::kStopping); }

bool WorkerLink::ask_replacement(RestartReason reason, std::string_view sentence) {
  if (status_.asks_replacement.load()) return true;
  status_.reason.store(reason);
  status_.asks_replacement.store(true);
  log(LogLevel::kWarning, sentence);
  return true;
}

bool WorkerLink::others_serve() const {
  return status_.order.load() == WorkerStatus::Order::kRetire;
}

}  // namespace capricorn
