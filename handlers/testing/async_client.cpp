// SPDX-License-Identifier: MIT
#include "async_client.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "../../http/field_value.hpp"
#include "../../loop/timeout.hpp"
#include "../json_dom.hpp"
#include "content_decoder.hpp"
#include "http_exchange.hpp"
#include "test_lifespan.hpp"

namespace capricorn {

using detail::Answer;
using detail::ContentDecoder;
using detail::Exchange;
using detail::ExchangeReference;
using detail::HttpExchange;
using detail::OutgoingRequest;
using detail::TestLifespan;
using detail::WebSocketExchange;

namespace {

constexpr std::size_t kMaxRedirects = 20;
constexpr Duration kGraceful = std::chrono::seconds(30);  // as a server's

/// As httpx sends them, each unless the test has its own.
TextPairs with_defaults(TextPairs own) {
  TextPairs all = {{"accept", "*/*"},
                   {"accept-encoding", "gzip, deflate, br, zstd"},
                   {"connection", "keep-alive"},
                   {"user-agent", "testclient"}};
  std::erase_if(all, [&own](const auto& field) {
    return std::ranges::any_of(
        own, [&field](const auto& o) { return equals_ignoring_case(o.first, field.first); });
  });
  all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  return all;
}

template <class T>
Task<T> within(std::optional<Duration> time, Task<T> task) {
  if (time) co_return co_await timeout(*time, std::move(task));
  co_return co_await std::move(task);
}

/// Where whoever waits for the application is cancelled, that has nobody to answer to.
class Abandoning {
 public:
  explicit Abandoning(Exchange& exchange) noexcept : exchange_(exchange) {}
  Abandoning(const Abandoning&) = delete;
  ~Abandoning() { exchange_.abandon(); }

 private:
  Exchange& exchange_;
};

Task<> run_to_end(HttpExchange& exchange, std::optional<Duration> leave_after) {
  const Abandoning on_exit(exchange);
  TimerHandle leaving;
  if (leave_after) {
    leaving = get_running_loop().call_later(*leave_after, [&exchange] { exchange.disconnect(); });
  }
  co_await exchange.wait_for_end();
  leaving.cancel();
}

}  // namespace

WebSocketDenialResponse::WebSocketDenialResponse(TestResponse denial)
    : WebSocketDisconnect(1000, ""),
      response(std::make_shared<const TestResponse>(std::move(denial))) {}
WebSocketDenialResponse::~WebSocketDenialResponse() = default;

// ---------------------------------------------------------------- AsyncStream

AsyncStream::AsyncStream(ExchangeReference<HttpExchange> exchange, TestResponse head, bool raises)
    : exchange_(std::move(exchange)),
      head_(std::move(head)),
      decoder_(std::make_unique<ContentDecoder>(head_.headers)),
      raises_(raises) {}
AsyncStream::AsyncStream(AsyncStream&&) noexcept = default;
AsyncStream& AsyncStream::operator=(AsyncStream&&) noexcept = default;
AsyncStream::~AsyncStream() {
  if (exchange_ && *exchange_) (*exchange_)->disconnect();
}

Task<std::optional<std::string>> AsyncStream::next() {
  HttpExchange& exchange = **exchange_;
  while (auto chunk = co_await exchange.next_chunk()) {
    if (!decoder_->decodes()) co_return std::move(chunk);
    std::string decoded = decoder_->decode(*chunk);
    if (!decoded.empty()) co_return std::move(decoded);
  }
  co_await exchange.wait_for_end();
  throw_failure();
  co_return std::nullopt;
}

Task<std::optional<std::string>> AsyncStream::next_line() {
  std::size_t end = lines_.find('\n', line_);
  while (end == std::string::npos) {
    lines_.erase(0, std::exchange(line_, 0));
    const std::size_t searched = lines_.size();
    const std::optional<std::string> more = co_await next();
    if (!more && lines_.empty()) co_return std::nullopt;
    if (!more) co_return std::exchange(lines_, {});
    lines_ += *more;
    end = lines_.find('\n', searched);
  }
  std::string line = lines_.substr(line_, end - line_);
  line_ = end + 1;
  if (line.ends_with('\r')) line.pop_back();
  co_return std::move(line);
}

Task<std::string> AsyncStream::read() {
  std::string all = std::exchange(lines_, {}).substr(std::exchange(line_, 0));
  while (const auto chunk = co_await next()) all += *chunk;
  co_return std::move(all);
}

Task<> AsyncStream::close() {
  HttpExchange& exchange = **exchange_;
  exchange.disconnect();
  co_await exchange.wait_for_end();
  throw_failure();
}

void AsyncStream::throw_failure() {
  const std::exception_ptr& failure = (*exchange_)->failure();
  if (raises_ && failure) std::rethrow_exception(failure);
}

// ---------------------------------------------------------------- AsyncWebSocket

AsyncWebSocket::AsyncWebSocket(ExchangeReference<WebSocketExchange> exchange, bool raises,
                               std::optional<Duration> timeout) noexcept
    : exchange_(std::move(exchange)), raises_(raises), timeout_(timeout) {}
AsyncWebSocket::AsyncWebSocket(AsyncWebSocket&&) noexcept = default;
AsyncWebSocket& AsyncWebSocket::operator=(AsyncWebSocket&&) noexcept = default;
AsyncWebSocket::~AsyncWebSocket() {
  if (exchange_) exchange_->close(1006, "");
}

const std::optional<std::string>& AsyncWebSocket::accepted_subprotocol() const noexcept {
  return exchange_->subprotocol();
}
const Headers& AsyncWebSocket::extra_headers() const noexcept {
  return exchange_->accept_headers();
}

Task<WebSocketMessage> AsyncWebSocket::receive() {
  std::optional<WebSocketMessage> message = co_await within(timeout_, exchange_->next());
  if (!message) throw_end();
  co_return std::move(*message);
}

void AsyncWebSocket::throw_end() {
  const std::exception_ptr& failure = exchange_->failure();
  if (raises_ && failure) std::rethrow_exception(failure);
  if (exchange_->end()) throw WebSocketDisconnect(*exchange_->end());
  throw WebSocketDisconnect(failure ? 1011 : 1000, failure ? "Internal server error" : "");
}

Task<std::string> AsyncWebSocket::receive_text() {
  WebSocketMessage message = co_await receive();
  if (!message.text) throw std::runtime_error("expected text, got bytes");
  co_return std::move(message.data);
}

Task<std::string> AsyncWebSocket::receive_bytes() {
  WebSocketMessage message = co_await receive();
  if (message.text) throw std::runtime_error("expected bytes, got text: " + message.data);
  co_return std::move(message.data);
}

Task<nlohmann::json> AsyncWebSocket::receive_json() {
  const std::string text = co_await receive_text();
  co_return parse_json(text);
}

Task<> AsyncWebSocket::close(int code, std::string reason) {
  exchange_->close(code, std::move(reason));
  co_await exchange_->wait_for_end();
  if (raises_ && exchange_->failure()) std::rethrow_exception(exchange_->failure());
}

// ---------------------------------------------------------------- AsyncClient

AsyncClient::AsyncClient(Application& application, TestClientOptions options)
    : application_(application),
      options_(std::move(options)),
      base_(Uri::parse(options_.base_url)),
      peer_{options_.client.first, options_.client.second, options_.root_path},
      headers_(with_defaults(options_.headers)),
      house_(std::make_shared<detail::ExchangeHouse>()) {
  for (const auto& [name, value] : options_.cookies) cookies_.set(name, value);
}
AsyncClient::~AsyncClient() = default;

Task<> AsyncClient::startup() {
  if (!lifespan_) lifespan_ = std::make_unique<TestLifespan>(application_);
  co_await lifespan_->startup();
}

Task<> AsyncClient::shutdown() {
  house_->shutdown.set();
  const bool ended = co_await house_->wait_until_vacant(kGraceful);
  if (!ended) {
    for (Exchange* exchange : house_->exchanges) exchange->abandon();
    co_await house_->wait_until_vacant(std::nullopt);
  }
  if (lifespan_) co_await lifespan_->shutdown();
}

/// Cookies live by the loop's clock, which may be a virtual one.
CookieJar::Time AsyncClient::now() {
  const TimePoint time = get_running_loop().time();
  if (!epoch_) epoch_.emplace(time, std::chrono::system_clock::now());
  return epoch_->second +
         std::chrono::duration_cast<CookieJar::Time::duration>(time - epoch_->first);
}

OutgoingRequest AsyncClient::make(std::string_view method, std::string_view url,
                                  const TestRequestOptions& options) {
  Uri uri = base_.join(url);
  const std::string cookies = cookies_.header(uri, now());
  return detail::make_request(method, std::move(uri), headers_, cookies, options);
}

void AsyncClient::take_cookies(const Uri& from, TestResponse& response) {
  for (const Headers::Field field : response.headers) {
    if (field.name != "set-cookie") continue;
    cookies_.store(from, field.value, now());
    response.cookies.store(from, field.value, now());
  }
}

ExchangeReference<HttpExchange> AsyncClient::begin(const OutgoingRequest& outgoing,
                                                   const TestRequestOptions& options,
                                                   bool streamed) {
  ExchangeReference exchange(new HttpExchange(house_, outgoing, peer_, options, streamed));
  exchange->start(application_);
  return exchange;
}

Task<TestResponse> AsyncClient::request(std::string method, std::string url,
                                        TestRequestOptions options) {
  OutgoingRequest next = make(method, url, options);
  std::vector<TestResponse> history;
  for (;;) {
    TestResponse response = co_await exchange(next, options);
    if (!options.follow_redirects.value_or(options_.follow_redirects) || !response.is_redirect()) {
      response.history = std::move(history);
      co_return std::move(response);
    }
    if (history.size() == kMaxRedirects) {
      throw std::runtime_error("Exceeded maximum allowed redirects.");
    }
    detail::redirect(next, response.status_code, response.header("location"));
    const std::string cookies = cookies_.header(next.uri, now());
    next.headers.remove("cookie");
    if (!cookies.empty()) next.headers.append("cookie", cookies);
    history.push_back(std::move(response));
  }
}

// What these refer to lies in the caller's frame.
Task<TestResponse> AsyncClient::exchange(const OutgoingRequest& outgoing,
                                         const TestRequestOptions& options) {
  const auto exchange = begin(outgoing, options, false);
  co_await within(options.timeout, run_to_end(*exchange, options.leave_after));
  Answer& answer = exchange->answer();
  if (exchange->failure()) {
    if (options_.raise_server_exceptions) std::rethrow_exception(exchange->failure());
    if (!answer.started()) answer.replace(500, "Internal Server Error");
  }
  TestResponse response = std::move(answer.response());
  response.url = outgoing.uri.str();
  response.route = exchange->scope.route;
  response.set_content(answer.take_unread());
  take_cookies(outgoing.uri, response);
  co_return std::move(response);
}

Task<AsyncStream> AsyncClient::stream(std::string method, std::string url,
                                      TestRequestOptions options) {
  const OutgoingRequest outgoing = make(method, url, options);
  auto exchange = begin(outgoing, options, true);
  co_await within(options.timeout, exchange->wait_for_head());
  Answer& answer = exchange->answer();
  if (!answer.started()) {
    if (options_.raise_server_exceptions && exchange->failure()) {
      std::rethrow_exception(exchange->failure());
    }
    answer.replace(500, "Internal Server Error");
  }
  TestResponse head = std::move(answer.response());
  head.url = outgoing.uri.str();
  head.route = exchange->scope.route;
  take_cookies(outgoing.uri, head);
  co_return AsyncStream(std::move(exchange), std::move(head), options_.raise_server_exceptions);
}

namespace {

void add_handshake(OutgoingRequest& request, const std::vector<std::string>& subprotocols) {
  request.headers.set("connection", "upgrade");
  request.headers.append("upgrade", "websocket");
  request.headers.append("sec-websocket-key", "dGVzdHNlcnZlcnNlcnZlcg==");
  request.headers.append("sec-websocket-version", "13");
  std::string offered;
  for (const std::string& subprotocol : subprotocols) {
    offered.append(offered.empty() ? "" : ", ").append(subprotocol);
  }
  if (!offered.empty()) request.headers.append("sec-websocket-protocol", offered);
}

}  // namespace

Task<AsyncWebSocket> AsyncClient::websocket_connect(std::string url, TestWebSocketOptions options) {
  OutgoingRequest outgoing = make("GET", url,
                                  {.params = std::move(options.params),
                                   .headers = std::move(options.headers),
                                   .cookies = std::move(options.cookies)});
  if (outgoing.uri.scheme.starts_with("http")) outgoing.uri.scheme.replace(0, 4, "ws");
  add_handshake(outgoing, options.subprotocols);
  ExchangeReference exchange(new WebSocketExchange(house_, outgoing, peer_, options.subprotocols));
  exchange->start(application_);
  co_await within(options.timeout, exchange->wait_for_handshake());
  const bool raises = options_.raise_server_exceptions;
  if (exchange->accepted()) co_return AsyncWebSocket(std::move(exchange), raises, options.timeout);
  co_await exchange->wait_for_end();
  if (raises && exchange->failure()) std::rethrow_exception(exchange->failure());
  if (Answer* denial = exchange->denial()) {
    TestResponse response = std::move(denial->response());
    response.url = outgoing.uri.str();
    response.set_content(denial->take_unread());
    throw WebSocketDenialResponse(std::move(response));
  }
  throw exchange->end() ? WebSocketDisconnect(*exchange->end())
                        : WebSocketDisconnect(1011, "Internal server error");
}

}  // namespace capricorn
