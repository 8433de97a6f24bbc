// SPDX-License-Identifier: MIT
#include "memory_pipe.hpp"

#include <algorithm>
#include <cstring>

#include "platform.hpp"

namespace capricorn {
namespace {

std::error_code reset_error() noexcept { return std::make_error_code(std::errc::connection_reset); }

}  // namespace

std::pair<std::unique_ptr<MemoryTransport>, std::unique_ptr<MemoryTransport>>
MemoryTransport::connect(Loop& loop) {
  auto a = std::make_unique<MemoryTransport>(loop);
  auto b = std::make_unique<MemoryTransport>(loop);
  a->peer_ = b.get();
  b->peer_ = a.get();
  return {std::move(a), std::move(b)};
}

MemoryTransport::MemoryTransport(Loop& loop) noexcept : loop_(loop), protocol_(loop) {}

MemoryTransport::~MemoryTransport() { leave_peer(aborted_ || !out_.empty()); }

void MemoryTransport::start(Protocol& protocol) {
  protocol_.start(protocol);
  expect_bytes();
}

void MemoryTransport::resume_reading() {
  if (std::exchange(reading_paused_, false)) expect_bytes();
}

/// Something came, or may now be read.
void MemoryTransport::expect_bytes() {
  if (protocol_.started() && !reading_paused_ && !closing_ && !deliver_.linked())
    loop_.schedule(deliver_);
}

void MemoryTransport::deliver() {
  if (reading_paused_ || closing_) return;
  const std::size_t waiting = peer_ ? peer_->out_.size() : 0;
  if (waiting > 0) {
    const std::size_t size = std::min(waiting, Loop::kReadBufferSize);
    std::memcpy(loop_.read_buffer(), peer_->out_.data(), size);
    peer_->taken(size);
    if (!protocol_.data_received({loop_.read_buffer(), size})) return fatal_error();
    expect_bytes();
  } else if ((!peer_ || peer_->write_eof_) && !std::exchange(eof_told_, true)) {
    if (!protocol_.eof_received()) fatal_error();
  }
}

/// The protocol threw.
void MemoryTransport::fatal_error() {
  aborted_ = true;
  fail(std::make_error_code(std::errc::connection_aborted));
}

void MemoryTransport::taken(std::size_t size) {
  out_.consume(size);
  if (out_.empty()) out_.release();
  check_water_marks();
  if (closing_ && out_.empty()) fail({});
}

void MemoryTransport::written() {
  if (lost_ || out_.empty()) return out_.clear();
  if (!peer_) return fail(reset_error());
  peer_->expect_bytes();
  check_water_marks();
}

void MemoryTransport::write(std::string_view bytes) {
  if (lost_) return;
  out_.append(bytes);
  written();
}

void MemoryTransport::check_water_marks() {
  if (out_.size() <= ProtocolCalls::kLowWater) room_.wake_all();
  protocol_.buffered(out_.size());
}

Task<bool> MemoryTransport::send_file(int fd, std::uint64_t offset, std::uint64_t size) {
  ListNode here;  // until we are gone, which may be while this waits
  senders_.push_back(here);
  while (size > 0 && !lost_) {
    const std::size_t wanted = std::min<std::uint64_t>(size, ProtocolCalls::kHighWater);
    const std::size_t n =
        read_from_file(fd, out_.prepare(wanted), wanted, static_cast<off_t>(offset));
    if (n == 0) co_return false;  // the file became shorter, or cannot be read
    out_.commit(n);
    written();
    offset += n;
    size -= n;
    if (out_.size() <= ProtocolCalls::kLowWater) continue;
    Future<void> room = room_.add(loop_);
    co_await room;
    if (!here.linked()) co_return false;
  }
  co_return size == 0 && !lost_;
}

void MemoryTransport::write_eof() {
  if (closing_ || std::exchange(write_eof_, true)) return;
  if (peer_) peer_->expect_bytes();
}

void MemoryTransport::close() {
  if (std::exchange(closing_, true)) return;
  // Where the peer closes, too, neither reads any more what the other has yet to send.
  if (out_.empty() || (peer_ && peer_->closing_)) fail({});
}

void MemoryTransport::abort() {
  if (lost_) return;
  aborted_ = true;
  fail({});
}

void MemoryTransport::fail(std::error_code reason) {
  if (std::exchange(lost_, true)) return;
  closing_ = true;
  reason_ = reason;
  out_.release();
  room_.wake_all();
  loop_.schedule(lose_);
}

void MemoryTransport::lose() {
  leave_peer(aborted_);
  if (protocol_.started()) protocol_.connection_lost(reason_);
}

void MemoryTransport::leave_peer(bool reset) {
  if (peer_) std::exchange(peer_, nullptr)->peer_gone(reset);
}

void MemoryTransport::peer_gone(bool reset) {
  peer_ = nullptr;
  // What it did not read is lost.
  if (reset || !out_.empty()) return fail(reset_error());
  expect_bytes();
}

namespace {

Stream stream_over(Loop& loop, std::unique_ptr<MemoryTransport> transport, std::size_t limit) {
  MemoryTransport& started = *transport;
  auto state = std::make_shared<StreamState>(loop, limit, std::move(transport));
  started.start(*state);
  return Stream(std::move(state));
}

}  // namespace

std::pair<Stream, Stream> memory_pipe(Loop& loop, StreamOptions options) {
  auto [a, b] = MemoryTransport::connect(loop);
  Stream first = stream_over(loop, std::move(a), options.limit);
  Stream second = stream_over(loop, std::move(b), options.limit);
  return {std::move(first), std::move(second)};
}

std::pair<Stream, Stream> memory_pipe(StreamOptions options) {
  return memory_pipe(get_running_loop(), options);
}

}  // namespace capricorn
