// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "protocol.hpp"
#include "socket.hpp"
#include "transport.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

class HandshakeWatcher;
class TlsEngine;
class TlsTransport;
struct TlsTransportOptions;

/// Who counts connections: told once, when one is over or nobody holds it any more.
class StreamOwner {
 public:
  virtual void stream_gone() noexcept = 0;

 protected:
  ~StreamOwner() = default;
};

/// What a Stream is a handle on: asyncio's StreamReader, StreamWriter and StreamReaderProtocol in
/// one, between a transport, which it owns, and the coroutines that read and write. Shared by the
/// handle, the reads and drains under way and, while a dropped stream still has bytes to send,
/// itself.
class StreamState final : public Protocol, public ListNode {
 public:
  StreamState(Loop& loop, std::size_t limit, std::unique_ptr<Transport> transport,
              const SocketAddress& peer = {}, const SocketAddress& local = {});
  ~StreamState() override;

  /// Over a connected socket, started. Throws std::system_error where it cannot be watched.
  static std::shared_ptr<StreamState> over(Loop& loop, std::size_t limit, Socket socket);

  // Reading
  void check_readable() const;
  /// Await it, then look again: a pass may lie between. Throws RuntimeError where another coroutine
  /// waits.
  Future<void> wait_for_data(const char* function);
  std::string_view received() const noexcept { return buffer_.view(); }
  std::string take(std::size_t size);
  void drop(std::size_t size);
  bool eof() const noexcept { return eof_; }
  std::size_t limit() const noexcept { return limit_; }

  // Writing
  void write(std::string_view bytes);
  void write_eof();
  bool writing_paused() const noexcept { return writing_paused_; }
  void check_writable() const;
  Future<void> wait_for_room();

  // Connection
  Transport& transport() noexcept { return *transport_; }
  /// TLS from now on, the bytes that came and were not read yet included.
  TlsTransport& start_tls(std::unique_ptr<TlsEngine> engine, const TlsTransportOptions& options,
                          HandshakeWatcher& watcher);
  bool lost() const noexcept { return lost_; }
  std::error_code error() const noexcept { return error_; }
  Future<void> wait_for_loss();
  const SocketAddress& peer() const noexcept { return peer_; }
  const SocketAddress& local() const noexcept { return local_; }
  void join(StreamOwner& owner) noexcept { owner_ = &owner; }
  /// The owner goes first.
  void forget_owner() noexcept;
  /// How long the peer of a dropped stream may take nothing of what is left, until that is lost.
  static constexpr Duration kLeavingGrace = std::chrono::seconds(30);
  /// The handle is gone: sends what was written, then closes.
  static void dropped(std::shared_ptr<StreamState> state);

  // The transport's calls
  void data_received(std::string_view data) override;
  void eof_received() override;
  void connection_lost(std::error_code reason) override;
  void pause_writing() override { writing_paused_ = true; }
  void resume_writing() override;

 private:
  /// A dropped stream that still has bytes to send, which the loop's end cuts short.
  struct Leaving final : TimerNode {
    void run() override { state->check_progress(); }
    void drop() noexcept override { const auto last = std::move(state->self_); }
    StreamState* state = nullptr;
    std::size_t waiting = 0;  // bytes, when last looked
  };
  void leave_behind(std::shared_ptr<StreamState> self);
  void check_progress();
  void wake_reader();
  void resume_reading();
  void leave() noexcept;

  // Connection
  Loop& loop_;
  SocketAddress peer_;
  SocketAddress local_;
  StreamOwner* owner_ = nullptr;
  std::error_code error_;
  WaitingFutures closers_;
  std::shared_ptr<StreamState> self_;  // until what is buffered has been sent
  Leaving leaving_;
  bool lost_ = false;

  // Reading
  std::size_t limit_;
  Buffer buffer_;
  std::optional<Future<void>> reader_;
  bool eof_ = false;
  bool reading_paused_ = false;

  // Writing
  WaitingFutures drainers_;
  bool writing_paused_ = false;
  bool eof_written_ = false;

  std::unique_ptr<Transport> transport_;
};

}  // namespace capricorn
