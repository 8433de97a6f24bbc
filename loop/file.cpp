// SPDX-License-Identifier: MIT
#include "file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "to_thread.hpp"

namespace capricorn {

/// What a File is a handle on. Its functions block; whoever calls one holds `mutex`.
class FileState final {
 public:
  FileState(std::string path, int fd) noexcept : path_(std::move(path)), fd_(fd) {}
  FileState(const FileState&) = delete;
  ~FileState() {
    if (fd_ >= 0) ::close(fd_);
  }

  std::string read(std::ptrdiff_t n);
  std::string read_line();
  /// Without a system call; nothing where that cannot be known.
  std::optional<std::string> line_at_hand();
  std::size_t write(std::string_view bytes);
  std::int64_t seek(std::int64_t offset, Whence whence);
  std::int64_t truncate(std::optional<std::int64_t> size);
  void close();
  void check_open() const;

  const std::string& path() const noexcept { return path_; }
  bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  std::mutex mutex;

 private:
  std::size_t read_into(std::string& out, std::size_t size);
  void drop_ahead();
  [[noreturn]] void refuse(const char* what) const;

  std::string path_;
  int fd_;
  std::string ahead_;  // read, and not yet asked for, from here on
  std::size_t begin_ = 0;
  std::atomic<bool> closed_{false};
};

namespace {

using State = std::shared_ptr<FileState>;
constexpr std::size_t kReadAhead = 65536;

/// `f` on the file, in a thread of the pool and with the file for itself.
template <class F>
CAPRICORN_CORO_WRAPPER auto in_thread(State state, F f) {
  return to_thread([state = std::move(state), f = std::move(f)]() mutable {
    std::lock_guard lock(state->mutex);
    state->check_open();
    return f(*state);
  });
}

int flags_of(const std::string& mode) {
  const auto count = [&mode](std::string_view letters) {
    return std::ranges::count_if(mode, [&](char c) { return letters.contains(c); });
  };
  const bool valid = count("rwax") == 1 && count("+") <= 1 && count("bt") <= 1 &&
                     count("rwax+bt") == static_cast<std::ptrdiff_t>(mode.size());
  if (!valid) throw std::invalid_argument("invalid mode: '" + mode + "'");
  const bool both = count("+") == 1;
  if (count("r") == 1) return both ? O_RDWR : O_RDONLY;
  const int flags = O_CREAT | (both ? O_RDWR : O_WRONLY);
  if (count("w") == 1) return flags | O_TRUNC;
  return flags | (count("a") == 1 ? O_APPEND : O_EXCL);
}

State open_state(std::string path, int flags) {
  int fd = -1;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  const int error = errno;
  const std::string what = "cannot open '" + path + "'";
  if (fd < 0) throw std::system_error(error, std::generic_category(), what);
  auto state = std::make_shared<FileState>(std::move(path), fd);
  struct stat status = {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    throw std::system_error(EISDIR, std::generic_category(), what);
  }
  if (flags & O_APPEND) static_cast<void>(::lseek(fd, 0, SEEK_END));  // as Python; not of a pipe
  return state;
}

}  // namespace

void FileState::refuse(const char* what) const {
  throw std::system_error(errno, std::generic_category(),
                          std::string("cannot ") + what + " '" + path_ + "'");
}

void FileState::check_open() const {
  if (fd_ < 0) throw std::invalid_argument("I/O operation on closed file '" + path_ + "'");
}

/// Appends up to `size` bytes; 0 at the end of the file.
std::size_t FileState::read_into(std::string& out, std::size_t size) {
  const std::size_t before = out.size();
  ssize_t n = 0;
  out.resize_and_overwrite(before + size, [&](char* data, std::size_t) {
    do n = ::read(fd_, data + before, size);
    while (n < 0 && errno == EINTR);
    return before + static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  });
  if (n < 0) refuse("read");
  return static_cast<std::size_t>(n);
}

std::string FileState::read(std::ptrdiff_t n) {
  const std::size_t wanted = n < 0 ? std::string::npos : static_cast<std::size_t>(n);
  std::string out = ahead_.substr(begin_, wanted);
  begin_ += out.size();
  std::size_t piece = kReadAhead;
  struct stat status = {};
  const bool all = n < 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  const off_t at = all ? ::lseek(fd_, 0, SEEK_CUR) : 0;
  // One byte more than is there shows the end without another large piece.
  if (all && status.st_size >= at) piece = static_cast<std::size_t>(status.st_size - at) + 1;
  while (out.size() < wanted) {
    if (read_into(out, std::min(wanted - out.size(), piece)) == 0) break;
    piece = kReadAhead;
  }
  return out;
}

std::optional<std::string> FileState::line_at_hand() {
  const std::size_t end = ahead_.find('\n', begin_);
  if (end == std::string::npos) return std::nullopt;
  std::string line = ahead_.substr(begin_, end + 1 - begin_);
  begin_ = end + 1;
  return line;
}

std::string FileState::read_line() {
  std::size_t looked_at = ahead_.size() - begin_;
  if (std::optional<std::string> line = line_at_hand()) return std::move(*line);
  ahead_.erase(0, std::exchange(begin_, 0));
  while (read_into(ahead_, kReadAhead) > 0) {
    const std::size_t end = ahead_.find('\n', looked_at);
    if (end != std::string::npos) {
      begin_ = end + 1;
      return ahead_.substr(0, begin_);
    }
    looked_at = ahead_.size();
  }
  return std::exchange(ahead_, {});
}

/// The system's position becomes ours.
void FileState::drop_ahead() {
  const auto unread = static_cast<off_t>(ahead_.size() - begin_);
  if (unread > 0 && ::lseek(fd_, -unread, SEEK_CUR) < 0) refuse("seek in");
  ahead_.clear();
  begin_ = 0;
}

std::size_t FileState::write(std::string_view bytes) {
  drop_ahead();
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t n = ::write(fd_, left.data(), left.size());
    if (n < 0 && errno != EINTR) refuse("write to");
    left.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return bytes.size();
}

std::int64_t FileState::seek(std::int64_t offset, Whence whence) {
  drop_ahead();
  constexpr int kWhence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  const off_t at = ::lseek(fd_, offset, kWhence[static_cast<int>(whence)]);
  if (at < 0) refuse("seek in");
  return at;
}

std::int64_t FileState::truncate(std::optional<std::int64_t> size) {
  const std::int64_t wanted = size ? *size : seek(0, Whence::kCurrent);
  drop_ahead();
  if (::ftruncate(fd_, wanted) < 0) refuse("truncate");
  return wanted;
}

void FileState::close() {
  closed_.store(true, std::memory_order_relaxed);
  if (::close(std::exchange(fd_, -1)) < 0 && errno != EINTR) refuse("close");
}

namespace {

Task<std::string> read_from(State state, std::ptrdiff_t n) {
  co_return co_await in_thread(state, [n](FileState& file) { return file.read(n); });
}

std::optional<std::string> try_read_line(FileState& state) {
  std::unique_lock lock(state.mutex, std::try_to_lock);
  if (!lock) return std::nullopt;
  state.check_open();
  return state.line_at_hand();
}

Task<std::string> read_line_from(State state) {
  if (std::optional<std::string> line = try_read_line(*state)) co_return std::move(*line);
  co_return co_await in_thread(state, [](FileState& file) { return file.read_line(); });
}

AsyncGenerator<std::string> lines_of(State state) {
  for (;;) {
    std::string line = co_await read_line_from(state);
    if (line.empty()) co_return;
    co_yield std::move(line);
  }
}

Task<std::size_t> write_to(State state, std::string bytes) {
  co_return co_await in_thread(
      state, [bytes = std::move(bytes)](FileState& file) { return file.write(bytes); });
}

Task<std::int64_t> seek_in(State state, std::int64_t offset, Whence whence) {
  co_return co_await in_thread(
      state, [offset, whence](FileState& file) { return file.seek(offset, whence); });
}

Task<std::int64_t> truncate_state(State state, std::optional<std::int64_t> size) {
  co_return co_await in_thread(state, [size](FileState& file) { return file.truncate(size); });
}

Task<> flush_state(State state) {
  co_await in_thread(state, [](FileState&) {});
}

Task<> close_state(State state) {
  co_await to_thread([state] {
    std::lock_guard lock(state->mutex);
    if (!state->closed()) state->close();
  });
}

}  // namespace

Task<std::string> File<>::read(std::ptrdiff_t n) { return read_from(state_, n); }
Task<std::string> File<>::readline() { return read_line_from(state_); }
AsyncGenerator<std::string> File<>::lines() { return lines_of(state_); }
Task<std::size_t> File<>::write(std::string bytes) { return write_to(state_, std::move(bytes)); }
Task<std::int64_t> File<>::seek(std::int64_t offset, Whence whence) {
  return seek_in(state_, offset, whence);
}
Task<std::int64_t> File<>::tell() { return seek_in(state_, 0, Whence::kCurrent); }
Task<std::int64_t> File<>::truncate(std::optional<std::int64_t> size) {
  return truncate_state(state_, size);
}
Task<> File<>::flush() { return flush_state(state_); }
Task<> File<>::close() { return close_state(state_); }
bool File<>::closed() const noexcept { return state_->closed(); }
const std::string& File<>::path() const noexcept { return state_->path(); }

Task<File<>> open_file(std::string path, std::string mode) {
  const int flags = flags_of(mode);
  // The system would open what stands before it.
  if (path.contains('\0')) throw std::invalid_argument("embedded null byte");
  co_return File<>(
      co_await to_thread([path = std::move(path), flags] { return open_state(path, flags); }));
}

}  // namespace capricorn
