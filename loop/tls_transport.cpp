// SPDX-License-Identifier: MIT
#include "tls_transport.hpp"

#include <algorithm>
#include <utility>

#include "loop.hpp"
#include "platform.hpp"
#include "sleep.hpp"

namespace capricorn {
namespace {

// What a peer that reads nothing may make us answer: key updates, say, thousands of them.
constexpr std::size_t kMaxAnswered = 65536;
constexpr std::size_t kFilePiece = 65536;
// Else a file for a fast reader would keep everybody else waiting.
constexpr std::uint64_t kFileTurn = 1 << 20;
// Shorter ones are copied behind what stands before them: one record less.
constexpr std::size_t kCopiedBytes = 4096;
// Longer ones are encrypted piece by piece: a buffer that all connections share, and which keeps
// its size, never holds the whole of them.
constexpr std::size_t kWrittenPiece = 256 << 10;

}  // namespace

TlsTransport::TlsTransport(Loop& loop, Transport& below, std::unique_ptr<TlsEngine> engine,
                           TlsTransportOptions options)
    : loop_(loop),
      below_(below),
      engine_(std::move(engine)),
      protocol_(loop),
      options_(options),
      shared_(options.shared_output) {}

TlsTransport::TlsTransport(Loop& loop, std::unique_ptr<Transport> below,
                           std::unique_ptr<TlsEngine> engine, TlsTransportOptions options)
    : loop_(loop),
      owned_below_(std::move(below)),
      below_(*owned_below_),
      engine_(std::move(engine)),
      protocol_(loop),
      options_(options),
      shared_(options.shared_output) {}

TlsTransport::~TlsTransport() { timer_.cancel(); }

void TlsTransport::start(std::unique_ptr<Protocol> protocol, HandshakeWatcher& watcher) {
  owned_protocol_ = std::move(protocol);
  start(*owned_protocol_, watcher);
}

void TlsTransport::start(Protocol& protocol, HandshakeWatcher& watcher) {
  protocol_.start(protocol);
  watcher_ = &watcher;
  if (options_.handshake_timeout > Duration::zero()) {
    timer_ = loop_.call_later(options_.handshake_timeout, [this] {
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(options_.handshake_timeout).count();
      fail({std::make_error_code(std::errc::connection_aborted),
            "SSL handshake is taking longer than " + std::to_string(seconds) +
                " seconds: aborting the connection"});
    });
  }
  if (engine_->speaks_first()) process({});
}

std::unique_ptr<Protocol> TlsTransport::set_protocol(std::unique_ptr<Protocol> next) {
  protocol_.start(*next);
  return std::exchange(owned_protocol_, std::move(next));
}

void TlsTransport::data_received(std::string_view ciphertext) {
  // Behind a close_notify nothing counts any more (RFC 8446, 6.1), however much of it comes.
  if (phase_ == Phase::kOver || eof_told_) return;
  // What waits goes first; TLS within TLS would decrypt onto its own input.
  if (!backlog_.empty() || ciphertext.data() == loop_.plain_buffer()) {
    backlog_.append(ciphertext);
    return resume();
  }
  const std::size_t rest = process(ciphertext);
  backlog_.append(ciphertext.substr(ciphertext.size() - rest));
}

void TlsTransport::resume() {
  if (reading_paused_ && phase_ == Phase::kOpen) return;
  Buffer waiting = std::move(backlog_);
  const std::size_t rest = process(waiting.view());
  if (rest == 0) return;
  waiting.consume(waiting.size() - rest);
  backlog_ = std::move(waiting);
}

/// How much of it has to wait.
std::size_t TlsTransport::process(std::string_view ciphertext) {
  if (phase_ == Phase::kOver) return 0;
  engine_->feed(ciphertext);
  advance();
  const std::size_t rest = phase_ == Phase::kOver ? 0 : engine_->rest().size();
  engine_->feed({});
  return rest;
}

/// Everything that what came allows; what is written meanwhile leaves together.
void TlsTransport::advance() {
  converse();
  if (phase_ == Phase::kShutdown) drop_input();
  if (phase_ == Phase::kOpen && closing_) finish_closing();
  if (phase_ == Phase::kOpen && below_ended_ && !reading_paused_ && engine_->rest().empty()) {
    peer_ended();
  }
  if (phase_ != Phase::kOver) below_.written();
}

void TlsTransport::converse() {
  // What the protocol wrote before it threw is for nobody, least of all for the connection that
  // uses the shared buffer next.
  struct Feeding {
    TlsTransport& transport;
    ~Feeding() {
      transport.feeding_ = false;
      if (transport.shared_) transport.shared_->clear();
    }
  } feeding{*this};
  feeding_ = true;
  if (phase_ == Phase::kHandshake) shake_hands();
  if (phase_ == Phase::kOpen) read();
  encrypt();
}

void TlsTransport::shake_hands() {
  switch (engine_->handshake(below_.output())) {
    case TlsEngine::Status::kDone: return end_handshake();
    case TlsEngine::Status::kWantsInput: return;
    case TlsEngine::Status::kEnded:
      return fail({std::make_error_code(std::errc::connection_reset),
                   "the peer ended the connection during the handshake"});
    case TlsEngine::Status::kFailed: return fail(engine_->failure());
  }
}

void TlsTransport::end_handshake() {
  phase_ = Phase::kOpen;
  timer_.cancel();
  if (watcher_) std::exchange(watcher_, nullptr)->handshake_ended();
}

void TlsTransport::read() {
  while (phase_ == Phase::kOpen && !reading_paused_ && !closing_ && engine_->has_input()) {
    std::size_t size = 0;
    Buffer& out = below_.output();
    switch (engine_->read(loop_.plain_buffer(), Loop::kPlainBufferSize, size, out)) {
      case TlsEngine::Status::kDone:
        if (!protocol_.data_received({loop_.plain_buffer(), size})) return fail_by_protocol();
        break;
      case TlsEngine::Status::kWantsInput: return answers_too_much() ? abort() : void();
      case TlsEngine::Status::kEnded: engine_->feed({}); return peer_ended();
      case TlsEngine::Status::kFailed: return fail(engine_->failure());
    }
  }
}

bool TlsTransport::answers_too_much() const noexcept {
  return engine_->answered() > kMaxAnswered && below_is_full_;
}

/// We have ended; what the peer had sent by then is for nobody.
void TlsTransport::drop_input() {
  while (phase_ == Phase::kShutdown && engine_->has_input()) {
    std::size_t size = 0;
    Buffer& out = below_.output();
    const auto status = engine_->read(loop_.plain_buffer(), Loop::kPlainBufferSize, size, out);
    if (status == TlsEngine::Status::kWantsInput) return answers_too_much() ? abort() : void();
    if (status != TlsEngine::Status::kDone) close_below();
  }
}

/// By close_notify, or by FIN alone: as asyncio, we take either for the end.
void TlsTransport::peer_ended() {
  if (std::exchange(eof_told_, true)) return;
  if (!protocol_.eof_received()) return fail_by_protocol();
  if (!options_.open_after_eof) close();
}

void TlsTransport::eof_received() {
  below_ended_ = true;
  if (phase_ == Phase::kHandshake) {
    fail({std::make_error_code(std::errc::connection_reset),
          "the peer ended the connection during the handshake"});
  } else if (phase_ == Phase::kShutdown) {
    close_below();
  } else if (phase_ == Phase::kOpen && backlog_.empty()) {
    process({});
  }
}

void TlsTransport::eof_waits() {
  if (phase_ == Phase::kOpen && !eof_told_) protocol_.eof_waits();
}

void TlsTransport::pause_reading() {
  reading_paused_ = true;
  if (phase_ != Phase::kShutdown) below_.pause_reading();
}

void TlsTransport::resume_reading() {
  if (!std::exchange(reading_paused_, false) || phase_ == Phase::kOver) return;
  const bool waits = !backlog_.empty() || below_ended_ || engine_->has_input();
  if (waits && !feeding_ && !again_.linked()) loop_.schedule(again_);
  below_.resume_reading();
}

void TlsTransport::written() {
  if (output().size() >= ProtocolCalls::kHighWater) {
    flush();
  } else if (!feeding_ && !flush_later_.linked()) {
    loop_.at_end_of_pass(flush_later_);
  }
}

void TlsTransport::write(std::string_view bytes) {
  if (phase_ == Phase::kOver || phase_ == Phase::kShutdown) return;
  Buffer& plain = output();
  if (phase_ == Phase::kHandshake || bytes.size() < kCopiedBytes) {
    plain.append(bytes);
    if (phase_ == Phase::kHandshake) return protocol_.buffered(write_buffer_size());
    return feeding_ ? written() : flush();
  }
  encrypt();
  while (phase_ == Phase::kOpen && !bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kWrittenPiece);
    bytes.remove_prefix(piece.size());
    if (engine_->write(piece, below_.output()) != TlsEngine::Status::kDone) {
      return fail(engine_->failure());
    }
    send_below();
  }
}

void TlsTransport::flush() {
  if (phase_ != Phase::kOpen) return;
  encrypt();
  if (phase_ == Phase::kOpen) send_below();
}

void TlsTransport::send_below() {
  if (feeding_)
    below_.written();
  else
    below_.write({});
  if (phase_ != Phase::kOver) protocol_.buffered(below_.write_buffer_size());
}

void TlsTransport::encrypt() {
  if (phase_ != Phase::kOpen) return;
  if (!encrypt(out_)) return fail(engine_->failure());
  out_.release();
  if (!feeding_ || !shared_) return;
  if (!encrypt(*shared_)) fail(engine_->failure());
  shared_->clear();
}

bool TlsTransport::encrypt(Buffer& plain) {
  return plain.empty() || engine_->write(plain.view(), below_.output()) == TlsEngine::Status::kDone;
}

/// By what waits below alone, or we would come to stop and to go on at other times than it tells,
/// and who was stopped by what leaves with this pass would not be told to go on.
void TlsTransport::pause_writing() {
  below_is_full_ = true;
  protocol_.buffered(below_.write_buffer_size());
}

void TlsTransport::resume_writing() {
  below_is_full_ = false;
  room_.wake_all();
  protocol_.buffered(below_.write_buffer_size());
}

Task<bool> TlsTransport::send_file(int fd, std::uint64_t offset, std::uint64_t size) {
  ListNode here;  // until we are gone, which may be while this waits
  senders_.push_back(here);
  std::uint64_t turn = 0;
  while (size > 0 && phase_ == Phase::kOpen) {
    encrypt();
    const std::size_t wanted = std::min<std::uint64_t>(size, kFilePiece);
    const std::size_t n =
        read_from_file(fd, out_.prepare(wanted), wanted, static_cast<off_t>(offset));
    if (n == 0) co_return false;  // the file became shorter, or cannot be read
    out_.commit(n);
    offset += n;
    size -= n;
    turn += n;
    flush();
    if (phase_ != Phase::kOpen) break;
    if (below_is_full_) {
      turn = 0;
      Future<void> room = room_.add(loop_);
      co_await room;
    } else if (turn >= kFileTurn) {
      turn = 0;
      co_await sleep(Duration::zero());
    }
    if (!here.linked()) co_return false;
  }
  co_return size == 0 && phase_ == Phase::kOpen;
}

void TlsTransport::write_eof() { throw RuntimeError("write_eof() is not possible over TLS"); }

void TlsTransport::close() {
  if (std::exchange(closing_, true)) return;
  if (phase_ == Phase::kHandshake) return abort();
  if (phase_ == Phase::kOpen && !feeding_) finish_closing();
}

/// What was written goes out, and behind it that nothing follows.
void TlsTransport::finish_closing() {
  encrypt();
  if (phase_ != Phase::kOpen) return;  // it failed
  engine_->shut_down(below_.output());
  phase_ = Phase::kShutdown;
  if (below_ended_ || engine_->peer_has_ended() || options_.shutdown_timeout == Duration::zero()) {
    return close_below();
  }
  below_.write({});
  if (phase_ != Phase::kShutdown) return;
  wait_for_peers_end();
  below_.resume_reading();
  if (!again_.linked()) loop_.schedule(again_);
}

/// A peer that still takes what was written before is not late.
void TlsTransport::wait_for_peers_end() {
  timer_ = loop_.call_later(options_.shutdown_timeout, [this, left = below_.write_buffer_size()] {
    if (below_.write_buffer_size() < left) return wait_for_peers_end();
    failure_ = {std::make_error_code(std::errc::timed_out), "SSL shutdown timed out"};
    abort();
  });
}

void TlsTransport::close_below() {
  phase_ = Phase::kOver;
  closing_ = true;
  timer_.cancel();
  again_.unlink();
  below_.written();
  below_.close();
}

void TlsTransport::abort() {
  closing_ = true;
  phase_ = Phase::kOver;
  timer_.cancel();
  again_.unlink();
  out_.release();
  room_.wake_all();
  below_.abort();
}

/// The alert that OpenSSL has written tells the peer.
void TlsTransport::fail(const SSLFailure& failure) {
  if (phase_ == Phase::kOver) return;
  failure_ = failure;
  out_.release();
  room_.wake_all();
  close_below();
  if (watcher_) std::exchange(watcher_, nullptr)->handshake_ended();
}

void TlsTransport::fail_by_protocol() {
  failure_ = {std::make_error_code(std::errc::connection_aborted), "the protocol threw"};
  abort();
}

void TlsTransport::connection_lost(std::error_code reason) {
  const bool shaking = watcher_ != nullptr;
  phase_ = Phase::kOver;
  closing_ = true;
  timer_.cancel();
  again_.unlink();
  flush_later_.unlink();
  room_.wake_all();
  if (!failure_) {
    if (!reason && shaking) reason = std::make_error_code(std::errc::connection_reset);
    failure_ = {reason,
                shaking ? "the connection was lost during the handshake" : "Connection lost"};
  }
  reason = failure_.code;
  if (watcher_) std::exchange(watcher_, nullptr)->handshake_ended();
  protocol_.connection_lost(reason);  // we may be gone after it
}

}  // namespace capricorn
