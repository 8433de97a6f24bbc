// SPDX-License-Identifier: MIT
#include "datagram.hpp"

#include <netdb.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "sleep.hpp"
#include "waiting_futures.hpp"

namespace capricorn {
namespace {

constexpr int kDatagramsAPass = 64;
constexpr std::size_t kLargestDatagram = 65536;

}  // namespace

/// What a DatagramEndpoint is a handle on: one socket, watched once and edge-triggered.
class DatagramState final : IoWatcher {
 public:
  DatagramState(Loop& loop, Socket socket)
      : IoWatcher(socket.fd()),
        loop_(loop),
        socket_(std::move(socket)),
        local_(SocketAddress::of_local(fd_)),
        remote_(SocketAddress::of_peer(fd_)) {
    loop_.watch(*this, kReadable | kEdgeTriggered);
  }
  ~DatagramState() { close(); }

  /// Nothing where it would block; throws where the endpoint is closed, or the system refuses.
  std::optional<Datagram> try_receive();
  /// Whether so many came out in this pass that the others have their turn first: a receiver would
  /// never suspend while they come faster than it deals with them.
  bool has_had_its_turn() noexcept;
  bool try_send(const std::string& data, const SocketAddress& address);
  Future<void> wait_for_datagram();
  Future<void> wait_for_room();
  void close() noexcept;
  bool closed() const noexcept { return fd_ < 0; }
  const SocketAddress& local() const noexcept { return local_; }

 private:
  void on_io(std::uint8_t events) override;
  void watch_room(bool wanted);
  void check_open() const;

  Loop& loop_;
  Socket socket_;
  SocketAddress local_;
  SocketAddress remote_;  // the only one, where there is one
  std::uint64_t pass_ = 0;
  int received_ = 0;  // in that pass
  std::unique_ptr<char[]> buffer_;
  std::optional<Future<void>> receiver_;
  WaitingFutures senders_;
  bool watches_room_ = false;
};

void DatagramState::check_open() const {
  if (closed()) throw std::system_error(EBADF, std::generic_category(), "datagram endpoint closed");
}

bool DatagramState::has_had_its_turn() noexcept {
  if (pass_ != loop_.pass_count()) received_ = 0;
  pass_ = loop_.pass_count();
  return received_++ == kDatagramsAPass;
}

std::optional<Datagram> DatagramState::try_receive() {
  check_open();
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  // Not the loop's: who receives may have been called by a transport that is read into it.
  if (!buffer_) buffer_.reset(new char[kLargestDatagram]);
  const ssize_t n = ::recvfrom(fd_, buffer_.get(), kLargestDatagram, 0,
                               reinterpret_cast<sockaddr*>(&name), &size);
  if (n < 0 && would_block()) return std::nullopt;
  if (n < 0) throw std::system_error(last_error(), "cannot receive a datagram");
  return Datagram{std::string(buffer_.get(), static_cast<std::size_t>(n)),
                  SocketAddress(reinterpret_cast<const sockaddr*>(&name), size)};
}

bool DatagramState::try_send(const std::string& data, const SocketAddress& address) {
  check_open();
  if (remote_ && address && !(address == remote_)) {
    throw std::invalid_argument("the endpoint sends to " + remote_.text() + " alone, not to " +
                                address.text());
  }
  const sockaddr* where = address && !remote_ ? address.data() : nullptr;
  const ssize_t n =
      ::sendto(fd_, data.data(), data.size(), MSG_NOSIGNAL, where, where ? address.size() : 0);
  if (n < 0 && would_block()) return false;
  if (n < 0) {
    throw std::system_error(last_error(), "cannot send a datagram to " + address.text());
  }
  return true;
}

Future<void> DatagramState::wait_for_datagram() {
  if (receiver_ && !receiver_->done()) {
    throw RuntimeError(
        "receive() called while another coroutine is already waiting for incoming data");
  }
  exhausted(kReadable);
  return receiver_.emplace(loop_);
}

Future<void> DatagramState::wait_for_room() {
  Future<void> room = senders_.add(loop_);
  watch_room(true);
  exhausted(kWritable);
  return room;
}

/// Only while somebody waits for it: each datagram that leaves is room, and would wake the loop.
void DatagramState::watch_room(bool wanted) {
  if (watches_room_ == wanted) return;
  // The selector looks at once: what came meanwhile is told, too.
  loop_.modify_watch(*this, kReadable | (wanted ? kWritable : 0) | kEdgeTriggered);
  watches_room_ = wanted;
}

void DatagramState::on_io(std::uint8_t events) {
  if ((events & ~kWritable) && receiver_ && !receiver_->done()) receiver_->set_result();
  if (!(events & kWritable)) return;
  senders_.wake_all();
  if (!closed()) watch_room(false);
}

void DatagramState::close() noexcept {
  if (closed()) return;
  loop_.unwatch(*this);
  fd_ = -1;
  socket_ = Socket();
  on_io(kReadable | kWritable);
}

namespace {

using State = std::shared_ptr<DatagramState>;  // what is under way outlives the handle

Task<Datagram> receive_from(State state) {
  for (;;) {
    if (state->has_had_its_turn()) co_await sleep(Duration::zero());
    if (std::optional<Datagram> datagram = state->try_receive()) co_return std::move(*datagram);
    co_await state->wait_for_datagram();
  }
}

Task<> send_through(State state, std::string data, SocketAddress address) {
  while (!state->try_send(data, address)) co_await state->wait_for_room();
}

bool allow(int fd, int option, bool wanted) noexcept {
  const int on = 1;
  return !wanted || ::setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) == 0;
}

/// Bound to `local`, connected to `remote`, where there is one; else empty, and errno.
Socket open_udp(const DatagramOptions& options, const SocketAddress& local,
                const SocketAddress& remote) {
  Socket socket = open_socket(local ? local.family() : remote.family(), SOCK_DGRAM);
  const int fd = socket.fd();
  const bool ready = socket && allow(fd, SO_REUSEPORT, options.reuse_port) &&
                     allow(fd, SO_BROADCAST, options.allow_broadcast) &&
                     (!local || ::bind(fd, local.data(), local.size()) == 0) &&
                     (!remote || ::connect(fd, remote.data(), remote.size()) == 0);
  if (ready) return socket;
  const int error = errno;
  socket = Socket();
  errno = error;
  return socket;
}

using Addresses = std::vector<SocketAddress>;

/// Over the first addresses that go together and will do: a name may have one of a family that
/// this machine has not. Throws for the first where none will.
Socket open_first(const DatagramOptions& options, const Addresses& locals,
                  const Addresses& remotes) {
  std::error_code refusal;
  for (const SocketAddress& remote : remotes) {
    for (const SocketAddress& local : locals) {
      if (local && remote && local.family() != remote.family()) continue;
      Socket socket = open_udp(options, local, remote);
      if (socket) return socket;
      if (!refusal) refusal = last_error();
    }
  }
  if (!refusal) refusal = std::make_error_code(std::errc::address_family_not_supported);
  const SocketAddress& remote = remotes.front();
  throw std::system_error(refusal, "cannot open a datagram endpoint on " + locals.front().text() +
                                       (remote ? " to " + remote.text() : ""));
}

}  // namespace

DatagramEndpoint::DatagramEndpoint(std::shared_ptr<DatagramState> state) noexcept
    : state_(std::move(state)) {}

DatagramEndpoint& DatagramEndpoint::operator=(DatagramEndpoint&& other) noexcept {
  if (this != &other) {
    if (state_) state_->close();
    state_ = std::move(other.state_);
  }
  return *this;
}

DatagramEndpoint::~DatagramEndpoint() {
  if (state_) state_->close();
}

Task<> DatagramEndpoint::send_to(std::string data, SocketAddress address) {
  return send_through(state_, std::move(data), address);
}
Task<> DatagramEndpoint::send(std::string data) {
  return send_through(state_, std::move(data), SocketAddress());
}
Task<Datagram> DatagramEndpoint::receive() { return receive_from(state_); }
void DatagramEndpoint::close() { state_->close(); }
bool DatagramEndpoint::is_closing() const noexcept { return state_->closed(); }
const SocketAddress& DatagramEndpoint::local() const noexcept { return state_->local(); }

Task<DatagramEndpoint> open_datagram(DatagramOptions options) {
  Addresses locals(1);  // nowhere
  Addresses remotes(1);
  const bool connects = !options.remote_host.empty();
  if (connects) {
    remotes = co_await getaddrinfo(options.remote_host, std::to_string(options.remote_port),
                                   {.type = SOCK_DGRAM});
  }
  if (!options.local_host.empty() || !connects || options.local_port != 0) {
    locals = co_await getaddrinfo(options.local_host, std::to_string(options.local_port),
                                  {.type = SOCK_DGRAM, .flags = AI_PASSIVE});
  }
  Socket socket = open_first(options, locals, remotes);
  co_return DatagramEndpoint(
      std::make_shared<DatagramState>(get_running_loop(), std::move(socket)));
}

}  // namespace capricorn
