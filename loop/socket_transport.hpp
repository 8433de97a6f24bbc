// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "deferred.hpp"
#include "protocol_calls.hpp"
#include "selector.hpp"
#include "transport.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

struct SocketTransportOptions {
  /// The loop's output buffer, empty between reads: what the protocol writes while it is fed costs
  /// no buffer of the connection's. nullptr: it always writes to the connection's own.
  Buffer* shared_output = nullptr;
  /// How long a closed connection still reads, and drops, what the peer sends, so that no reset
  /// destroys what the peer has not read; it ends early where the peer floods us. Zero: closed as
  /// soon as everything is sent.
  Duration linger = Duration::zero();
  /// Whether a hang-up is told while reading is paused. Else what was sent before it is read first.
  bool tell_reset_while_paused = false;
  /// `abort` resets the connection. Else the system may go on for minutes to offer what is buffered
  /// to a peer that reads nothing.
  bool reset_on_abort = false;
};

/// A TCP or unix stream socket, watched once and edge-triggered: one `recv` a readiness, one `send`
/// for all that it produced. Owns the descriptor. A server has thousands that do nothing, so that
/// what only a busy one needs lies in a block of its own.
class SocketTransport final : public Transport, IoWatcher {
 public:
  SocketTransport(Loop& loop, int fd, SocketTransportOptions options = {});
  ~SocketTransport() override;

  /// Owns the protocol, and itself: both are gone after `connection_lost`.
  void start(std::unique_ptr<Protocol> protocol);
  /// The caller owns both, and may destroy the transport at any time but while it calls the
  /// protocol; during `connection_lost`, too.
  void start(Protocol& protocol);

  Buffer& output() override { return sends_shared() ? *shared_ : pending().out; }
  void written() override;
  void write(std::string_view bytes) override;
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  std::size_t write_buffer_size() const override { return pending_ ? pending_->out.size() : 0; }
  std::optional<TimePoint> blocked_since() const override;
  std::uint64_t bytes_taken() const override;
  void pause_reading() override { reading_paused_ = true; }
  void resume_reading() override;
  void close() override;
  void abort() override;
  bool is_closing() const override { return closing_; }
  std::unique_ptr<Protocol> set_protocol(std::unique_ptr<Protocol> next) override;
  void hand_over(Protocol& next) override { protocol_.start(next); }
  void write_eof() override;
  bool can_write_eof() const override { return true; }
  Endpoint peer() const override;
  Endpoint local() const override;

 private:
  /// What goes on beyond a read: output that waits for the end of the pass or for the peer, who
  /// waits for room, the connection's end.
  struct Pending {
    explicit Pending(SocketTransport& transport) noexcept
        : flush_later(transport, &SocketTransport::flush) {}
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

    // Writing
    Buffer out;
    WaitingFutures writable;
    IntrusiveList<ListNode>
        senders;  // of files, until each goes on; nothing is left of it after us
    Deferred<SocketTransport> flush_later;
    TimePoint blocked_since{};

    // End
    TimerHandle linger_timer;
    std::uint64_t dropped_bytes = 0;
  };
  using LingerTime = std::chrono::duration<std::uint32_t, std::milli>;

  void on_io(std::uint8_t events) override;
  void react(std::uint8_t events);
  void read();
  void tell_waiting_eof();
  void feed(std::string_view data);
  bool tell_data(std::string_view data);
  Loop& loop() const noexcept { return protocol_.loop(); }
  Pending& pending() {
    if (!pending_) pending_ = std::make_unique<Pending>(*this);
    return *pending_;
  }
  void drop_pending() noexcept;
  bool nothing_waits() const noexcept { return !pending_ || pending_->out.empty(); }
  /// Whether what is written now goes to the loop's buffer.
  bool sends_shared() const noexcept { return feeding_ && shared_ && nothing_waits(); }
  void flush_at_end_of_pass();
  void flush_shared(int flags = 0);
  void flush();
  void send_now(std::string_view first, std::string_view second, int flags = 0);
  void keep(std::string_view bytes);
  Task<bool> pause_file(bool until_writable);
  bool copy_file(int fd, std::uint64_t offset, std::size_t size);
  void shut_down_if_sent();
  void count_sent(ssize_t bytes) noexcept;
  void set_kernel_full(bool full);
  void writable();
  void finish_closing();
  void drop_input();
  void fail(std::error_code reason) noexcept;
  void fail_by_protocol();
  void fail_by_memory() noexcept;
  void lose();

  // Connection
  ProtocolCalls protocol_;
  std::unique_ptr<Protocol> owned_protocol_;
  std::unique_ptr<Pending> pending_;
  Buffer* shared_;
  std::uint64_t sent_bytes_ = 0;
  LingerTime linger_;
  std::uint16_t reason_ = 0;  // an errno: there is no memory to be had for the end of a connection
  bool reset_on_abort_ : 1;
  bool closing_ : 1 = false;
  bool lingering_ : 1 = false;
  bool lost_ : 1 = false;

  // Reading
  bool tell_reset_while_paused_ : 1;
  bool reading_paused_ : 1 = false;
  bool readable_ : 1 = false;
  bool read_hangup_ : 1 = false;
  bool eof_told_ : 1 = false;
  bool waiting_eof_told_ : 1 = false;

  // Writing
  bool feeding_ : 1 = false;
  bool kernel_full_ : 1 = false;   // until it says that it takes more
  bool watches_room_ : 1 = false;  // and that it is asked to
  bool write_eof_ : 1 = false;
};

}  // namespace capricorn
