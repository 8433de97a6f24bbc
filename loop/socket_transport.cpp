// SPDX-License-Identifier: MIT
#include "socket_transport.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "log.hpp"
#include "platform.hpp"
#include "sleep.hpp"
#include "socket.hpp"

namespace capricorn {
namespace {

// While lingering: so few reads a pass that many who flood us at once leave time for the others.
constexpr int kDropsAPass = 8;
constexpr std::size_t kDroppedPiece = 16384;
constexpr std::uint64_t kMaxDropped = 64 << 20;

// Up to here it costs less to copy a file behind what was written than to send it by itself.
constexpr std::uint64_t kCopiedFile = 16384;
constexpr std::uint64_t kFilePiece = 1 << 20;
// From this window on a peer is given whole pieces: with less it would wake us for each window that
// it reads. What waits are pages of the file, in segments of full size (see limit_unsent).
constexpr std::uint64_t kFairWindow = 32768;

// A head waits in the kernel for the file behind it, and is no packet of its own.
#if defined(MSG_MORE)
constexpr int kMoreFollows = MSG_MORE;
#else
constexpr int kMoreFollows = 0;
#endif

/// Empties a buffer at its scope's end.
struct Cleared {
  explicit Cleared(Buffer& b) noexcept : buffer(b) {}
  Cleared(const Cleared&) = delete;
  ~Cleared() { buffer.clear(); }
  Buffer& buffer;
};

}  // namespace

SocketTransport::SocketTransport(Loop& loop, int fd, SocketTransportOptions options)
    : IoWatcher(fd),
      protocol_(loop),
      shared_(options.shared_output),
      linger_(std::chrono::ceil<LingerTime>(options.linger)),
      reset_on_abort_(options.reset_on_abort),
      tell_reset_while_paused_(options.tell_reset_while_paused) {}

SocketTransport::~SocketTransport() {
  if (pending_) pending_->linger_timer.cancel();
  loop().unwatch(*this);
  if (fd_ >= 0) ::close(fd_);
}

void SocketTransport::start(std::unique_ptr<Protocol> protocol) {
  owned_protocol_ = std::move(protocol);
  start(*owned_protocol_);
}

/// Room to write is watched only from when there was none: a new connection has some, and would be
/// told so by an event of its own.
void SocketTransport::start(Protocol& protocol) {
  protocol_.start(protocol);
  loop().watch(*this, kReadable | kEdgeTriggered);
}

std::unique_ptr<Protocol> SocketTransport::set_protocol(std::unique_ptr<Protocol> next) {
  protocol_.start(*next);
  return std::exchange(owned_protocol_, std::move(next));
}

/// What could not be done to its end, for want of memory, is the end of this connection alone.
void SocketTransport::on_io(std::uint8_t events) {
  if (lost_) [[unlikely]]
    return lose();
  try {
    react(events);
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // passes through
    fail_by_memory();
    throw;
  }
}

void SocketTransport::react(std::uint8_t events) {
  if (events & kWritable) writable();
  if (lost_) return;
  if (events & (kReadHangup | kHangup | kError)) read_hangup_ = true;
  if (lingering_) [[unlikely]]
    return drop_input();
  // A reset may be told even while nobody reads; a FIN only when it is read.
  if ((events & (kHangup | kError)) && reading_paused_ && tell_reset_while_paused_) [[unlikely]] {
    return fail(std::make_error_code(std::errc::connection_reset));
  }
  if (events & (kReadable | kReadHangup | kHangup | kError)) {
    readable_ = true;
    reading_paused_ ? tell_waiting_eof() : read();
  }
}

void SocketTransport::tell_waiting_eof() {
  if (!read_hangup_ || closing_ || eof_told_ || waiting_eof_told_) return;
  waiting_eof_told_ = true;
  protocol_.eof_waits();
}

void SocketTransport::writable() {
  kernel_full_ = false;
  if (!nothing_waits()) flush();
  if (pending_) pending_->writable.wake_all();
}

void SocketTransport::read() {
  if (lost_ || reading_paused_ || closing_) return;
  const ssize_t n = recv_at_once(fd_, loop().read_buffer(), Loop::kReadBufferSize);
  if (n > 0) {
    const auto size = static_cast<std::size_t>(n);
    // A short read emptied the socket, unless the peer's FIN stands behind it.
    readable_ = size == Loop::kReadBufferSize || read_hangup_;
    if (!readable_) exhausted(kReadable);
    feed({loop().read_buffer(), size});
    if (readable_ && !lost_) loop().tell_again(*this, kReadable);
  } else if (n == 0) {
    readable_ = false;
    if (eof_told_) return;
    eof_told_ = true;
    if (!protocol_.eof_received()) fail_by_protocol();
  } else if (would_block()) {
    readable_ = false;
    exhausted(kReadable);
  } else {
    fail(last_error());
  }
}

void SocketTransport::feed(std::string_view data) {
  if (!tell_data(data)) return fail_by_protocol();
  flush_shared();
  if (!nothing_waits() && !lost_) flush();
}

/// False where the protocol threw. What it wrote before is for nobody then, least of all for the
/// connection that uses the shared buffer next.
bool SocketTransport::tell_data(std::string_view data) {
  struct Fed {
    SocketTransport& transport;
    bool understood = false;
    ~Fed() {
      transport.feeding_ = false;
      if (!understood && transport.shared_) transport.shared_->clear();
    }
  } fed{*this};
  feeding_ = true;
  return fed.understood = protocol_.data_received(data);
}

void SocketTransport::flush_shared(int flags) {
  if (!shared_ || shared_->empty()) return;
  // Whatever becomes of it: the next connection uses the same buffer.
  const Cleared cleared(*shared_);
  if (!lost_) send_now(shared_->view(), {}, flags);
}

void SocketTransport::resume_reading() {
  if (!reading_paused_) return;
  reading_paused_ = false;
  if (lost_) return;
  if (readable_) loop().tell_again(*this, kReadable);
}

void SocketTransport::written() {
  if (!feeding_) {
    // Who writes on without waiting for anything is to hear when it is too much.
    const bool much = pending().out.size() >= ProtocolCalls::kHighWater;
    return much ? flush() : flush_at_end_of_pass();
  }
  if (shared_ && shared_->size() >= ProtocolCalls::kHighWater)
    flush_shared();
  else if (pending_) [[unlikely]]
    protocol_.buffered(pending_->out.size());  // behind what the kernel did not take
}

void SocketTransport::flush_at_end_of_pass() {
  Pending& waiting = pending();
  if (!waiting.flush_later.linked()) loop().at_end_of_pass(waiting.flush_later);
}

void SocketTransport::write(std::string_view bytes) {
  if (lost_) return;
  if (sends_shared()) {
    const Cleared cleared(*shared_);
    send_now(shared_->view(), bytes);
  } else if (kernel_full_) {
    keep(bytes);
    if (!lost_) protocol_.buffered(pending_->out.size());
  } else if (nothing_waits()) {
    send_now({}, bytes);
  } else {
    const Buffer before = std::move(pending_->out);
    send_now(before.view(), bytes);
  }
}

void SocketTransport::flush() {
  if (lost_) return;
  if (!nothing_waits() && !kernel_full_) {
    Buffer& out = pending_->out;
    const ssize_t n = send_at_once(fd_, out.view(), MSG_NOSIGNAL);
    if (n < 0 && !would_block()) return fail(last_error());
    count_sent(n);
    if (n > 0) out.consume(static_cast<std::size_t>(n));
    if (out.empty()) out.release();
    set_kernel_full(!out.empty());
  }
  protocol_.buffered(write_buffer_size());
  shut_down_if_sent();
  drop_pending();
}

/// Gives its memory back where nothing goes on.
void SocketTransport::drop_pending() noexcept {
  if (!pending_ || closing_ || lost_) return;
  const bool needed = !pending_->out.empty() || pending_->writable.anyone_waits() ||
                      !pending_->senders.empty() || pending_->flush_later.linked();
  if (!needed) pending_.reset();
}

void SocketTransport::shut_down_if_sent() {
  if (lost_ || !nothing_waits()) return;
  if (closing_) return finish_closing();
  if (write_eof_ && ::shutdown(fd_, SHUT_WR) < 0) fail(last_error());
}

void SocketTransport::write_eof() {
  if (closing_ || lost_ || write_eof_) return;
  write_eof_ = true;
  shut_down_if_sent();
}

/// Sends both in one call; what the kernel does not take waits. Nothing waits before.
void SocketTransport::send_now(std::string_view first, std::string_view second, int flags) {
  if (first.empty()) std::swap(first, second);
  iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()},
                     {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = second.empty() ? 1 : 2;
  flags |= MSG_NOSIGNAL;
  const ssize_t n =
      second.empty() ? send_at_once(fd_, first, flags) : ::sendmsg(fd_, &message, flags);
  if (n < 0 && !would_block()) [[unlikely]]
    return fail(last_error());
  count_sent(n);
  std::size_t taken = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (taken < first.size() + second.size()) [[unlikely]] {
    if (taken < first.size()) keep(first.substr(taken));
    taken -= std::min(taken, first.size());
    if (taken < second.size()) keep(second.substr(taken));
    if (lost_) return;
    set_kernel_full(true);
  } else {
    kernel_full_ = false;
  }
  protocol_.buffered(write_buffer_size());
}

/// What waits for the peer. Bytes for which there is no memory would be missing in the midst of
/// what it reads: whoever wrote them is told as of a lost connection, and may go on writing.
void SocketTransport::keep(std::string_view bytes) {
  if (lost_) return;
  try {
    pending().out.append(bytes);
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "A connection is closed: out of memory for what it has to send.");
    fail_by_memory();
  }
}

void SocketTransport::count_sent(ssize_t bytes) noexcept {
  if (bytes > 0) sent_bytes_ += static_cast<std::uint64_t>(bytes);
}

void SocketTransport::set_kernel_full(bool full) {
  if (full) pending();
  kernel_full_ = full;
  if (!full) return;
  pending_->blocked_since = loop().cached_time();
  exhausted(kWritable);
  if (watches_room_) return;
  watches_room_ = true;
  try {
    // The selector looks at once: room that came meanwhile is told, too.
    loop().modify_watch(*this, kReadable | kWritable | kEdgeTriggered);
  } catch (const std::system_error& refused) {
    fail(refused.code());
  }
}

std::optional<TimePoint> SocketTransport::blocked_since() const {
  // What leaves at the end of this pass has not been offered to the peer yet.
  if (lost_ || !kernel_full_) return std::nullopt;
  return pending_->blocked_since;
}

std::uint64_t SocketTransport::bytes_taken() const {
  return lost_ ? sent_bytes_ : sent_bytes_ - std::min(sent_bytes_, unsent_in_kernel(fd_));
}

/// False where the file is too short for it.
bool SocketTransport::copy_file(int fd, std::uint64_t offset, std::size_t size) {
  Buffer& out = output();
  const std::size_t read = read_from_file(fd, out.prepare(size), size, static_cast<off_t>(offset));
  if (read < size) return false;
  out.commit(size);
  written();
  return true;
}

/// Until there is room, or only until others had their turn; false where we have gone meanwhile.
Task<bool> SocketTransport::pause_file(bool until_writable) {
  ListNode here;
  pending().senders.push_back(here);
  if (until_writable) {
    Future<void> ready = pending().writable.add(loop());
    set_kernel_full(true);
    co_await ready;
  } else {
    co_await sleep(Duration::zero());
  }
  co_return here.linked();
}

Task<bool> SocketTransport::send_file(int fd, std::uint64_t offset, std::uint64_t size) {
  if (size <= kCopiedFile && !lost_ && !kernel_full_ && output().size() < kCopiedFile) {
    co_return copy_file(fd, offset, static_cast<std::size_t>(size));
  }
  if (feeding_) flush_shared(kMoreFollows);
  const bool pieces = size > kMostUnsent && !lost_ && peer_window(fd_) >= kFairWindow;
  if (pieces) limit_unsent(fd_, static_cast<int>(kFilePiece));
  std::uint64_t turn = 0;  // what a fast reader took of it without a pause
  while (size > 0 && !lost_) {
    ssize_t n = -1;
    errno = EAGAIN;
    if (nothing_waits() || (flush(), nothing_waits() && !lost_)) {
      n = send_from_file(fd_, fd, static_cast<off_t>(offset), std::min(size, kFilePiece));
    }
    if (n == 0) co_return false;  // the file became shorter
    if (n > 0) {
      offset += static_cast<std::uint64_t>(n);
      size -= static_cast<std::uint64_t>(n);
      count_sent(n);
      turn += static_cast<std::uint64_t>(n);
      if (turn < kFilePiece || size == 0) continue;
      turn = 0;
      if (!co_await pause_file(false)) co_return false;
    } else if (would_block() && !lost_) {
      turn = 0;
      if (!co_await pause_file(true)) co_return false;
    } else {
      if (!lost_) fail(last_error());
      co_return false;
    }
  }
  if (pieces && !lost_) limit_unsent(fd_, kMostUnsent);
  drop_pending();
  co_return size == 0;
}

void SocketTransport::close() {
  if (closing_ || lost_) return;
  closing_ = true;
  if (feeding_) {
    try {
      flush_at_end_of_pass();
    } catch (const std::bad_alloc&) {  // whoever closes has done with it
      fail_by_memory();
    }
  } else if (nothing_waits()) {
    finish_closing();
  }
}

/// Everything is sent: FIN, then what the client still sends is read and dropped for a while, so
/// that no reset destroys an answer it has not read.
void SocketTransport::finish_closing() {
  if (lingering_ || lost_) return;
  lingering_ = true;
  if (linger_ == LingerTime::zero()) return fail({});
  if (eof_told_ || ::shutdown(fd_, SHUT_WR) < 0) return fail({});
  try {
    pending().linger_timer = loop().call_later(linger_, [this] { fail({}); });
  } catch (const std::exception&) {  // no memory for it, or the loop is closed: then not so long
    return fail({});
  }
  drop_input();
}

void SocketTransport::drop_input() {
  if (lost_) return;
  // Not the loop's buffer: who closes us may be in the midst of what another connection read.
  char bytes[kDroppedPiece];
  for (int reads = 0; reads < kDropsAPass; ++reads) {
    const ssize_t n = recv_at_once(fd_, bytes, sizeof bytes);
    if (n == 0 || (n < 0 && !would_block())) return fail({});
    if (n < 0) return exhausted(kReadable);
    pending_->dropped_bytes += static_cast<std::uint64_t>(n);
  }
  if (pending_->dropped_bytes > kMaxDropped) return fail({});
  loop().tell_again(*this, kReadable);
}

void SocketTransport::abort() {
  if (lost_) return;
  const ::linger reset{.l_onoff = 1, .l_linger = 0};
  // A Unix socket knows no such thing, and needs none.
  if (reset_on_abort_) {
    static_cast<void>(::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
  }
  fail({});
}

/// `lose` follows on a later pass: whoever calls us may be in the midst of something.
void SocketTransport::fail(std::error_code reason) noexcept {
  if (lost_) return;
  lost_ = closing_ = true;
  reason_ = static_cast<std::uint16_t>(reason.value());
  loop().unwatch(*this);
  if (pending_) {
    pending_->linger_timer.cancel();
    pending_->flush_later.unlink();
    pending_->writable.wake_all();
  }
  loop().tell_again(*this, 0);
}

void SocketTransport::fail_by_memory() noexcept {
  fail(std::make_error_code(std::errc::not_enough_memory));
}

void SocketTransport::fail_by_protocol() {
  fail(std::make_error_code(std::errc::connection_aborted));
}

void SocketTransport::lose() {
  const std::unique_ptr<SocketTransport> self(owned_protocol_ ? this : nullptr);
  if (!self) ::close(std::exchange(fd_, -1));
  protocol_.connection_lost(reason_ == 0 ? std::error_code()
                                         : std::error_code(reason_, std::generic_category()));
}

Transport::Endpoint SocketTransport::peer() const {
  const SocketAddress address = SocketAddress::of_peer(fd_);
  return {address.host(), address.port()};
}

Transport::Endpoint SocketTransport::local() const {
  const SocketAddress address = SocketAddress::of_local(fd_);
  return {address.host(), address.port()};
}

}  // namespace capricorn
