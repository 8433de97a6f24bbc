// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include "deferred.hpp"
#include "protocol_calls.hpp"
#include "stream.hpp"
#include "transport.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

/// One end of a connection in memory, with a socket's behaviour and no socket: what is written is
/// with the other end one pass later, at most 64 KiB a pass, and stays here while that one does not
/// read. For tests: everything happens in a fixed order.
class MemoryTransport final : public Transport {
 public:
  /// Two connected ends; each outlives its protocol's use of it, and either may go first.
  static std::pair<std::unique_ptr<MemoryTransport>, std::unique_ptr<MemoryTransport>> connect(
      Loop& loop);
  explicit MemoryTransport(Loop& loop) noexcept;
  /// As a process that dies: the other end reads what was delivered, then the end of the stream, or
  /// a reset where bytes are lost.
  ~MemoryTransport() override;

  /// Bytes that came before wait. As with a socket, the protocol may destroy us in
  /// `connection_lost`, and in no other call.
  void start(Protocol& protocol);

  Buffer& output() override { return out_; }
  void written() override;
  void write(std::string_view bytes) override;
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  std::size_t write_buffer_size() const override { return out_.size(); }
  void pause_reading() override { reading_paused_ = true; }
  void resume_reading() override;
  void close() override;
  /// The other end's connection is reset.
  void abort() override;
  bool is_closing() const override { return closing_; }
  void hand_over(Protocol& next) override { protocol_.start(next); }
  void write_eof() override;
  bool can_write_eof() const override { return true; }

 private:
  void expect_bytes();
  void fatal_error();
  void deliver();
  void taken(std::size_t size);
  void check_water_marks();
  void peer_gone(bool reset);
  void leave_peer(bool reset);
  void fail(std::error_code reason);
  void lose();

  // Connection
  Loop& loop_;
  ProtocolCalls protocol_;
  MemoryTransport* peer_ = nullptr;  // until either end is gone
  std::error_code reason_;
  bool closing_ = false;
  bool aborted_ = false;
  bool lost_ = false;

  // Reading
  Deferred<MemoryTransport> deliver_{*this, &MemoryTransport::deliver};
  bool reading_paused_ = false;
  bool eof_told_ = false;

  // Writing
  Buffer out_;  // what the peer has not taken yet
  WaitingFutures room_;
  IntrusiveList<ListNode> senders_;  // of files
  Deferred<MemoryTransport> lose_{*this, &MemoryTransport::lose};
  bool write_eof_ = false;
};

/// Two connected Streams: `auto [a, b] = memory_pipe();`
std::pair<Stream, Stream> memory_pipe(StreamOptions options = {});
std::pair<Stream, Stream> memory_pipe(Loop& loop, StreamOptions options = {});

}  // namespace capricorn
