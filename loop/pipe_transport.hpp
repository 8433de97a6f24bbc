// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "deferred.hpp"
#include "protocol_calls.hpp"
#include "selector.hpp"
#include "transport.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

/// One end of a pipe: of the two ways a Transport has, the other one is shut from the beginning.
/// Whoever reads learns at the end of the stream, right behind it, that the connection is over;
/// whoever writes, as soon as nobody reads any more. Owns the descriptor, which does not block.
class PipeTransport final : public Transport, IoWatcher {
 public:
  enum class End : bool { kReading, kWriting };
  PipeTransport(Loop& loop, int fd, End end) noexcept;
  ~PipeTransport() override;

  /// The caller owns both, and may destroy the transport at any time but while it calls the
  /// protocol; during `connection_lost`, too. Throws std::system_error where it cannot be watched.
  void start(Protocol& protocol);

  Buffer& output() override { return out_; }
  void written() override;
  void write(std::string_view bytes) override;
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  std::size_t write_buffer_size() const override { return out_.size(); }
  void pause_reading() override { reading_paused_ = true; }
  void resume_reading() override;
  void close() override;
  void abort() override { fail({}); }
  bool is_closing() const override { return closing_; }
  /// The whole connection: there is no other way to be kept open.
  void write_eof() override { close(); }
  bool can_write_eof() const override { return end_ == End::kWriting; }

 private:
  void on_io(std::uint8_t events) override;
  void react(std::uint8_t events);
  void read();
  void flush();
  void keep(std::string_view bytes);
  void check_water_marks();
  void fail(std::error_code reason);
  void lose();

  // Connection
  Loop& loop_;
  ProtocolCalls protocol_;
  std::error_code reason_;
  End end_;
  bool watched_ = false;
  bool closing_ = false;
  bool lost_ = false;

  // Reading
  Deferred<PipeTransport> again_{*this, &PipeTransport::read};
  bool reading_paused_ = false;
  bool readable_ = false;

  // Writing
  Buffer out_;
  Deferred<PipeTransport> flush_later_{*this, &PipeTransport::flush};
  WaitingFutures room_;
  IntrusiveList<ListNode> senders_;  // of files
  bool kernel_full_ = false;         // until it says that it takes more
};

}  // namespace capricorn
