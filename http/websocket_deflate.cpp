// SPDX-License-Identifier: MIT
#include "websocket_deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace capricorn {
namespace {

// What the sender leaves out at the end of each message (RFC 7692, 7.2.1).
constexpr std::string_view kTail{"\x00\x00\xff\xff", 4};

// A client decompresses what a smaller window than the agreed one made. 4 KiB of it, and this
// memLevel, cost a tenth of zlib's defaults and compress messages nearly as well.
constexpr int kWindowBits = 12;
constexpr int kMemLevel = 5;
constexpr std::size_t kLargestStep = 65536;

/// zlib counts in 32 bits.
uInt first_part(std::size_t size) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

Bytef* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

struct WebSocketInflater::Stream {
  Stream() {
    // The client was asked for no smaller window, so it may use the largest.
    if (inflateInit2(&zlib, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(&zlib); }
  bool between_blocks() const noexcept { return (zlib.data_type & 128) != 0; }
  z_stream zlib{};
};
void WebSocketInflater::Delete::operator()(Stream* stream) const noexcept { delete stream; }

WebSocketInflater::Result WebSocketInflater::feed(std::string_view compressed, Buffer& out,
                                                  std::size_t max) {
  if (compressed.empty()) return Result::kOk;
  if (!stream_) stream_.reset(new Stream);
  in_message_ = true;
  z_stream& zlib = stream_->zlib;
  zlib.next_in = bytes_of(compressed);
  zlib.avail_in = first_part(compressed.size());
  while (true) {
    const std::size_t step = std::clamp<std::size_t>(4UL * zlib.avail_in, 512, kLargestStep);
    const std::size_t room = std::min(step, max - out.size() + 1);
    zlib.next_out = reinterpret_cast<Bytef*>(out.prepare(room));
    zlib.avail_out = static_cast<uInt>(room);
    const int code = inflate(&zlib, Z_SYNC_FLUSH);
    out.commit(room - zlib.avail_out);
    if (out.size() > max) return Result::kTooLarge;
    if (code == Z_STREAM_END) {
      // A block may say that it is the last (7.2.3.4); others follow, and refer to what was before.
      inflateResetKeep(&zlib);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return Result::kInvalid;
    } else if (zlib.avail_out > 0) {
      return Result::kOk;  // it would have written more if there were more
    }
  }
}

WebSocketInflater::Result WebSocketInflater::finish(Buffer& out, std::size_t max) {
  if (!std::exchange(in_message_, false)) return Result::kOk;
  const Result result = feed(kTail, out, max);
  in_message_ = false;
  if (result != Result::kOk) return result;
  if (!stream_->between_blocks()) return Result::kInvalid;
  if (!keeps_context_) inflateReset(&stream_->zlib);
  return Result::kOk;
}

struct WebSocketDeflater::Stream {
  explicit Stream(int max_window_bits) {
    // zlib makes no smaller window than 9, of which it never refers farther back than 250 bytes:
    // what a window of 8 holds.
    const int bits = std::clamp(max_window_bits, 9, kWindowBits);
    if (deflateInit2(&zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, kMemLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Stream() { deflateEnd(&zlib); }
  z_stream zlib{};
};
void WebSocketDeflater::Delete::operator()(Stream* stream) const noexcept { delete stream; }

void WebSocketDeflater::compress(std::string_view message, Buffer& out) {
  if (!stream_) stream_.reset(new Stream(max_window_bits_));
  z_stream& zlib = stream_->zlib;
  while (!message.empty()) {
    const std::string_view part = message.substr(0, first_part(message.size()));
    message.remove_prefix(part.size());
    zlib.next_in = bytes_of(part);
    zlib.avail_in = static_cast<uInt>(part.size());
    const int flush = message.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH;
    do {
      const std::size_t room = std::clamp<std::size_t>(zlib.avail_in / 2, 256, kLargestStep);
      zlib.next_out = reinterpret_cast<Bytef*>(out.prepare(room));
      zlib.avail_out = static_cast<uInt>(room);
      deflate(&zlib, flush);
      out.commit(room - zlib.avail_out);
    } while (zlib.avail_out == 0);
  }
  out.truncate(out.size() - kTail.size());
  if (!keeps_context_) deflateReset(&zlib);
}

}  // namespace capricorn
