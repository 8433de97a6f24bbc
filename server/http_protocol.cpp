// SPDX-License-Identifier: MIT
#include "http_protocol.hpp"

#include <algorithm>
#include <utility>

#include "../http/response_writer.hpp"
#include "../loop/log.hpp"
#include "cycle.hpp"
#include "logging.hpp"
#include "server.hpp"
#include "websocket_protocol.hpp"

namespace capricorn {

namespace {

// So many requests are dealt with in a pass, as handlers that answer at once are called within it:
// then others have their turn.
constexpr std::uint8_t kRequestsATurn = 64;

ConnectionAddresses addresses_of(const Transport& transport, const ProxyHeader* proxied) {
  if (!proxied || !proxied->proxied) return {transport.peer(), transport.local()};
  return {{proxied->client_host, proxied->client_port},
          {proxied->server_host, proxied->server_port}};
}

}  // namespace

HttpProtocol::HttpProtocol(HttpServer& server, Transport& transport, const ProxyHeader* proxied)
    : server_(server),
      transport_(transport),
      addresses_(addresses_of(transport, proxied)),
      idle_until_(now() + server.config().timeout_headers),
      from_unknown_(proxied && proxied->unknown),
      secure_(transport.ssl_object() != nullptr),
      place_(server.next_place()) {
  if (!proxied || !proxied->proxied) {
    // Of a TCP client that has reset its connection the system tells no address and no port, but it
    // tells those of our own end.
    from_unix_socket_ = addresses_.client_port() == 0 && addresses_.server_port() == 0;
  } else {
    from_unix_socket_ = addresses_.client_host().empty();
    secure_ = secure_ || proxied->tls;
  }
  server_.connection_made(*this);
}

HttpProtocol::~HttpProtocol() {
  if (request_ && request_->over()) server_.free_requests().give_back(request_);
  server_.connection_gone(*this);
}

/// Before a request there may be none.
PendingRequest& HttpProtocol::begin_request() {
  if (!request_) {
    server_.free_requests().take(request_);
    request_->resume.protocol = this;
    request_->parser.remember_fields_in(&server_.known_fields(place_));
    request_->deadlines.start(any_request_ ? Phase::kIdle : Phase::kHead, idle_until_);
  }
  return *request_;
}

void HttpProtocol::end_request() noexcept {
  idle_until_ = request_->deadlines.deadline();
  server_.free_requests().give_back(request_);
}

void HttpProtocol::data_received(std::string_view data) {
  PendingRequest& request = begin_request();
  if (!request.backlog.empty()) [[unlikely]] {
    request.backlog.append(data);
    return resume();
  }
  process(data);
  if (!data.empty() && !transport_.is_closing()) request.backlog.append(data);
}

/// Bytes that had to wait for an answer, or for a handler to read its body, go first.
void HttpProtocol::resume() {
  if (processing_ || transport_.is_closing()) return;
  PendingRequest& request = *request_;
  Buffer waiting = std::move(request.backlog);
  std::string_view input = waiting.view();
  process(input);
  if (transport_.is_closing()) return;
  if (!input.empty()) {
    // As it lies: of very many requests that wait, each would copy those behind it.
    waiting.consume(waiting.size() - input.size());
    request.backlog = std::move(waiting);
  } else if (half_closed_) {
    input_ended();
  }
}

void HttpProtocol::process(std::string_view& input) {
  processing_ = true;
  begin_turn();
  bool more = left_of_turn_ > 0;
  while (more && !transport_.is_closing()) {
    more = may_parse(input) ? handle(request_->parser.parse(input)) : start_waiting_cycle();
  }
  processing_ = false;
  if (transport_.is_closing() || handed_over_) return;
  if (left_of_turn_ == 0) [[unlikely]]
    return end_turn();
  // What is left has to wait here; more than one read waits in the kernel, and so the client's.
  if (input.empty())
    transport_.resume_reading();
  else
    transport_.pause_reading();
  enter_phase();
  if (input.empty() && !writing_paused_ && request_->over()) end_request();
}

/// Over TLS each record of a read comes by itself.
void HttpProtocol::begin_turn() noexcept {
  const auto pass = static_cast<std::uint32_t>(server_.loop().pass_count());
  if (std::exchange(turn_, pass) != pass) left_of_turn_ = kRequestsATurn;
}

void HttpProtocol::end_turn() {
  transport_.pause_reading();
  if (!request_->resume.linked()) server_.loop().schedule(request_->resume);
  enter_phase();
}

/// The next request waits for this one's answer, and for a client that lets its answers lie; a body
/// for its handler; its end does not, which takes no input.
bool HttpProtocol::may_parse(std::string_view input) const noexcept {
  if (!request_->cycle) return !writing_paused_;
  return !request_->parser.message_complete() && (input.empty() || request_->cycle->wants_body());
}

/// False where the parser has nothing more for now, or others have their turn.
bool HttpProtocol::handle(RequestParser::Event event) {
  using Event = RequestParser::Event;
  switch (event) {
    case Event::kNeedMore: start_waiting_cycle(); return false;
    case Event::kHead: handle_head(); return --left_of_turn_ > 0;
    case Event::kBody:
      request_->deadlines.body_came(request_->parser.body().size());
      if (request_->cycle) request_->cycle->body_received(request_->parser.body());
      return true;
    case Event::kComplete: handle_end(); return true;
    case Event::kError:
      refuse(request_->parser.error().status, request_->parser.error().reason);
      return false;
  }
  return false;
}

void HttpProtocol::handle_head() {
  any_request_ = true;
  request_->answered = request_->close_when_complete = false;
  if (server_.overloaded()) [[unlikely]] {
    log(LogLevel::kWarning, "Exceeded concurrency limit.");
    return refuse(503, "Service Unavailable");
  }
  RequestHead& head = request_->parser.head();
  const bool websocket = head.upgrade && server_.config().ws != "none" && asks_for_websocket(head);
  if (websocket) [[unlikely]] {
    const ParseError fault = check_websocket_handshake(head);
    if (fault.status) return refuse(fault.status, fault.reason);
  }
  ForwardedRequest forwarded;
  if (head.forwarded) forwarded = read_forwarded_fields(head);
  request_->cycle = new Cycle(*this, head);
  server_.request_begins();  // at once: whatever lets go of the cycle counts its end
  if (head.forwarded) request_->cycle->apply(forwarded);
  request_->cycle->place_below_root();
  if (websocket) request_->cycle->expect_websocket();
  request_->cycle_started = false;
  if (request_->parser.message_complete()) {
    request_->cycle->body_complete(nullptr);
    start_cycle();
  } else {
    request_->deadlines.body_begins(now());
    if (request_->cycle->expects_continue()) start_cycle();
  }
}

/// Who wrote the request's bytes is the client that the PROXY protocol tells of, where it does.
ForwardedRequest HttpProtocol::read_forwarded_fields(RequestHead& head) {
  if (!server_.config().proxy_headers || from_unknown_) return {};
  const TrustedPeers& trusted = server_.trusted_peers();
  const std::string_view client = addresses_.client_host();
  const bool is_trusted = from_unix_socket_ ? trusted.trusts_unix(client) : trusted.trusts(client);
  if (is_trusted) return read_forwarded(head, trusted, server_.forwarded_fields());
  // Who left before its address was asked for may have been anybody.
  if (from_unix_socket_ || !client.empty()) server_.forwarded_ignored(client);
  return {};
}

void HttpProtocol::handle_end() {
  request_->answered = false;
  if (request_->cycle) {
    request_->cycle->body_complete(request_->parser.take_trailers());
    start_waiting_cycle();
  } else if (request_->close_when_complete) {
    transport_.close();
  }
}

void HttpProtocol::start_cycle() {
  request_->deadlines.enter(Phase::kHandler, now());
  request_->cycle_started = true;
  request_->cycle->start();
}

/// Once all of a body that is at hand is in its place. False where none waits.
bool HttpProtocol::start_waiting_cycle() {
  if (!request_->cycle || request_->cycle_started) return false;
  start_cycle();
  return true;
}

/// For whom the connection waits now.
void HttpProtocol::enter_phase() {
  Phase phase = Phase::kHandler;
  if (!request_->cycle && !writing_paused_) {
    // Blank lines are not yet a request.
    if (!any_request_ || request_->parser.head_started())
      phase = Phase::kHead;
    else
      phase = request_->answered ? Phase::kBody : Phase::kIdle;
  } else if (request_->cycle && !request_->parser.message_complete() &&
             request_->cycle->wants_body() && !request_->cycle->expects_continue()) {
    phase = Phase::kBody;
  }
  request_->deadlines.enter(phase, now());
  // An answer whose head went before the server stopped could not tell its client.
  if (phase == Phase::kIdle && server_.draining()) [[unlikely]]
    request_->deadlines.end_by(now() + HttpServer::kQuietGrace);
}

bool HttpProtocol::limit_body(std::uint64_t bytes) {
  if (request_->parser.set_body_limit(bytes)) return true;
  refuse(request_->parser.error().status, request_->parser.error().reason);
  return false;
}

bool HttpProtocol::body_abandoned() const noexcept {
  if (request_->parser.message_complete()) return false;
  // A client that waits for "100 Continue" may or may not send its body after a final answer.
  return request_->cycle->expects_continue() ||
         request_->parser.body_exceeds(server_.config().limits.body_bytes);
}

/// Called by the cycle, which lets go of us.
void HttpProtocol::response_complete(bool keep_alive) {
  request_->cycle = nullptr;
  server_.request_ends();
  // What nobody read is read and dropped, within the general limit.
  request_->answered = !request_->parser.message_complete();
  const bool in_step =
      !request_->answered || request_->parser.set_body_limit(server_.config().limits.body_bytes);
  if (!keep_alive || !in_step) return transport_.close();
  request_->close_when_complete = server_.draining();
  if (!processing_ && !request_->resume.linked()) server_.loop().schedule(request_->resume);
}

/// FIN would say that an answer of which only the connection's end tells the length is whole.
void HttpProtocol::response_broken() {
  if (request_->cycle->close_delimited()) transport_.abort();
  response_complete(false);
}

void HttpProtocol::body_wanted() {
  if (processing_) return;
  if (request_->backlog.empty()) {
    transport_.resume_reading();
    enter_phase();
  } else if (!request_->resume.linked()) {
    server_.loop().schedule(request_->resume);
  }
}

WebSocketProtocol* HttpProtocol::become_websocket(
    WebSocketSession& session, Scope::Owner& owner,
    const std::optional<WebSocketDeflateOptions>& deflate) {
  auto next = std::make_unique<WebSocketProtocol>(server_, transport_, session, owner, deflate);
  // What comes meanwhile has to wait until what came before is taken over.
  transport_.pause_reading();
  handed_over_ = true;
  WebSocketProtocol* websocket = next.get();
  websocket->take_over(transport_.set_protocol(std::move(next)), *this);
  return websocket;
}

namespace {

Headers refusal_headers(int status) {
  Headers headers{{"content-type", "text/plain; charset=utf-8"}};
  if (status == 503) headers.append("retry-after", "1");
  if (status == 426) {  // RFC 9110, 15.5.22; RFC 6455, 4.4
    headers.append("upgrade", "websocket");
    headers.append("connection", "upgrade");
    headers.append("sec-websocket-version", "13");
  }
  return headers;
}

}  // namespace

/// A complete answer and the connection's end.
void HttpProtocol::refuse(int status, std::string_view reason) {
  if (status < 500) log(LogLevel::kWarning, reason);
  if (request_->answered) return transport_.close();  // one answer a request
  const Headers headers = refusal_headers(status);
  if (request_->cycle) {
    const bool answering = request_->cycle->response_started();
    const bool looks_whole = request_->cycle->close_delimited();
    if (!answering) request_->cycle->refused(status, headers, reason.size());
    let_go(status == 504 ? Cycle::Handler::kCancelled : Cycle::Handler::kCancelledIfSafe, status);
    if (looks_whole) return transport_.abort();  // as where the application breaks off
    if (answering) return transport_.close();    // a second head would be read as its body
  } else {
    tell_refusal(status, headers, reason.size());
  }
  ResponseWriter writer;
  writer.begin({.head_request = request_->parser.head().method == Method::kHead,
                .http_minor = 1,
                .keep_alive = false});
  writer.whole(transport_.output(), status, headers, reason, server_.default_headers(), true);
  transport_.written();
  transport_.close();
}

/// Of a request that has no cycle. Where the head is at fault, or not there in time, its method may
/// be none, and even the line that the log would show: then the target is empty.
void HttpProtocol::tell_refusal(int status, const Headers& headers, std::size_t body_bytes) {
  RequestHead& head = request_->parser.head();
  const bool whole = request_->parser.error().status == 0;
  server_.request_refused(whole ? head.method : Method::kOther, status);
  if (!access_log_enabled() || !server_.logs_requests()) return;
  ForwardedRequest forwarded;
  if (whole && head.forwarded) forwarded = read_forwarded_fields(head);
  const bool from_proxy = !forwarded.client_host.empty();
  std::vector<std::string> logged;
  if (access_log_wants_headers()) logged = logged_headers(headers);
  log_access({.client_host = from_proxy ? forwarded.client_host : addresses_.client_host(),
              .client_port = from_proxy ? forwarded.client_port : addresses_.client_port(),
              .method = head.method_name,
              .target = head.target,
              .http_minor = head.http_minor,
              .status = status,
              .bytes = head.method == Method::kHead ? 0 : body_bytes,
              .headers = whole ? &head.headers : nullptr,
              .response_headers = logged});
}

void HttpProtocol::let_go(Cycle::Handler handler, int refusal) {
  if (!request_ || !request_->cycle) return;
  server_.request_ends();
  std::exchange(request_->cycle, nullptr)->disconnect(handler, refusal);
}

void HttpProtocol::eof_received() {
  half_closed_ = true;
  if (request_ && request_->cycle) {
    if (request_->cycle->scope.cancel_on_eof) return client_left();
    request_->cycle->input_ended();
  }
  if (!request_ || request_->backlog.empty()) input_ended();
}

/// Behind a request that waits for this one's answer, or a body that its handler does not read.
void HttpProtocol::eof_waits() {
  eof_waits_ = true;
  if (!request_ || !request_->cycle) return;
  if (request_->cycle->scope.cancel_on_eof) return client_left();
  request_->cycle->input_ended();
}

/// All that the client sent is parsed. It may send FIN behind its request and still wants its
/// answer.
void HttpProtocol::input_ended() {
  if (!request_ || !request_->cycle) return transport_.close();
  if (!request_->parser.message_complete()) refuse(400, "Request body ended early.");
}

/// By a route's `cancel_on_eof`.
void HttpProtocol::client_left() {
  let_go(Cycle::Handler::kCancelled);
  transport_.close();
}

void HttpProtocol::connection_lost(std::error_code) { let_go(Cycle::Handler::kCancelledIfSafe); }

void HttpProtocol::pause_writing() { writing_paused_ = true; }

void HttpProtocol::resume_writing() {
  writing_paused_ = false;
  if (!request_) return;
  if (request_->cycle)
    request_->cycle->writing_resumed();
  else if (!request_->resume.linked() && !processing_)
    server_.loop().schedule(request_->resume);
}

TimePoint HttpProtocol::now() const noexcept { return server_.loop().cached_time(); }

ConnectionState HttpProtocol::state() const noexcept {
  if (transport_.is_closing()) return ConnectionState::kClosing;
  if (!request_) return ConnectionState::kIdle;
  if (request_->cycle) return ConnectionState::kActive;
  return request_->answered || request_->parser.head_started() ? ConnectionState::kReading
                                                               : ConnectionState::kIdle;
}

void HttpProtocol::check_deadline(TimePoint now) {
  if (handed_over_) return;  // it is the websocket's, whose turn comes with the next pass
  if (!request_ && now < idle_until_) return;
  begin_request();
  if (request_->deadlines.phase() == Phase::kIdle && !request_->deadlines.passed(now)) return;
  if (request_->deadlines.answer_unread(now, transport_)) return transport_.abort();
  if (transport_.is_closing()) return;
  if (request_->deadlines.passed(now)) return deadline_passed();
  // The route may have become known only after the FIN.
  if (client_finished() && request_->cycle && request_->cycle->scope.cancel_on_eof) client_left();
}

void HttpProtocol::deadline_passed() {
  switch (request_->deadlines.phase()) {
    case Phase::kHead:
      // Who has said nothing at all is told nothing.
      if (!request_->parser.head_started()) return transport_.close();
      request_->parser.give_up(408, "Request Timeout");
      return refuse(408, "Request Timeout");
    case Phase::kBody: return refuse(408, "Request Timeout");
    case Phase::kHandler:
      if (request_->cycle && !request_->cycle->response_started())
        return refuse(504, "Gateway Timeout");
      return request_->deadlines.lift();
    case Phase::kIdle: return transport_.close();
  }
}

void HttpProtocol::shutdown(Duration grace) {
  if (!request_)
    idle_until_ = std::min(idle_until_, now() + grace);
  else if (!request_->cycle && !request_->parser.head_started())
    request_->deadlines.end_by(now() + grace);
}

}  // namespace capricorn
