// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "buffer.hpp"
#include "ssl_error.hpp"
#include "ssl_object.hpp"

// OpenSSL's SSL and BIO_METHOD: its headers stay in our sources.
struct bio_method_st;
struct ssl_st;

namespace capricorn {

class SSLContextState;

/// TLS without input and output of its own: bytes are handed to it where they lie, and what it has
/// for the peer it appends to a buffer of the caller's, so that nothing is copied between OpenSSL
/// and the transport below.
class TlsEngine {
 public:
  enum class Status : unsigned char { kDone, kWantsInput, kEnded, kFailed };

  /// A client says and verifies `server_hostname`: a name or an address, "" for neither. Throws
  /// SSLError, std::invalid_argument.
  TlsEngine(std::shared_ptr<SSLContextState> context, bool server_side,
            std::string server_hostname);
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;
  ~TlsEngine();

  /// What came from the peer, until it is taken; the bytes are the caller's.
  void feed(std::string_view input) noexcept { input_ = input; }
  std::string_view rest() const noexcept { return input_; }
  bool speaks_first() const noexcept;
  /// Whether a further `read` may give something.
  bool has_input() const noexcept;

  Status handshake(Buffer& out);
  /// Up to one record's bytes.
  Status read(char* to, std::size_t capacity, std::size_t& size, Buffer& out);
  Status write(std::string_view bytes, Buffer& out);
  /// Tells the peer that nothing more follows.
  void shut_down(Buffer& out);
  bool peer_has_ended() const noexcept;
  /// Bytes that the peer made us answer with, the handshake's not counted.
  std::size_t answered() const noexcept { return answered_; }

  /// Why the last call failed.
  const SSLFailure& failure() const noexcept { return failure_; }
  /// After the handshake. Lives on by itself.
  const std::shared_ptr<const SSLObject>& ssl_object();

  static bio_method_st* new_bio_method();

 private:
  struct Bio;
  void begin(Buffer& out) noexcept;
  Status outcome(int result);
  void fail();

  std::shared_ptr<SSLContextState> context_;
  std::string server_hostname_;
  std::string_view input_;
  Buffer* out_ = nullptr;  // while a call is under way
  bool starved_ = false;   // so far
  std::size_t answered_ = 0;
  SSLFailure failure_;
  std::shared_ptr<const SSLObject> object_;  // shared with the requests of this connection
  ssl_st* ssl_ = nullptr;
};

/// What the handshake has agreed on.
std::shared_ptr<const SSLObject> ssl_object_of(ssl_st* ssl);

}  // namespace capricorn
