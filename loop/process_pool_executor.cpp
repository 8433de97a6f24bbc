// SPDX-License-Identifier: MIT
#include "process_pool_executor.hpp"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <optional>

#include "platform.hpp"
#include "zygote.hpp"

namespace capricorn {

BrokenProcessPool::BrokenProcessPool(const std::string& message, int code)
    : RuntimeError(message), returncode(code) {}
BrokenProcessPool::~BrokenProcessPool() = default;
RemoteError::~RemoteError() = default;

struct ProcessPoolExecutor::Worker {
  pid_t pid = -1;
  Socket socket;
  std::size_t jobs = 0;
};

namespace {

/// What goes before the bytes, either way.
struct Head {
  std::uint64_t size = 0;
  std::uint32_t function = 0;  // of a job
  bool failed = false;         // of an answer: the bytes are the error's text
};

bool send_all(int socket, const void* bytes, std::size_t size) noexcept {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t n = ::send(socket, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool receive_all(int socket, void* bytes, std::size_t size) noexcept {
  char* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t n = ::recv(socket, at, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

struct Message {
  Head head;
  std::string bytes;
};

/// False where the other side has ended.
bool send_message(int socket, Head head, std::string_view bytes) noexcept {
  head.size = bytes.size();
  return send_all(socket, &head, sizeof head) && send_all(socket, bytes.data(), bytes.size());
}

std::optional<Message> receive_message(int socket) {
  Message message;
  if (!receive_all(socket, &message.head, sizeof message.head)) return std::nullopt;
  message.bytes.resize(message.head.size);
  if (!receive_all(socket, message.bytes.data(), message.bytes.size())) return std::nullopt;
  return message;
}

/// A worker whose answer finds no memory here is in the midst of telling it, and of no more use.
std::optional<Message> answer_from(pid_t pid, const Socket& socket, Zygote& zygote) {
  try {
    return receive_message(socket.fd());
  } catch (...) {  // passes through
    static_cast<void>(zygote.reap(pid));
    throw;
  }
}

/// In a worker: the result as bytes, or the text of what was thrown.
Message answer_of(const std::function<std::string()>& f) {
  try {
    return {.head = {}, .bytes = f()};
  } catch (const std::exception& error) {
    return {.head = {.failed = true}, .bytes = error.what()};
  } catch (...) {  // an executor's worker: the caller is told
    return {.head = {.failed = true}, .bytes = "not a std::exception"};
  }
}

/// The life of a worker: says that it is ready, then one job after the other. Behind the last of
/// its share, if there is one, it is ended without a chance to say what waits to be written.
void work(int socket, const std::vector<ProcessFunction>& functions,
          const std::function<void()>& initializer, std::size_t share) {
  name_this_thread("pool worker");
  const Message ready = answer_of([&initializer] {
    if (initializer) initializer();
    return std::string();
  });
  if (!send_message(socket, ready.head, ready.bytes) || ready.head.failed) return;
  for (std::size_t done = 1; const std::optional<Message> job = receive_message(socket); ++done) {
    const Message answer = answer_of([&] { return functions.at(job->head.function)(job->bytes); });
    if (done == share) std::fflush(nullptr);
    if (!send_message(socket, answer.head, answer.bytes)) return;
  }
}

}  // namespace

ProcessPoolExecutor::ProcessPoolExecutor(ProcessPoolOptions options)
    : functions_(std::move(options.functions)), max_tasks_per_child_(options.max_tasks_per_child) {
  zygote_ = std::make_unique<Zygote>(
      [functions = functions_, initializer = std::move(options.initializer),
       share = max_tasks_per_child_](int socket) { work(socket, functions, initializer, share); });
  const std::size_t workers =
      options.max_workers ? options.max_workers : std::max<std::size_t>(1, usable_processors());
  threads_ = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{
      .max_workers = workers, .max_queue = options.max_queue, .name = "processes"});
}

ProcessPoolExecutor::~ProcessPoolExecutor() { shutdown(true); }

std::size_t ProcessPoolExecutor::place_of(ProcessFunction::Address function) const {
  const auto found = std::ranges::find(functions_, function, &ProcessFunction::address);
  if (found == functions_.end()) {
    throw RuntimeError("the function is not among this pool's: name it in .functions");
  }
  return static_cast<std::size_t>(found - functions_.begin());
}

std::string ProcessPoolExecutor::call(std::size_t function, std::string_view arguments) {
  const Head head{.function = static_cast<std::uint32_t>(function)};
  std::unique_ptr<Worker> worker = take_worker();
  while (!send_message(worker->socket.fd(), head, arguments)) {
    // Without the whole message it has not begun. One that was there before had ended before.
    if (worker->jobs == 0) bury(*worker);
    static_cast<void>(zygote_->reap(worker->pid));
    worker = take_worker();
  }
  std::optional<Message> answer = answer_from(worker->pid, worker->socket, *zygote_);
  if (!answer) bury(*worker);
  give_back(std::move(worker));
  if (answer->head.failed) throw RemoteError(answer->bytes);
  return std::move(answer->bytes);
}

/// It is idle, unless it has done its share.
void ProcessPoolExecutor::give_back(std::unique_ptr<Worker> worker) {
  if (++worker->jobs == max_tasks_per_child_) {
    static_cast<void>(zygote_->reap(worker->pid));
    return;
  }
  try {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(worker));
  } catch (const std::bad_alloc&) {  // the job is done all the same
    static_cast<void>(zygote_->reap(worker->pid));
  }
}

/// An idle one or a new one: there are never more jobs under way than threads.
std::unique_ptr<ProcessPoolExecutor::Worker> ProcessPoolExecutor::take_worker() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Worker> worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  auto worker = std::make_unique<Worker>();
  Zygote::Child child = zygote_->spawn();
  worker->pid = child.pid;
  worker->socket = std::move(child.socket);
  const std::optional<Message> ready = answer_from(worker->pid, worker->socket, *zygote_);
  if (!ready) bury(*worker);
  if (ready->head.failed) {
    static_cast<void>(zygote_->reap(worker->pid));
    throw BrokenProcessPool("the initializer of a process of the pool failed: " + ready->bytes, 0);
  }
  return worker;
}

void ProcessPoolExecutor::bury(const Worker& worker) {
  const int status = zygote_->reap(worker.pid);
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    throw BrokenProcessPool("a process of the pool was ended by signal " + std::to_string(signal) +
                                " (" + ::strsignal(signal) + ")",
                            -signal);
  }
  const int code = WEXITSTATUS(status);
  throw BrokenProcessPool(
      "a process of the pool ended with exit code " + std::to_string(code) + " in a job", code);
}

void ProcessPoolExecutor::shutdown(bool wait) {
  threads_->shutdown(wait);
  if (!wait) return;
  std::lock_guard lock(mutex_);
  for (const auto& worker : idle_) {
    worker->socket = Socket();  // at the end of the stream it ends by itself
  }
  idle_.clear();
  zygote_.reset();
}

}  // namespace capricorn
