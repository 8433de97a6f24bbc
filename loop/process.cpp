// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "child_watcher.hpp"
#include "gather.hpp"
#include "pipe_transport.hpp"
#include "platform.hpp"
#include "socket.hpp"
#include "spawn.hpp"
#include "task_handle.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

/// What a Process is a handle on.
class ProcessState final {
 public:
  /// Starts the process: one without a state would be nobody's.
  ProcessState(Loop& loop, const SpawnRequest& request, std::array<Stream, 3> streams)
      : standard(std::move(streams)),
        loop_(loop),
        child_(loop, spawn(request), [this] { waiters_.wake_all(); }) {}
  ProcessState(const ProcessState&) = delete;

  ChildWatcher& child() noexcept { return child_; }
  Future<void> wait_for_exit() { return waiters_.add(loop_); }

  std::array<Stream, 3> standard;  // input, output, error: those that are pipes

 private:
  Loop& loop_;
  WaitingFutures waiters_;
  ChildWatcher child_;
};

namespace {

using State = std::shared_ptr<ProcessState>;  // what is under way outlives the handle

/// Both ends of what a child's standard stream becomes.
struct Channel {
  Socket ours;
  Socket its;  // what the child gets; empty where that is not ours to close
  int fd = -1;
};

[[noreturn]] void refuse(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Channel open_channel(const Redirection& to, int number) {
  Channel channel;
  switch (to.kind()) {
    case Redirection::Kind::kInherit: break;
    case Redirection::Kind::kStdout: break;  // the caller knows it
    case Redirection::Kind::kDescriptor:
      channel.fd = to.fd();
      if (channel.fd >= 0) break;
      throw std::system_error(EBADF, std::generic_category(),
                              "descriptor " + std::to_string(channel.fd));
    case Redirection::Kind::kDevNull:
      channel.its = Socket(::open("/dev/null", (number == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC));
      if (!channel.its) refuse("/dev/null");
      channel.fd = channel.its.fd();
      break;
    case Redirection::Kind::kPipe:
      int ends[2];
      if (open_pipe(ends) < 0) refuse("pipe");
      channel.ours = Socket(ends[number == 0 ? 1 : 0]);
      channel.its = Socket(ends[number == 0 ? 0 : 1]);
      channel.fd = channel.its.fd();
      // Programs do not expect their standard streams to be non-blocking.
      if (::fcntl(channel.fd, F_SETFL, 0) < 0) refuse("fcntl");
      break;
  }
  return channel;
}

Stream stream_over(Loop& loop, std::size_t limit, Socket pipe, PipeTransport::End end) {
  if (!pipe) return Stream();
  auto transport = std::make_unique<PipeTransport>(loop, pipe.fd(), end);
  static_cast<void>(pipe.release());  // the transport's, now that there is one
  PipeTransport& started = *transport;
  auto state = std::make_shared<StreamState>(loop, limit, std::move(transport));
  started.start(*state);
  return Stream(std::move(state));
}

State start(std::vector<std::string> arguments, ProcessOptions options) {
  if (arguments.empty()) throw std::invalid_argument("a process needs a program to run");
  if (options.input.kind() == Redirection::Kind::kStdout ||
      options.output.kind() == Redirection::Kind::kStdout) {
    throw std::invalid_argument("STDOUT can only be used for error");
  }
  Loop& loop = get_running_loop();
  std::array<Channel, 3> channels{open_channel(options.input, 0), open_channel(options.output, 1),
                                  open_channel(options.error, 2)};
  SpawnRequest request{.arguments = std::move(arguments),
                       .standard = {channels[0].fd, channels[1].fd, channels[2].fd},
                       .cwd = std::move(options.cwd),
                       .env = std::move(options.env),
                       .start_new_session = options.start_new_session};
  if (options.error.kind() == Redirection::Kind::kStdout) {
    request.standard[2] = channels[1].fd < 0 ? STDOUT_FILENO : channels[1].fd;
  }
  std::array<Stream, 3> streams;
  for (std::size_t i = 0; i < 3; ++i) {
    streams[i] = stream_over(loop, options.limit, std::move(channels[i].ours),
                             i == 0 ? PipeTransport::End::kWriting : PipeTransport::End::kReading);
  }
  return std::make_shared<ProcessState>(loop, request, std::move(streams));
}

Task<int> wait_state(State state) {
  if (!state->child().returncode()) co_await state->wait_for_exit();
  co_return *state->child().returncode();
}

Task<> feed(State state, std::string input) {
  Stream& stream = state->standard[0];
  if (!stream) co_return;
  try {
    stream.write(input);
    co_await stream.drain();
  } catch (const std::system_error& error) {
    // It did not want it all.
    if (error.code() != std::errc::broken_pipe && error.code() != std::errc::connection_reset) {
      throw;
    }
  }
  stream.close();
}

Task<std::string> read_all(State state, std::size_t number) {
  Stream& stream = state->standard[number];
  if (!stream) co_return std::string();
  co_return co_await stream.read();
}

Task<std::pair<std::string, std::string>> communicate_state(State state, std::string input) {
  auto [fed, output, error] =
      co_await gather(feed(state, std::move(input)), read_all(state, 1), read_all(state, 2));
  co_await wait_state(state);
  co_return {std::move(output), std::move(error)};
}

/// The handle is gone; what is under way sees the end.
void drop(State state) noexcept {
  if (state) static_cast<void>(state->child().send(SIGKILL));
}

Stream& pipe_of(ProcessState& state, std::size_t number, const char* what) {
  if (!state.standard[number]) throw RuntimeError(std::string(what) + " is not a pipe");
  return state.standard[number];
}

}  // namespace

Process::Process(std::shared_ptr<ProcessState> state) noexcept : state_(std::move(state)) {}
Process::Process(Process&& other) noexcept = default;
Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    drop(std::move(state_));
    state_ = std::move(other.state_);
  }
  return *this;
}
Process::~Process() { drop(std::move(state_)); }

int Process::pid() const noexcept { return state_->child().pid(); }
std::optional<int> Process::returncode() const noexcept { return state_->child().returncode(); }
Task<int> Process::wait() { return wait_state(state_); }
Task<std::pair<std::string, std::string>> Process::communicate(std::string input) {
  return communicate_state(state_, std::move(input));
}

void Process::send_signal(int signal) {
  if (!state_->child().send(signal)) refuse("cannot signal the process");
}
void Process::terminate() { send_signal(SIGTERM); }
void Process::kill() { send_signal(SIGKILL); }

Stream& Process::input() { return pipe_of(*state_, 0, "the process's standard input"); }
Stream& Process::output() { return pipe_of(*state_, 1, "the process's standard output"); }
Stream& Process::error() { return pipe_of(*state_, 2, "the process's standard error"); }

Task<Process> create_subprocess_exec(std::vector<std::string> arguments, ProcessOptions options) {
  co_return Process(start(std::move(arguments), std::move(options)));
}

Task<Process> create_subprocess_shell(std::string command, ProcessOptions options) {
  co_return Process(start({"/bin/sh", "-c", std::move(command)}, std::move(options)));
}

}  // namespace capricorn
