// SPDX-License-Identifier: MIT
#include "pipe_transport.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "log.hpp"
#include "platform.hpp"
#include "socket.hpp"

namespace capricorn {

PipeTransport::PipeTransport(Loop& loop, int fd, End end) noexcept
    : IoWatcher(fd), loop_(loop), protocol_(loop), end_(end) {}

PipeTransport::~PipeTransport() {
  if (watched_) loop_.unwatch(*this);
  if (fd_ >= 0) ::close(fd_);
}

void PipeTransport::start(Protocol& protocol) {
  protocol_.start(protocol);
  // Whoever writes is told by an error that nobody reads any more.
  loop_.watch(*this, (end_ == End::kReading ? kReadable : kWritable) | kEdgeTriggered);
  watched_ = true;
}

/// What could not be done to its end, for want of memory, would never be begun again.
void PipeTransport::on_io(std::uint8_t events) {
  try {
    react(events);
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // passes through: the loop tells it
    fail(std::make_error_code(std::errc::not_enough_memory));
    throw;
  }
}

void PipeTransport::react(std::uint8_t events) {
  if (lost_) return;
  if (end_ == End::kReading) {
    readable_ = true;
    return read();
  }
  if (events & (kHangup | kError)) {
    return fail(out_.empty() ? std::error_code() : std::make_error_code(std::errc::broken_pipe));
  }
  kernel_full_ = false;
  flush();
}

void PipeTransport::read() {
  if (lost_ || reading_paused_ || closing_) return;
  const ssize_t n = ::read(fd_, loop_.read_buffer(), Loop::kReadBufferSize);
  if (n > 0) {
    // The end of the stream may stand behind a short read, and tells of itself only once.
    if (!protocol_.data_received({loop_.read_buffer(), static_cast<std::size_t>(n)})) {
      return fail(std::make_error_code(std::errc::connection_aborted));
    }
    if (!lost_ && !again_.linked()) loop_.schedule(again_);
  } else if (n == 0) {
    const bool told = protocol_.eof_received();
    fail(told ? std::error_code() : std::make_error_code(std::errc::connection_aborted));
  } else if (would_block()) {
    readable_ = false;
    exhausted(kReadable);
  } else {
    fail(last_error());
  }
}

void PipeTransport::resume_reading() {
  if (!std::exchange(reading_paused_, false) || lost_) return;
  if (readable_ && !again_.linked()) loop_.schedule(again_);
}

void PipeTransport::written() {
  if (!flush_later_.linked()) loop_.at_end_of_pass(flush_later_);
}

void PipeTransport::write(std::string_view bytes) {
  if (lost_ || end_ == End::kReading) return;
  if (out_.empty() && !kernel_full_) {
    const ssize_t n = write_without_signal(fd_, bytes.data(), bytes.size());
    if (n < 0 && !would_block()) return fail(last_error());
    bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    kernel_full_ = !bytes.empty();
    if (kernel_full_) exhausted(kWritable);
  }
  keep(bytes);
  check_water_marks();
}

/// Bytes for which there is no memory would be missing in the midst of what the other end reads:
/// whoever wrote them is told as of a lost connection, and may go on writing.
void PipeTransport::keep(std::string_view bytes) {
  try {
    out_.append(bytes);
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "A pipe is closed: out of memory for what it has to send.");
    fail(std::make_error_code(std::errc::not_enough_memory));
  }
}

void PipeTransport::flush() {
  if (lost_) return;
  if (!out_.empty() && !kernel_full_) {
    const ssize_t n = write_without_signal(fd_, out_.data(), out_.size());
    if (n < 0 && !would_block()) return fail(last_error());
    if (n > 0) out_.consume(static_cast<std::size_t>(n));
    kernel_full_ = !out_.empty();
    if (kernel_full_) exhausted(kWritable);
    if (out_.empty()) out_.release();
  }
  check_water_marks();
  if (closing_ && out_.empty()) fail({});
}

void PipeTransport::check_water_marks() {
  if (out_.size() <= ProtocolCalls::kLowWater) room_.wake_all();
  protocol_.buffered(out_.size());
}

Task<bool> PipeTransport::send_file(int fd, std::uint64_t offset, std::uint64_t size) {
  ListNode here;  // until we are gone, which may be while this waits
  senders_.push_back(here);
  Buffer piece;  // not the loop's, which a transport that calls us may be read into
  while (size > 0 && !lost_) {
    const std::size_t wanted = std::min<std::uint64_t>(size, ProtocolCalls::kHighWater);
    const std::size_t n =
        read_from_file(fd, piece.prepare(wanted), wanted, static_cast<off_t>(offset));
    if (n == 0) co_return false;  // the file became shorter, or cannot be read
    offset += n;
    size -= n;
    write({piece.data(), n});
    if (lost_ || out_.size() <= ProtocolCalls::kLowWater) continue;
    Future<void> room = room_.add(loop_);
    co_await room;
    if (!here.linked()) co_return false;
  }
  co_return size == 0 && !lost_;
}

void PipeTransport::close() {
  if (closing_ || lost_) return;
  closing_ = true;
  if (out_.empty()) fail({});
}

void PipeTransport::fail(std::error_code reason) {
  if (std::exchange(lost_, true)) return;
  closing_ = true;
  reason_ = reason;
  out_.clear();
  if (std::exchange(watched_, false)) loop_.unwatch(*this);
  room_.wake_all();
  flush_later_.unlink();
  again_.unlink();
  again_.become(&PipeTransport::lose);
  loop_.schedule(again_);
}

void PipeTransport::lose() {
  ::close(std::exchange(fd_, -1));
  protocol_.connection_lost(reason_);
}

}  // namespace capricorn
