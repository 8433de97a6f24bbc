// SPDX-License-Identifier: MIT
#include "cycle.hpp"

#include "../http/client_disconnect.hpp"
#include "../http/url.hpp"
#include "../loop/log.hpp"
#include "../loop/sleep.hpp"
#include "app_task.hpp"
#include "http_protocol.hpp"
#include "log_line.hpp"
#include "logging.hpp"
#include "metrics.hpp"
#include "server.hpp"

namespace capricorn {

Cycle::Cycle(HttpProtocol& protocol, RequestHead& head)
    : scope{.method = head.method,
            .http_major = head.http_major,
            .http_minor = head.http_minor,
            .method_name = head.method_name,
            .scheme = protocol.scheme(),
            .raw_path = head.raw_path,
            .query_string = head.query_string,
            .root_path = protocol.server().config().root_path,
            .headers = std::move(head.headers),  // the views stay: the bytes do not move
            .client_host = protocol.addresses().client_host(),
            .client_port = protocol.addresses().client_port(),
            .server_host = protocol.addresses().server_host(),
            .server_port = protocol.addresses().server_port(),
            .max_body = protocol.server().config().limits.body_bytes,
            .owner = this,
            .shutdown = &protocol.server().shutdown_event()},
      protocol_(&protocol),
      server_(protocol.server()),
      addresses_(protocol.addresses()),
      began_(protocol.server().loop().cached_time()),
      expects_continue_(head.expect_continue) {
  scope.path = head.raw_path;
  if (head.escaped && percent_decode(head.raw_path, path_)) [[unlikely]]
    scope.path = path_.view();
  if (protocol.secure()) [[unlikely]]
    scope.tls = TlsExtension(protocol.transport().ssl_object());
  if (access_log_enabled() && server_.logs_requests()) target_.append(head.target);
  if (server_.logs_requests() && access_log_traces()) [[unlikely]] {
    trace_ = TraceContext::of(scope.headers);
    if (!trace_) trace_ = TraceContext::generate();
    scope.trace = &*trace_;
  }
  writer_.begin({.head_request = head.method == Method::kHead,
                 .http_minor = head.http_minor,
                 .keep_alive = head.keep_alive});
}

void Cycle::apply(const ForwardedRequest& forwarded) {
  if (!forwarded.client_host.empty()) {
    scope.client_host = forwarded.client_host;
    scope.client_port = forwarded.client_port;
  }
  if (!forwarded.scheme.empty()) scope.scheme = forwarded.scheme;
  if (forwarded.server_port != 0) scope.server_port = forwarded.server_port;
  if (!forwarded.prefix.empty()) scope.root_path = forwarded.prefix;
}

void Cycle::prefix_paths() {
  const std::string_view root = scope.root_path;
  const std::string_view path = scope.path;
  const bool below =
      path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
  if (below || !path.starts_with('/')) return;
  rooted_ = std::make_unique<RootedPaths>();
  rooted_->path.append(root);
  rooted_->path.append(path);
  rooted_->raw_path.append(root);
  rooted_->raw_path.append(scope.raw_path);
  scope.path = rooted_->path.view();
  scope.raw_path = rooted_->raw_path.view();
}

void Cycle::expect_websocket() { websocket_ = std::make_unique<WebSocketSession>(server_, *this); }

WebSocketProtocol* Cycle::become_websocket(const Headers& headers,
                                           const std::optional<WebSocketDeflateOptions>& deflate) {
  WebSocketProtocol* const next = protocol_->become_websocket(*websocket_, *this, deflate);
  protocol_ = nullptr;
  log_start(101, headers);
  request_over(RequestError::kNone);
  return next;
}

void Cycle::start() {
  // The application may end, and the connection let go, before this returns.
  const Hold hold(*this);
  AnyTask task = begin_app();
  if (!task.done()) task_ = std::move(task);
}

AnyTask Cycle::begin_app() {
  Context empty;
  std::optional<ContextScope> scope_of_request;
  if (server_.config().reset_contextvars) scope_of_request.emplace(empty);
  auto* app = new AppTask(*this);
  add_reference();    // the application's, until app_ended
  AnyTask task(app);  // the first reference is the loop's, until the task ended
  app->start(/*eager=*/true);
  return task;
}

/// Where there is no memory left to answer, the connection's end says so.
void Cycle::app_ended(bool failed) noexcept {
  failed_ = failed;
  try {
    if (websocket_ && websocket_->accepted()) websocket_->app_ended(failed);
    if (protocol_ && !writer_.complete()) [[unlikely]]
      answer_in_its_place();
    else if (protocol_) [[unlikely]]
      protocol_->transport().abort();  // it threw with its last piece, which has not left
  } catch (const std::exception& error) {
    log(LogLevel::kError, error.what());
    if (protocol_) protocol_->transport().abort();
  }
  drop_reference();
}

void Cycle::answer_in_its_place() {
  if (writer_.started()) {
    if (!failed_) log(LogLevel::kError, "Application returned without completing response.");
    let_go_of_protocol().response_broken();
    return;
  }
  if (!failed_) log(LogLevel::kError, "Application returned without starting response.");
  const Headers headers{{"content-type", "text/plain; charset=utf-8"}};
  log_start(500, headers);
  writer_.whole(protocol_->transport().output(), 500, headers, "Internal Server Error",
                server_.default_headers(), true);
  after_write();
}

/// The connection's reference goes with it; the application still holds its own.
HttpProtocol& Cycle::let_go_of_protocol() noexcept {
  HttpProtocol& connection = *std::exchange(protocol_, nullptr);
  request_over(failed_ || !writer_.complete() ? RequestError::kException : RequestError::kNone);
  body_or_end_.wake_all();
  --references_;
  return connection;
}

void Cycle::body_received(std::string_view bytes) {
  body_bytes_ += bytes.size();
  body_.append(bytes);
  body_or_end_.wake_all();
}

void Cycle::body_complete(std::unique_ptr<Headers> trailers) {
  trailers_ = std::move(trailers);
  body_complete_ = true;
  body_or_end_.wake_all();
}

void Cycle::refused(int status, const Headers& headers, std::size_t body_bytes) {
  if (scope.method != Method::kHead) response_bytes_ = body_bytes;
  log_start(status, headers);
}

void Cycle::disconnect(Handler handler, int refusal) {
  const bool late = refusal == 504 || refusal == 408;
  if (protocol_) {
    request_over(late           ? RequestError::kTimeout
                 : refusal == 0 ? RequestError::kDisconnect
                                : RequestError::kNone);
  }
  protocol_ = nullptr;
  left_ = true;
  body_or_end_.wake_all();
  drained_.wake_all();
  const bool safe = scope.method == Method::kGet || scope.method == Method::kHead;
  if (websocket_) websocket_->disconnected(1006, {}, false);
  const bool cancelled = handler == Handler::kCancelled || (safe && !websocket_);
  try {
    if (cancelled && task_ && !task_.done()) task_.cancel("client disconnected");
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "Out of memory: the handler of a client that left is not cancelled.");
  }
  drop_reference();  // the connection's
}

void Cycle::writing_resumed() { drained_.wake_all(); }

ValueTask<ReceiveEvent> Cycle::operator()() {
  if (websocket_) return websocket_->receive();
  if (!protocol_ || writer_.complete()) return ReceiveEvent(HttpDisconnect{});
  if (!std::exchange(body_asked_for_, true) && !begin_body()) {
    return ReceiveEvent(HttpDisconnect{});
  }
  if (body_delivered_) return wait_for_disconnect(Hold(*this));
  if (!body_.empty() || body_complete_) return next_body();
  return wait_for_body(Hold(*this));
}

/// The route's limit is known now, and only now may the client be told to send.
bool Cycle::begin_body() {
  if (!protocol_->limit_body(scope.max_body)) return false;
  if (std::exchange(expects_continue_, false) && !body_complete_ && !writer_.started()) {
    protocol_->transport().output().append("HTTP/1.1 100 Continue\r\n\r\n");
    protocol_->transport().written();
  }
  return true;
}

ReceiveEvent Cycle::next_body() {
  chunk_ = std::move(body_);
  body_delivered_ = body_complete_;
  if (protocol_ && !body_complete_) protocol_->body_wanted();
  return HttpRequest{chunk_.view(), !body_complete_, body_complete_ ? trailers_.get() : nullptr};
}

Task<ReceiveEvent> Cycle::wait_for_body(Hold<Cycle>) {
  while (protocol_ && body_.empty() && !body_complete_) {
    protocol_->body_wanted();
    Future<void> change = body_or_end_.add(server_.loop());
    co_await change;
  }
  if (!protocol_) co_return HttpDisconnect{};
  co_return next_body();
}

/// Behind the body there is only the client's leaving, or the end of the answer. Of a client that
/// goes without a reset FIN is all that is ever heard: who waits for its leaving takes it as that.
Task<ReceiveEvent> Cycle::wait_for_disconnect(Hold<Cycle>) {
  while (protocol_ && !protocol_->client_finished()) {
    Future<void> change = body_or_end_.add(server_.loop());
    co_await change;
  }
  co_return HttpDisconnect{};
}

bool Cycle::disconnected() const noexcept {
  return left_ || (protocol_ && protocol_->client_finished());
}

ValueTask<void> Cycle::operator()(const SendEvent& event) {
  if (websocket_ && websocket_->takes(event)) [[unlikely]]
    return websocket_->send(event);
  if (!protocol_) [[unlikely]]
    return send_to_nobody(event);
  const auto* whole = std::get_if<WholeResponse>(&event);
  if (!whole) return send_piece(event);
  const std::string_view rest =
      writer_.whole(protocol_->transport().output(), whole->status, whole->headers, whole->body,
                    server_.default_headers(), closes_after());
  if (!writer_.body_suppressed()) response_bytes_ += whole->body.size();
  log_start(whole->status, whole->headers);
  if (!rest.empty()) protocol_->transport().write(rest);
  return after_event();
}

ValueTask<void> Cycle::send_piece(const SendEvent& event) {
  Buffer& out = protocol_->transport().output();
  if (const auto* start = std::get_if<ResponseStart>(&event)) {
    writer_.start(out, start->status, start->headers, server_.default_headers(), closes_after());
    log_start(start->status, start->headers);
    protocol_->transport().written();  // leaves with the first of the body, or with the pass
    return {};
  } else if (const auto* body = std::get_if<ResponseBody>(&event)) {
    send_body(out, *body);
  } else if (const auto* range = std::get_if<FileRange>(&event)) {
    return send_file_range(*range, Hold(*this));
  } else if (const auto* hints = std::get_if<EarlyHints>(&event)) {
    writer_.early_hints(out, hints->headers);
  } else {
    throw std::logic_error("Expected a response event, but got one of another protocol.");
  }
  return after_event();
}

ValueTask<void> Cycle::after_event() {
  after_write();
  if (protocol_ && (++pieces_ % kPiecesATurn == 0 || protocol_->holds_up_sending())) [[unlikely]]
    return wait_to_send();
  return {};
}

ValueTask<void> Cycle::wait_to_send() { return drain(Hold(*this)); }

/// The answer is complete, or the client left, of which only an endless answer has to hear.
ValueTask<void> Cycle::send_to_nobody(const SendEvent& event) {
  if (writer_.complete()) {
    throw std::logic_error("Unexpected ASGI message sent, after response already completed.");
  }
  const auto* body = std::get_if<ResponseBody>(&event);
  const auto* range = std::get_if<FileRange>(&event);
  if ((body && body->more_body) || (range && range->more_body)) throw ClientDisconnect();
  return {};
}

/// A large piece goes to the kernel from where it lies.
void Cycle::send_body(Buffer& out, const ResponseBody& piece) {
  if (!writer_.body_suppressed()) response_bytes_ += piece.body.size();
  if (piece.body.size() < ResponseWriter::kCopiedBytes || writer_.body_suppressed()) {
    return writer_.body(out, piece.body, piece.more_body);
  }
  const std::string_view after = writer_.account(out, piece.body.size(), piece.more_body);
  protocol_->transport().write(piece.body);
  if (protocol_) protocol_->transport().output().append(after);
}

bool Cycle::closes_after() const noexcept {
  return server_.draining() || protocol_->body_abandoned();
}

void Cycle::after_write() {
  if (!protocol_) return;
  protocol_->transport().written();
  if (!writer_.complete()) return;
  let_go_of_protocol().response_complete(writer_.keep_alive());
  if (websocket_) websocket_->disconnected(1006, {}, false);  // it was refused
}

/// The client may have left before anybody awaits it.
Task<> Cycle::drain(Hold<Cycle>) {
  if (protocol_ && !protocol_->holds_up_sending()) co_await sleep(Duration::zero());
  while (protocol_ && protocol_->holds_up_sending()) {
    Future<void> drained = drained_.add(server_.loop());
    co_await drained;
  }
}

Task<> Cycle::send_file_range(FileRange range, Hold<Cycle>) {
  if (!protocol_) co_return;  // it has left before anybody awaited this
  Transport& transport = protocol_->transport();
  const std::string_view after = writer_.account(transport.output(), range.size, range.more_body);
  transport.written();
  bool sent = true;
  if (!writer_.body_suppressed()) {
    response_bytes_ += range.size;
    try {
      sent = co_await transport.send_file(range.fd, range.offset, range.size);
    } catch (...) {  // passes through: whoever gave up, what is missing cannot be sent any more
      if (protocol_) protocol_->transport().abort();
      throw;
    }
  }
  if (!protocol_) co_return;
  if (!sent) {  // the head promised more: only the connection's end can say so
    if (!transport.is_closing()) tell_of_short_file();
    transport.abort();
    co_return;
  }
  transport.output().append(after);
  after_write();
}

/// The client only sees a reset, and the access log that all went well.
void Cycle::tell_of_short_file() const {
  std::string line = "A file became shorter while it was sent, or cannot be read (";
  line += std::string(scope.method_name) + ' ';
  append_one_line(line, scope.path);
  log(LogLevel::kError, line + ")");
}

void Cycle::log_start(int status, const Headers& headers) noexcept {
  status_ = status;
  if (access_log_enabled() && server_.logs_requests()) log_head(headers);
}

/// An answer for whose line there is no memory is an answer all the same.
void Cycle::log_head(const Headers& headers) noexcept {
  try {
    if (access_log_wants_headers()) logged_headers_ = logged_headers(headers);
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "out of memory");
  }
  if (!access_log_waits()) log_end({});
}

void Cycle::log_end(Duration took) noexcept {
  log_access({.client_host = scope.client_host,
              .client_port = scope.client_port,
              .method = scope.method_name,
              .target = target_.empty() ? scope.raw_path : target_.view(),
              .http_minor = scope.http_minor,
              .status = status_,
              .websocket = websocket_ != nullptr,
              .request_id = scope.request_id,
              .trace_id = trace_ ? trace_->trace_id() : std::string_view(),
              .route = scope.route,
              .took = took,
              .bytes = response_bytes_,
              .headers = &scope.headers,
              .response_headers = logged_headers_});
}

/// The answer is whole, or nothing more of it will be sent.
void Cycle::request_over(RequestError error) noexcept {
  Metrics* metrics = server_.metrics();
  const bool logs = access_log_waits() && server_.logs_requests();
  if (!metrics && !logs) return;
  const Duration took = server_.loop().time() - began_;
  if (logs) log_end(took);
  if (!metrics) return;
  if (error == RequestError::kNone && status_ >= 500) error = RequestError::kStatus;
  const bool secure = scope.scheme.size() == (websocket_ ? 3 : 5);
  const UrlScheme scheme = websocket_ ? (secure ? UrlScheme::kWss : UrlScheme::kWs)
                                      : (secure ? UrlScheme::kHttps : UrlScheme::kHttp);
  metrics->request_ended({.kind = {.method = scope.method,
                                   .scheme = scheme,
                                   .http_minor = scope.http_minor,
                                   .error = error,
                                   .status = static_cast<std::uint16_t>(status_)},
                          .route = scope.route,
                          .took = took,
                          .request_bytes = body_bytes_,
                          .response_bytes = response_bytes_});
}

}  // namespace capricorn
