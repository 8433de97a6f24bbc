// SPDX-License-Identifier: MIT
#include "log_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "../loop/log.hpp"
#include "../loop/platform.hpp"
#include "../loop/signal_block.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kEnough = 32768;
constexpr std::size_t kMost = 4 << 20;
constexpr auto kPause = 100ms;
constexpr auto kPatience = 1s;  // at the end, and in a flush

/// A FIFO that nobody reads would keep us: then we hold its other end as well.
int open_log(const std::string& path) noexcept {
  constexpr int kFlags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
  int fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | kFlags, 0640);
  if (fd < 0 && errno == ENXIO) fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | kFlags, 0640);
  return fd;
}

/// Whoever has renamed the file looks for lines where there are none.
void tell_cannot_open(const std::string& path, int error) noexcept {
  try {
    log(LogLevel::kError, "cannot open the log file '" + path + "' again: " + std::strerror(error) +
                              ". It goes on with the former one.");
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "cannot open a log file again.");
  }
}

bool same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

struct LogWriter::State {
  // Place
  std::string path;  // "": somebody else's descriptor
  int fd = -1;
  Notice notice = nullptr;
  bool direct = false;

  // Lines
  std::mutex mutex;
  std::condition_variable work;
  std::condition_variable written;
  std::string lines;
  std::uint64_t lost = 0;  // and not told yet
  std::uint64_t dropped = 0;
  bool idle = true;      // nothing was written of late, and nothing is to be
  bool writing = false;  // what is no longer in `lines`
  bool urgent = false;
  bool reopening = false;
  bool ended = false;
  bool gone = false;  // the thread
  Clock::time_point give_up = Clock::time_point::max();

  ~State() {
    if (!path.empty() && fd >= 0) ::close(fd);
  }

  void run();
  void write_out(std::string& batch, std::unique_lock<std::mutex>& lock);
  void lose(std::string_view rest);
  std::size_t send(std::string_view text, std::unique_lock<std::mutex>& lock);
  bool wait_until_writable(std::unique_lock<std::mutex>& lock);
  void open_again(std::unique_lock<std::mutex>& lock);
};

/// With the lock held, as all of these; it is let go while the system works.
void LogWriter::State::run() {
  std::unique_lock lock(mutex);
  std::string batch;
  for (;;) {
    work.wait(lock, [this] { return !lines.empty() || reopening || ended; });
    if (std::exchange(reopening, false)) open_again(lock);
    if (lines.empty() && ended) break;
    urgent = false;
    idle = false;
    batch.clear();
    batch.swap(lines);
    writing = true;
    write_out(batch, lock);
    writing = false;
    written.notify_all();
    work.wait_for(lock, kPause,
                  [this] { return urgent || ended || reopening || lines.size() >= kEnough; });
    idle = lines.empty();
  }
  gone = true;
  written.notify_all();
}

/// Lines, behind a notice where others were lost before.
void LogWriter::State::write_out(std::string& batch, std::unique_lock<std::mutex>& lock) {
  const std::uint64_t told = std::exchange(lost, 0);
  std::size_t notice_size = 0;
  try {
    const std::string first = told > 0 ? notice(told) + "\n" : "";
    batch.insert(0, first);
    notice_size = first.size();
  } catch (const std::bad_alloc&) {  // it is told later
  }
  const std::size_t sent = send(batch, lock);
  if (notice_size == 0 || sent < notice_size) lost += told;
  if (sent < batch.size()) lose(std::string_view(batch).substr(std::max(sent, notice_size)));
}

void LogWriter::State::lose(std::string_view rest) {
  const auto count = static_cast<std::uint64_t>(std::ranges::count(rest, '\n'));
  lost += count;
  dropped += count;
}

/// How much the place took. A pipe that says it is writable takes PIPE_BUF bytes without waiting.
std::size_t LogWriter::State::send(std::string_view text, std::unique_lock<std::mutex>& lock) {
  struct stat status{};
  const bool waits = ::fstat(fd, &status) == 0 && !S_ISREG(status.st_mode);
  std::size_t sent = 0;
  while (sent < text.size()) {
    if (waits && !wait_until_writable(lock)) break;
    const std::string_view piece = text.substr(sent, waits ? PIPE_BUF : kMost);
    lock.unlock();
    const ssize_t n = waits ? write_without_signal(fd, piece.data(), piece.size())
                            : ::write(fd, piece.data(), piece.size());
    const int error = errno;
    lock.lock();
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (n == 0 || (error != EINTR && error != EAGAIN)) {
      break;
    }
  }
  return sent;
}

bool LogWriter::State::wait_until_writable(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    pollfd place{.fd = fd, .events = POLLOUT, .revents = 0};
    lock.unlock();
    const int ready = ::poll(&place, 1, direct ? 0 : 50);
    lock.lock();
    if (ready > 0) return true;
    if (direct || (ended && Clock::now() >= give_up)) return false;
  }
}

void LogWriter::State::open_again(std::unique_lock<std::mutex>& lock) {
  if (path.empty()) return;
  lock.unlock();
  const int next = open_log(path);
  if (next < 0) tell_cannot_open(path, errno);
  lock.lock();
  if (next < 0) return;
  ::close(std::exchange(fd, next));
}

LogWriter::LogWriter(int fd, Mode mode, Notice notice) : state_(std::make_shared<State>()) {
  state_->fd = fd;
  state_->notice = notice;
  start(mode);
}

LogWriter::LogWriter(const std::string& path, Mode mode, Notice notice)
    : state_(std::make_shared<State>()) {
  state_->path = path;
  state_->fd = open_log(path);
  state_->notice = notice;
  if (state_->fd < 0) {
    throw LogFileError("cannot open the log file '" + path + "': " + std::strerror(errno));
  }
  start(mode);
}

void LogWriter::start(Mode mode) {
  state_->direct = mode == Mode::kDirect;
  if (state_->direct) return;
  const SignalBlock none;  // they are for the loop's thread
  std::thread([state = state_] {
    name_this_thread("log");
    // A file stays the process's: it is opened anew, and its user is looked for among processes.
    if (state->path.empty()) own_descriptors(state->fd);
    state->run();
  }).detach();
}

LogWriter::~LogWriter() {
  if (state_->direct) return;
  std::unique_lock lock(state_->mutex);
  state_->ended = true;
  state_->give_up = Clock::now() + kPatience;
  state_->work.notify_one();
  state_->written.wait_for(lock, 2 * kPatience, [this] { return state_->gone; });
}

void LogWriter::write(std::string_view line, bool at_once) noexcept {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (state.lines.size() + line.size() + 1 > kMost) {
    ++state.lost;
    ++state.dropped;
    return;
  }
  try {
    state.lines.append(line).push_back('\n');
  } catch (const std::bad_alloc&) {
    ++state.lost;
    ++state.dropped;
    return;
  }
  if (state.direct) {
    std::string batch = std::exchange(state.lines, {});
    return state.write_out(batch, lock);
  }
  state.urgent = state.urgent || at_once;
  const bool full = state.lines.size() >= kEnough && state.lines.size() - line.size() - 1 < kEnough;
  const bool wake = at_once || full || std::exchange(state.idle, false);
  lock.unlock();
  if (wake) state.work.notify_one();
}

void LogWriter::flush() noexcept {
  if (state_->direct) return;
  std::unique_lock lock(state_->mutex);
  state_->urgent = true;
  state_->work.notify_one();
  state_->written.wait_for(lock, kPatience,
                           [this] { return state_->lines.empty() && !state_->writing; });
}

void LogWriter::reopen() noexcept {
  std::unique_lock lock(state_->mutex);
  if (state_->direct) return state_->open_again(lock);
  state_->reopening = true;
  state_->work.notify_one();
}

std::uint64_t LogWriter::dropped() const noexcept {
  std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

bool LogWriter::same_place(int fd) const noexcept {
  struct stat ours{}, other{};
  return ::fstat(state_->fd, &ours) == 0 && ::fstat(fd, &other) == 0 && same_file(ours, other);
}

bool LogWriter::same_place(const std::string& path) const noexcept {
  struct stat ours{}, other{};
  return ::fstat(state_->fd, &ours) == 0 && ::stat(path.c_str(), &other) == 0 &&
         same_file(ours, other);
}

}  // namespace capricorn
