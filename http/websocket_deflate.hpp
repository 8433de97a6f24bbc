// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "../loop/buffer.hpp"

namespace capricorn {

/// The decompressor of one websocket's messages (permessage-deflate, RFC 7692). Its memory, some
/// 40 KiB, is taken when the first compressed message comes.
class WebSocketInflater {
 public:
  enum class Result : std::uint8_t { kOk, kInvalid, kTooLarge };

  /// `keeps_context`: a message may refer to those before it.
  explicit WebSocketInflater(bool keeps_context) noexcept : keeps_context_(keeps_context) {}

  /// The next piece of a message, decompressed to the end of `out`, which grows to `max` + 1 bytes
  /// at most. After a result other than kOk the inflater is useless.
  Result feed(std::string_view compressed, Buffer& out, std::size_t max);
  /// The message has ended.
  Result finish(Buffer& out, std::size_t max);

 private:
  struct Stream;
  struct Delete {
    void operator()(Stream* stream) const noexcept;
  };

  std::unique_ptr<Stream, Delete> stream_;
  bool keeps_context_;
  bool in_message_ = false;
};

/// The compressor of one websocket's messages. Its memory, some 32 KiB, is taken with the first.
class WebSocketDeflater {
 public:
  /// `max_window_bits`, 8 to 15, is what the client can decompress.
  WebSocketDeflater(int max_window_bits, bool keeps_context) noexcept
      : max_window_bits_(max_window_bits), keeps_context_(keeps_context) {}

  /// Appends the message's compressed payload. It is not empty.
  void compress(std::string_view message, Buffer& out);

 private:
  struct Stream;
  struct Delete {
    void operator()(Stream* stream) const noexcept;
  };

  std::unique_ptr<Stream, Delete> stream_;
  int max_window_bits_;
  bool keeps_context_;
};

}  // namespace capricorn
