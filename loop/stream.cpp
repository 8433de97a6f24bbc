// SPDX-License-Identifier: MIT
#include "stream.hpp"

#include <algorithm>
#include <utility>

#include "sleep.hpp"
#include "ssl_context_state.hpp"
#include "tls_transport.hpp"

namespace capricorn {

IncompleteReadError::IncompleteReadError(std::string bytes, std::optional<std::size_t> wanted)
    : std::runtime_error(std::to_string(bytes.size()) + " bytes read on a total of " +
                         (wanted ? std::to_string(*wanted) : "undefined") + " expected bytes"),
      partial(std::move(bytes)),
      expected(wanted) {}
IncompleteReadError::~IncompleteReadError() = default;

LimitOverrunError::LimitOverrunError(const char* message, std::size_t bytes)
    : std::runtime_error(message), consumed(bytes) {}
LimitOverrunError::~LimitOverrunError() = default;

namespace {

using State = std::shared_ptr<StreamState>;  // a read under way outlives the handle

constexpr const char* kFoundTooLate = "Separator is found, but chunk is longer than limit";
constexpr const char* kNotFound = "Separator is not found, and chunk exceed the limit";

/// How far several separators are looked for at first.
constexpr std::size_t kFirstReach = 64;

/// What a search for a separator ended with; `at` is where it stands, or how much cannot hold it,
/// and `end` is behind it.
struct Search {
  enum class End { kFound, kFoundTooLate, kNotFound, kEndOfStream } how;
  std::size_t at;
  std::size_t end = 0;
};

/// Of the separators within `received` the one that ends first; of two the shorter.
std::optional<Search> find_within(std::string_view received, std::size_t from,
                                  const std::vector<std::string>& separators) {
  std::optional<Search> first;
  for (const std::string& separator : separators) {
    const std::size_t at = received.find(separator, from);
    if (at == std::string_view::npos) continue;
    const std::size_t end = at + separator.size();
    if (!first || end < first->end) first = Search{Search::End::kFound, at, end};
  }
  return first;
}

/// Where a search goes on behind so many bytes in which none of the separators is whole.
std::size_t behind(std::size_t size, std::size_t longest) noexcept {
  return size + 1 - std::min(size + 1, longest);
}

/// The same, by looking further and further: one of several separators may be nowhere, and would be
/// looked for in all that was received, again for each line of it.
std::optional<Search> find_first(std::string_view received, std::size_t from,
                                 const std::vector<std::string>& separators) {
  if (separators.size() == 1) return find_within(received, from, separators);
  const std::size_t longest = separators.back().size();
  for (std::size_t reach = kFirstReach;; reach *= 2) {
    const std::string_view near = received.substr(0, from + longest + reach);
    const std::optional<Search> found = find_within(near, from, separators);
    if (found || near.size() == received.size()) return found;
    from = behind(near.size(), longest);
  }
}

/// `separators` are sorted by size.
Task<Search> search(State state, std::vector<std::string> separators, const char* function) {
  state->check_readable();
  const std::size_t longest = separators.back().size();
  std::size_t from = 0;
  for (;;) {
    const std::string_view received = state->received();
    if (std::optional<Search> found = find_first(received, from, separators)) {
      if (found->at > state->limit()) found->how = Search::End::kFoundTooLate;
      co_return *found;
    }
    from = behind(received.size(), longest);
    if (from > state->limit()) co_return {Search::End::kNotFound, from};
    if (state->eof()) co_return {Search::End::kEndOfStream, received.size()};
    co_await state->wait_for_data(function);
    state->check_readable();
  }
}

Task<std::string> read_until(State state, std::vector<std::string> separators) {
  if (separators.empty()) {
    throw std::invalid_argument("Separator should contain at least one element");
  }
  std::ranges::sort(separators, {}, &std::string::size);
  if (separators.front().empty()) {
    throw std::invalid_argument("Separator should be at least one-byte string");
  }
  const Search found = co_await search(state, std::move(separators), "readuntil");
  switch (found.how) {
    case Search::End::kFound: break;
    case Search::End::kFoundTooLate: throw LimitOverrunError(kFoundTooLate, found.at);
    case Search::End::kNotFound: throw LimitOverrunError(kNotFound, found.at);
    case Search::End::kEndOfStream: throw IncompleteReadError(state->take(found.at), std::nullopt);
  }
  co_return state->take(found.end);
}

Task<std::string> read_line(State state) {
  std::vector<std::string> separators(1, "\n");
  const Search found = co_await search(state, std::move(separators), "readline");
  switch (found.how) {
    case Search::End::kFound: break;
    case Search::End::kFoundTooLate:
      state->drop(found.end);
      throw std::invalid_argument(kFoundTooLate);
    case Search::End::kNotFound:
      state->drop(state->received().size());
      throw std::invalid_argument(kNotFound);
    case Search::End::kEndOfStream: co_return state->take(found.at);
  }
  co_return state->take(found.end);
}

Task<std::string> read_exactly(State state, std::size_t n) {
  state->check_readable();
  while (state->received().size() < n) {
    if (state->eof()) throw IncompleteReadError(state->take(n), n);
    co_await state->wait_for_data("readexactly");
    state->check_readable();
  }
  co_return state->take(n);
}

Task<std::string> read_some(State state, std::ptrdiff_t n) {
  state->check_readable();
  if (n == 0) co_return std::string();
  const bool all = n < 0;
  while (!state->eof() && (all || state->received().empty())) {
    co_await state->wait_for_data("read");
    state->check_readable();
  }
  co_return state->take(all ? state->received().size() : static_cast<std::size_t>(n));
}

Task<> drain_state(State state) {
  state->check_readable();
  // Else one that writes and drains in a loop would never let the loss be told.
  if (state->transport().is_closing()) co_await sleep(Duration::zero());
  state->check_writable();
  if (!state->writing_paused()) co_return;
  co_await state->wait_for_room();
  state->check_readable();
}

/// Who waits for a handshake. Leaves it only with the connection.
struct Handshake final : HandshakeWatcher {
  explicit Handshake(Loop& loop) : over(loop) {}
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake() {
    if (ended || !transport) return;
    transport->forget_watcher();
    transport->abort();
  }
  void handshake_ended() override {
    ended = true;
    if (!over.done()) over.set_result();
  }
  Future<void> over;
  TlsTransport* transport = nullptr;
  bool ended = false;
};

Task<> start_state_tls(State state, SSLContext context, TLSOptions options) {
  state->check_writable();
  auto engine = std::make_unique<TlsEngine>(
      context.state(), context.protocol() == PROTOCOL_TLS_SERVER, options.server_hostname);
  Handshake handshake(get_running_loop());
  handshake.transport = &state->start_tls(std::move(engine),
                                          {.shutdown_timeout = options.ssl_shutdown_timeout,
                                           .handshake_timeout = options.ssl_handshake_timeout},
                                          handshake);
  co_await handshake.over;
  if (handshake.transport->failure()) handshake.transport->failure().raise();
}

Task<> wait_state_closed(State state) {
  if (!state->lost()) co_await state->wait_for_loss();
  state->check_readable();
}

}  // namespace

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    if (state_) StreamState::dropped(std::move(state_));
    state_ = std::move(other.state_);
  }
  return *this;
}

Stream::~Stream() {
  if (state_) StreamState::dropped(std::move(state_));
}

Task<std::string> Stream::read(std::ptrdiff_t n) { return read_some(state_, n); }
Task<std::string> Stream::readexactly(std::size_t n) { return read_exactly(state_, n); }
Task<std::string> Stream::readuntil(std::string separator) {
  return readuntil(std::vector<std::string>(1, std::move(separator)));
}
Task<std::string> Stream::readuntil(std::initializer_list<std::string_view> separators) {
  return readuntil(std::vector<std::string>(separators.begin(), separators.end()));
}
Task<std::string> Stream::readuntil(std::vector<std::string> separators) {
  return read_until(state_, std::move(separators));
}
Task<std::string> Stream::readline() { return read_line(state_); }
Task<> Stream::start_tls(SSLContext context, TLSOptions options) {
  return start_state_tls(state_, std::move(context), std::move(options));
}
Task<> Stream::drain() { return drain_state(state_); }
Task<> Stream::wait_closed() { return wait_state_closed(state_); }

}  // namespace capricorn
