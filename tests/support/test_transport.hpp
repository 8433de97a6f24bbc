// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/protocol.hpp>
#include <capricorn/loop/transport.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace capricorn {

/// A connection in memory. The test is its peer: `feed` and `finish` are what the client sends,
/// `sent` is what it got. Paused reading holds bytes back as a kernel does; the protocol is
/// destroyed after `connection_lost`, as by a socket.
class TestTransport final : public Transport {
 public:
  explicit TestTransport(Loop& loop) : loop_(loop) {}
  TestTransport(const TestTransport&) = delete;
  TestTransport& operator=(const TestTransport&) = delete;
  ~TestTransport() override {
    pending_loss_.cancel();
    pending_read_.cancel();
    lose({});
  }

  void start(std::unique_ptr<Protocol> protocol) { protocol_ = std::move(protocol); }
  /// The client sends these bytes.
  void feed(std::string_view bytes) {
    inbox_ += bytes;
    deliver();
  }
  /// The client sends nothing more, but still reads.
  void finish() {
    fin_ = true;
    deliver();
  }
  /// The client is gone.
  void lose(std::error_code reason) {
    if (std::exchange(lost_, true)) return;
    closing_ = true;
    if (protocol_) protocol_->connection_lost(reason);
    protocol_.reset();
  }

  /// The client has read `taken` bytes in all, and from now on nothing of what waits; or nothing
  /// waits.
  void block(std::optional<TimePoint> since, std::uint64_t taken = 0) {
    blocked_since_ = since;
    taken_ = taken;
  }

  const std::string& sent() const noexcept { return sent_; }
  std::string take() { return std::exchange(sent_, {}); }
  /// Room for what will be sent, for a test that counts mallocs.
  void reserve(std::size_t bytes) { sent_.reserve(sent_.size() + bytes); }
  bool closed() const noexcept { return closed_; }
  bool aborted() const noexcept { return aborted_; }
  bool lost() const noexcept { return lost_; }
  bool reading_paused() const noexcept { return reading_paused_; }
  Protocol* protocol() noexcept { return protocol_.get(); }

  Buffer& output() override { return output_; }
  void written() override {
    if (!lost_ && !aborted_) sent_ += output_.view();
    output_.clear();
  }
  void write(std::string_view bytes) override {
    output_.append(bytes);
    written();
  }
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override {
    written();
    std::string bytes(size, '\0');
    const ssize_t n = ::pread(fd, bytes.data(), size, static_cast<off_t>(offset));
    if (n > 0) sent_.append(bytes, 0, static_cast<std::size_t>(n));
    co_return n >= 0 && static_cast<std::uint64_t>(n) == size;
  }
  std::size_t write_buffer_size() const override { return output_.size(); }
  std::optional<TimePoint> blocked_since() const override { return blocked_since_; }
  std::uint64_t bytes_taken() const override { return taken_; }
  void pause_reading() override { reading_paused_ = true; }
  void resume_reading() override {
    if (!std::exchange(reading_paused_, false)) return;
    pending_read_.cancel();
    pending_read_ = loop_.call_soon([this] { deliver(); });
  }
  void close() override {
    if (std::exchange(closing_, true)) return;
    written();
    closed_ = true;
    pending_loss_ = loop_.call_soon([this] { lose({}); });
  }
  void abort() override {
    if (aborted_ || lost_) return;
    closing_ = aborted_ = true;
    output_.clear();
    pending_loss_.cancel();
    pending_loss_ = loop_.call_soon([this] { lose({}); });
  }
  bool is_closing() const override { return closing_; }
  std::unique_ptr<Protocol> set_protocol(std::unique_ptr<Protocol> next) override {
    return std::exchange(protocol_, std::move(next));
  }
  Endpoint peer() const override { return {"192.0.2.1", 4711}; }
  Endpoint local() const override { return {"192.0.2.2", 80}; }

 private:
  void deliver() {
    if (closing_) return;
    if (reading_paused_) {
      if (fin_ && !fin_told_ && !std::exchange(waiting_fin_told_, true)) protocol_->eof_waits();
      return;
    }
    if (!inbox_.empty()) {
      const std::string bytes = std::exchange(inbox_, {});
      protocol_->data_received(bytes);
    }
    if (fin_ && !closing_ && !reading_paused_ && !std::exchange(fin_told_, true)) {
      protocol_->eof_received();
    }
  }

  Loop& loop_;
  std::unique_ptr<Protocol> protocol_;
  Buffer output_;
  std::string inbox_;
  std::string sent_;
  std::optional<TimePoint> blocked_since_;
  std::uint64_t taken_ = 0;
  Handle pending_loss_;
  Handle pending_read_;
  bool fin_ = false;
  bool fin_told_ = false;
  bool waiting_fin_told_ = false;
  bool reading_paused_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool aborted_ = false;
  bool lost_ = false;
};

}  // namespace capricorn
