// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include "../loop/future.hpp"
#include "../loop/protocol.hpp"
#include "../loop/selector.hpp"
#include "../loop/transport.hpp"

namespace capricorn {

/// A TCP or unix stream socket, watched once and edge-triggered: one `recv` a readiness, one `send`
/// for all that it produced. Owns the descriptor and its protocol, and itself: it is gone after
/// `connection_lost`.
class SocketTransport final : public Transport, IoWatcher {
 public:
  /// `shared` is the loop's output buffer, empty between reads.
  SocketTransport(Loop& loop, int fd, Buffer& shared, Duration linger);

  void start(std::unique_ptr<Protocol> protocol);

  Buffer& output() override { return feeding_ && out_.empty() ? *shared_ : out_; }
  void written() override;
  void write(std::string_view bytes) override;
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  std::size_t write_buffer_size() const override { return out_.size(); }
  void pause_reading() override { reading_paused_ = true; }
  void resume_reading() override;
  void close() override;
  void abort() override;
  bool is_closing() const override { return closing_; }
  std::string peer_host() const override;
  int peer_port() const override;
  std::string local_host() const override;
  int local_port() const override;

 private:
  struct Deferred final : Runnable {
    void run() override { (transport->*call)(); }
    SocketTransport* transport = nullptr;
    void (SocketTransport::*call)() = nullptr;
  };
  ~SocketTransport();

  void on_io(std::uint8_t events) override;
  void read();
  void feed(std::string_view data);
  void flush_shared();
  void flush();
  bool send_now(std::string_view first, std::string_view second);
  void check_water_marks();
  void finish_closing();
  void drop_input();
  void fail(std::error_code reason);
  void lose();

  // Connection
  Loop& loop_;
  std::unique_ptr<Protocol> protocol_;
  std::error_code reason_;
  TimerHandle linger_timer_;
  Duration linger_;
  bool closing_ = false;
  bool lingering_ = false;
  bool lost_ = false;

  // Reading
  bool reading_paused_ = false;
  bool readable_ = false;
  bool read_hangup_ = false;
  bool eof_told_ = false;

  // Writing
  Buffer* shared_;
  Buffer out_;
  std::optional<Future<void>> writable_;
  Deferred flush_later_;
  Deferred again_;
  bool feeding_ = false;
  bool writing_paused_ = false;
};

}  // namespace capricorn
