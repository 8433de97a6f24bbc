// SPDX-License-Identifier: MIT
#include "websocket_protocol.hpp"

#include <algorithm>
#include <utility>

#include "http_protocol.hpp"
#include "server.hpp"
#include "websocket_session.hpp"

namespace capricorn {
namespace {

// Smaller messages hardly become smaller.
constexpr std::size_t kCompressFrom = 64;
// A larger payload goes to the kernel from where it lies.
constexpr std::size_t kCopiedBytes = 8192;
// So many messages are dealt with in a pass: then others have their turn.
constexpr std::uint8_t kMessagesATurn = 64;

std::optional<WebSocketInflater> make_inflater(
    const std::optional<WebSocketDeflateOptions>& deflate) {
  if (!deflate) return std::nullopt;
  return std::optional<WebSocketInflater>(std::in_place, !deflate->client_no_context_takeover);
}

/// A ping's payload: what number it is.
std::array<char, 4> ping_payload(std::uint32_t number) noexcept {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

}  // namespace

WebSocketProtocol::WebSocketProtocol(HttpServer& server, Transport& transport,
                                     WebSocketSession& session, Scope::Owner& owner,
                                     const std::optional<WebSocketDeflateOptions>& deflate)
    : server_(server),
      transport_(transport),
      session_(session),
      owner_(owner),
      inflater_(make_inflater(deflate)),
      parser_(session.max_message(), inflater_ ? &*inflater_ : nullptr) {
  if (deflate) {
    deflater_.emplace(deflate->server_max_window_bits.value_or(15),
                      !deflate->server_no_context_takeover);
  }
  deadline_ = next_ping();
  server_.connection_made(*this);
}

WebSocketProtocol::~WebSocketProtocol() { server_.connection_gone(*this); }

void WebSocketProtocol::take_over(std::unique_ptr<Protocol> before, HttpProtocol& http) {
  before_ = std::move(before);
  http_ = &http;
  writing_paused_ = http.writing_paused();  // from now on the transport tells us
  resume_.become(&WebSocketProtocol::begin);
  server_.loop().schedule(resume_);
}

void WebSocketProtocol::begin() {
  Buffer behind = http_->take_backlog();
  const bool half_closed = http_->half_closed();
  before_.reset();
  resume_.become(&WebSocketProtocol::resume);
  backlog_ = std::move(behind);
  resume();
  if (half_closed) eof_received();
  if (server_.draining()) shutdown(HttpServer::kQuietGrace);
}

// ---------------------------------------------------------------- reading

void WebSocketProtocol::data_received(std::string_view data) {
  heard_ = true;
  if (!backlog_.empty()) return backlog_.append(data);
  process(data);
  if (phase_ != Phase::kClosed) backlog_.append(data);
}

void WebSocketProtocol::resume_reading() {
  if (processing_ || before_ || resume_.linked()) return;
  if (backlog_.empty())
    transport_.resume_reading();
  else
    server_.loop().schedule(resume_);
}

/// Bytes that had to wait go first.
void WebSocketProtocol::resume() {
  Buffer waiting = std::move(backlog_);
  std::string_view input = waiting.view();
  process(input);
  if (phase_ == Phase::kClosed) return;
  if (input.empty()) return transport_.resume_reading();
  waiting.consume(waiting.size() - input.size());
  backlog_ = std::move(waiting);
}

bool WebSocketProtocol::reads() const noexcept {
  return phase_ != Phase::kOpen || session_.wants_messages();
}

void WebSocketProtocol::process(std::string_view& input) {
  using Event = WebSocketParser::Event;
  processing_ = true;
  const auto pass = static_cast<std::uint32_t>(server_.loop().pass_count());
  if (std::exchange(turn_, pass) != pass) left_of_turn_ = kMessagesATurn;
  bool more = true;
  while (more && phase_ != Phase::kClosed && !transport_.is_closing()) {
    if (left_of_turn_ == 0 && !resume_.linked()) server_.loop().schedule(resume_);
    if (left_of_turn_ == 0 || !reads()) {
      transport_.pause_reading();
      break;
    }
    switch (parser_.parse(input)) {
      case Event::kNeedMore: more = false; break;
      case Event::kMessage:
        --left_of_turn_;
        if (phase_ != Phase::kOpen) break;
        session_.message_received(parser_.take_message(), parser_.message_is_text(), true);
        break;
      case Event::kPing: ping_received(parser_.payload()); break;
      case Event::kPong: pong_received(parser_.payload()); break;
      case Event::kClose: close_received(parser_.close_code(), parser_.close_reason()); break;
      case Event::kError: fail(parser_.error().code, parser_.error().reason); break;
    }
  }
  processing_ = false;
}

/// RFC 6455, 5.5.3: only the last of several pings needs an answer. So a client that pings without
/// reading costs one pong.
void WebSocketProtocol::ping_received(std::string_view payload) {
  if (phase_ != Phase::kOpen) return;
  if (!writing_paused_) return send_pong(payload);
  late_pong_.clear();
  append_frame(late_pong_, WebSocketOpcode::kPong, payload);
}

void WebSocketProtocol::send_pong(std::string_view payload) {
  append_frame(transport_.output(), WebSocketOpcode::kPong, payload);
  transport_.written();
}

void WebSocketProtocol::pong_received(std::string_view payload) {
  const auto expected = ping_payload(pings_);
  if (!ping_unanswered_ || payload != std::string_view(expected.data(), expected.size())) return;
  ping_unanswered_ = false;
  if (phase_ == Phase::kOpen) deadline_ = next_ping();
}

// ---------------------------------------------------------------- writing

void WebSocketProtocol::send_message(std::string_view data, bool text) {
  if (phase_ != Phase::kOpen || transport_.is_closing()) return;
  const auto opcode = text ? WebSocketOpcode::kText : WebSocketOpcode::kBinary;
  const bool compressed = deflater_ && data.size() >= kCompressFrom;
  Buffer smaller;
  if (compressed) {
    deflater_->compress(data, smaller);
    data = smaller.view();
  }
  append_frame_head(transport_.output(), opcode, data.size(), compressed);
  if (data.size() >= kCopiedBytes) return transport_.write(data);
  transport_.output().append(data);
  transport_.written();
}

void WebSocketProtocol::pause_writing() { writing_paused_ = true; }

void WebSocketProtocol::resume_writing() {
  writing_paused_ = false;
  if (!late_pong_.empty() && phase_ == Phase::kOpen) {
    transport_.output().append(late_pong_.view());
    transport_.written();
  }
  late_pong_.release();
  session_.writing_resumed();
}

// ---------------------------------------------------------------- closing

void WebSocketProtocol::send_close(int code, std::string_view reason) {
  append_close_frame(transport_.output(), code, reason);
  transport_.written();
}

void WebSocketProtocol::close(int code, std::string_view reason) {
  if (phase_ != Phase::kOpen) return;
  send_close(code, reason);
  phase_ = Phase::kClosing;
  deadline_ = after(server_.config().ws_close_timeout);
  resume_reading();  // for the client's own Close frame
}

/// A server closes the connection when both Close frames are out (7.1.1).
void WebSocketProtocol::close_received(int code, std::string_view reason) {
  if (phase_ == Phase::kOpen) {
    send_close(code, {});
    phase_ = Phase::kClosing;
    session_.disconnected(code, reason, true);
  }
  end();
}

/// 7.1.7: the client is told, and not listened to any more.
void WebSocketProtocol::fail(int code, std::string_view reason) {
  if (phase_ == Phase::kOpen) {
    send_close(code, reason);
    phase_ = Phase::kClosing;
    session_.disconnected(code, reason, processing_);
  }
  end();
}

void WebSocketProtocol::end() {
  phase_ = Phase::kClosed;
  const Config& config = server_.config();
  deadline_ = after(config.ws_close_timeout + config.timeout_lingering);
  transport_.close();
}

void WebSocketProtocol::eof_received() {
  if (phase_ == Phase::kOpen) session_.disconnected(1006, {}, true);
  end();
}

void WebSocketProtocol::connection_lost(std::error_code) {
  phase_ = Phase::kClosed;
  session_.disconnected(1006, {}, false);
  session_.connection_gone();
  server_.request_ends();
  owner_.drop_reference();
}

// ---------------------------------------------------------------- timers

TimePoint WebSocketProtocol::after(Duration delay) const noexcept {
  return server_.loop().cached_time() + delay;
}

TimePoint WebSocketProtocol::next_ping() const noexcept {
  const Duration interval = server_.config().ws_ping_interval;
  return interval > Duration::zero() ? after(interval) : TimePoint::max();
}

void WebSocketProtocol::check_deadline(TimePoint now) {
  const Config& config = server_.config();
  if (unread_.too_slow(now, transport_, config.timeout_unread_response)) return transport_.abort();
  if (now < deadline_) return;
  if (phase_ != Phase::kOpen && unread_.watches()) {
    // Our Close frame has not left yet: the client still reads what was sent before it.
    deadline_ = after(config.ws_close_timeout);
    return;
  }
  switch (phase_) {
    case Phase::kOpen: return keep_alive(now);
    case Phase::kClosing: return end();
    case Phase::kClosed: return transport_.abort();
  }
}

void WebSocketProtocol::keep_alive(TimePoint now) {
  const Duration timeout = server_.config().ws_ping_timeout;
  // While we do not read, no answer can be seen; one waits behind the frame it came with, and a
  // ping behind what the client has still to read.
  const bool late =
      !session_.wants_messages() || (parser_.in_frame() && heard_) || unread_.watches();
  if (ping_unanswered_ && !late) return fail(1011, "keepalive ping timeout");
  heard_ = false;
  if (!ping_unanswered_) {
    const auto payload = ping_payload(++pings_);
    append_frame(transport_.output(), WebSocketOpcode::kPing, {payload.data(), payload.size()});
    transport_.written();
  }
  ping_unanswered_ = timeout > Duration::zero();
  deadline_ = ping_unanswered_ ? now + timeout : next_ping();
}

/// The handler is told at once: it has until the server's end.
void WebSocketProtocol::shutdown(Duration grace) {
  if (phase_ == Phase::kOpen && !before_) {
    close(1012, {});
    session_.disconnected(1012, {}, false);
  }
  if (phase_ == Phase::kClosing) deadline_ = std::min(deadline_, after(grace));
}

}  // namespace capricorn
