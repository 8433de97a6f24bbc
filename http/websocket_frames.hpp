// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "../loop/buffer.hpp"
#include "utf8.hpp"
#include "websocket_deflate.hpp"

namespace capricorn {

/// RFC 6455, 5.2.
enum class WebSocketOpcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

/// What ends a websocket: the code for its Close frame, and a reason.
struct WebSocketError {
  int code = 0;
  std::string_view reason;
};

/// Whether a Close frame may carry it: RFC 6455, 7.4, and what IANA registered since.
constexpr bool is_close_code(int code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

/// Reads a client's frames out of the bytes of its connection, one event a call, whatever pieces
/// they come in. What RFC 6455 forbids is refused with the first byte that shows it, text that is
/// no UTF-8 too; a message that is too large before it is stored. Fragments are put together, and
/// compressed messages decompressed as they come. Between messages it holds no memory.
class WebSocketParser {
 public:
  enum class Event : std::uint8_t { kNeedMore, kMessage, kPing, kPong, kClose, kError };

  /// `inflater` where permessage-deflate was agreed on; it outlives the parser.
  explicit WebSocketParser(std::size_t max_message, WebSocketInflater* inflater = nullptr) noexcept
      : max_message_(max_message), inflater_(inflater) {}
  WebSocketParser(const WebSocketParser&) = delete;
  WebSocketParser& operator=(const WebSocketParser&) = delete;

  /// Consumes from the front of `input` up to the next event; call it until kNeedMore. After kError
  /// there is only kError.
  Event parse(std::string_view& input);

  /// From kMessage to the next call.
  Buffer take_message() noexcept { return std::move(message_); }
  bool message_is_text() const noexcept { return text_; }
  /// Of a ping or a pong, until the next call.
  std::string_view payload() const noexcept { return {control_, control_size_}; }
  /// Of a Close frame, until the next call: 1005 where it is empty.
  int close_code() const noexcept { return close_code_; }
  std::string_view close_reason() const noexcept { return payload().substr(control_size_ ? 2 : 0); }
  const WebSocketError& error() const noexcept { return error_; }
  /// Whether a frame has begun and not ended.
  bool in_frame() const noexcept { return head_size_ > 0; }

 private:
  enum class Step : std::uint8_t { kHead, kPayload, kError };

  bool starts_whole_message(std::string_view input) const noexcept;
  Event take_whole_message(std::string_view& input);
  bool read_head(std::string_view& input);
  bool fill_head(std::string_view& input, std::size_t size) noexcept;
  bool check_opcode() noexcept;
  bool check_mask_and_size() noexcept;
  bool read_size() noexcept;
  void start_payload() noexcept;
  bool read_payload(std::string_view& input);
  bool take_data(std::string_view masked);
  bool inflate_data(std::string_view masked);
  bool check_inflated(WebSocketInflater::Result result, std::size_t from);
  void unmask(char* to, std::string_view masked) noexcept;
  bool end_message();
  Event end_control() noexcept;
  bool fail(int code, std::string_view reason) noexcept;
  Event failed() const noexcept { return step_ == Step::kError ? Event::kError : Event::kNeedMore; }

  WebSocketOpcode opcode() const noexcept { return WebSocketOpcode(head_[0] & 0x0f); }
  /// How much of the head there is before the mask, by its second byte.
  std::uint8_t size_bytes_end() const noexcept {
    const unsigned size = head_[1] & 0x7fU;
    return size == 127 ? 10 : size == 126 ? 4 : 2;
  }
  bool is_control() const noexcept { return (head_[0] & 0x08) != 0; }
  bool is_final() const noexcept { return (head_[0] & 0x80) != 0; }

  // Connection
  std::size_t max_message_;
  WebSocketInflater* inflater_;
  Step step_ = Step::kHead;
  WebSocketError error_;

  // Message
  Buffer message_;
  Utf8Validator utf8_;
  bool in_message_ = false;
  bool text_ = false;
  bool compressed_ = false;

  // Frame
  unsigned char head_[14];
  std::uint8_t head_size_ = 0;
  std::uint8_t mask_at_ = 0;  // in head_
  std::uint8_t control_size_ = 0;
  char control_[125];
  std::uint64_t size_ = 0;
  std::uint64_t done_ = 0;  // of its payload
  int close_code_ = 0;
};

/// Appends the head of a frame that is whole and not masked, as a server sends it.
void append_frame_head(Buffer& out, WebSocketOpcode opcode, std::size_t size,
                       bool compressed = false);
void append_frame(Buffer& out, WebSocketOpcode opcode, std::string_view payload);
/// Of the reason, whole characters of the first 123 bytes; 1005 says nothing, as an empty frame.
void append_close_frame(Buffer& out, int code, std::string_view reason);

}  // namespace capricorn
