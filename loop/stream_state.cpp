// SPDX-License-Identifier: MIT
#include "stream_state.hpp"

#include <new>
#include <stdexcept>
#include <utility>

#include "log.hpp"
#include "socket_transport.hpp"
#include "ssl_error.hpp"
#include "tls_transport.hpp"

namespace capricorn {

StreamState::StreamState(Loop& loop, std::size_t limit, std::unique_ptr<Transport> transport,
                         const SocketAddress& peer, const SocketAddress& local)
    : loop_(loop), peer_(peer), local_(local), limit_(limit), transport_(std::move(transport)) {
  if (limit == 0) throw std::invalid_argument("Limit cannot be <= 0");
}

StreamState::~StreamState() {
  if (leaving_.scheduled() || leaving_.linked()) loop_.cancel_timer(leaving_);
  leave();
}

std::shared_ptr<StreamState> StreamState::over(Loop& loop, std::size_t limit, Socket socket) {
  const SocketAddress peer = SocketAddress::of_peer(socket.fd());
  const SocketAddress local = SocketAddress::of_local(socket.fd());
  auto transport = std::make_unique<SocketTransport>(loop, socket.fd());
  static_cast<void>(socket.release());  // the transport's, now that there is one
  SocketTransport& started = *transport;
  auto state = std::make_shared<StreamState>(loop, limit, std::move(transport), peer, local);
  started.start(*state);
  return state;
}

TlsTransport& StreamState::start_tls(std::unique_ptr<TlsEngine> engine,
                                     const TlsTransportOptions& options,
                                     HandshakeWatcher& watcher) {
  Transport& below = *transport_;
  auto transport =
      std::make_unique<TlsTransport>(loop_, std::move(transport_), std::move(engine), options);
  TlsTransport& tls = *transport;
  transport_ = std::move(transport);
  below.hand_over(tls);
  if (std::exchange(reading_paused_, false)) below.resume_reading();
  if (writing_paused_) resume_writing();  // told anew, if need be
  const Buffer before = std::move(buffer_);
  try {
    tls.start(*this, watcher);
    if (!before.empty()) tls.take_input(before.view());
    if (std::exchange(eof_, false)) tls.eof_received();
  } catch (...) {  // passes through: the watcher goes with the caller
    tls.forget_watcher();
    tls.abort();
    throw;
  }
  return tls;
}

void StreamState::check_readable() const {
  if (!error_) return;
  if (error_.category() == ssl_category()) throw SSLError(error_, error_.message());
  throw std::system_error(error_, "Connection lost");
}

Future<void> StreamState::wait_for_data(const char* function) {
  if (reader_ && !reader_->done()) {
    throw RuntimeError(std::string(function) +
                       "() called while another coroutine is already waiting for incoming data");
  }
  if (reading_paused_) resume_reading();
  return reader_.emplace(loop_);
}

std::string StreamState::take(std::size_t size) {
  std::string bytes(buffer_.view().substr(0, size));
  drop(bytes.size());
  return bytes;
}

void StreamState::drop(std::size_t size) {
  buffer_.consume(size);
  if (buffer_.empty()) buffer_.release();
  if (reading_paused_ && buffer_.size() <= limit_) resume_reading();
}

void StreamState::resume_reading() {
  reading_paused_ = false;
  transport_->resume_reading();
}

void StreamState::wake_reader() {
  if (reader_ && !reader_->done()) reader_->set_result();
}

void StreamState::data_received(std::string_view data) {
  buffer_.append(data);
  wake_reader();
  if (!reading_paused_ && buffer_.size() > 2 * limit_) {
    reading_paused_ = true;
    transport_->pause_reading();
  }
}

void StreamState::eof_received() {
  eof_ = true;
  wake_reader();
}

void StreamState::write(std::string_view bytes) {
  if (eof_written_) throw RuntimeError("Cannot call write() after write_eof()");
  if (!bytes.empty() && !transport_->is_closing()) transport_->write(bytes);
}

void StreamState::write_eof() {
  transport_->write_eof();  // over TLS it throws, and nothing has ended
  eof_written_ = true;
}

void StreamState::check_writable() const {
  check_readable();
  if (lost_) {
    throw std::system_error(std::make_error_code(std::errc::connection_reset), "Connection lost");
  }
}

Future<void> StreamState::wait_for_room() { return drainers_.add(loop_); }

void StreamState::resume_writing() {
  writing_paused_ = false;
  drainers_.wake_all();
}

Future<void> StreamState::wait_for_loss() { return closers_.add(loop_); }

void StreamState::connection_lost(std::error_code reason) {
  const std::shared_ptr<StreamState> last = std::move(self_);  // we, and the transport, may go
  if (leaving_.scheduled()) loop_.cancel_timer(leaving_);
  lost_ = true;
  error_ = reason;
  if (!reason) eof_ = true;
  wake_reader();
  drainers_.wake_all();
  closers_.wake_all();
  leave();
}

void StreamState::leave() noexcept {
  unlink();
  if (owner_) std::exchange(owner_, nullptr)->stream_gone();
}

void StreamState::forget_owner() noexcept {
  unlink();
  owner_ = nullptr;
}

/// From a destructor: what finds no memory to close in good order is aborted.
void StreamState::dropped(std::shared_ptr<StreamState> state) {
  if (state->lost_) return;
  StreamState& self = *state;
  try {
    if (!self.transport_->is_closing() && self.loop_.get_debug()) {
      log(LogLevel::kWarning,
          self.peer_ ? "unclosed stream to " + self.peer_.text() : std::string("unclosed stream"));
    }
    self.transport_->close();
    // Where no loop runs nobody would send it.
    if (self.transport_->write_buffer_size() > 0 && self.loop_.is_running()) {
      self.leave_behind(std::move(state));
    }
  } catch (const std::bad_alloc&) {
    self.transport_->abort();
  }
}

void StreamState::leave_behind(std::shared_ptr<StreamState> self) {
  self_ = std::move(self);
  leaving_.state = this;
  leaving_.waiting = transport_->write_buffer_size();
  loop_.schedule_at(leaving_, deadline(loop_.time(), kLeavingGrace));
}

void StreamState::check_progress() {
  const std::size_t before = std::exchange(leaving_.waiting, transport_->write_buffer_size());
  if (leaving_.waiting >= before) return transport_->abort();
  loop_.schedule_at(leaving_, deadline(loop_.time(), kLeavingGrace));
}

}  // namespace capricorn
