// SPDX-License-Identifier: MIT
#include "encoder.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

namespace capricorn {
namespace {

constexpr std::size_t kRoom = 16384;

/// The logarithm of the window that holds a body of that size.
int window_for(std::optional<std::uint64_t> size, int least, int most) {
  if (!size) return most;
  const int bits = std::bit_width(std::max<std::uint64_t>(*size, 1));
  return std::clamp(bits, least, most);
}

class GzipEncoder final : public Encoder {
 public:
  GzipEncoder(int level, std::optional<std::uint64_t> size) {
    // zlib cannot begin with a window of 2^8 bytes, and 16 more asks for gzip's header.
    const int window = window_for(size, 9, 15);
    const int memory = std::clamp(window - 7, 1, 8);
    if (::deflateInit2(&stream_, std::clamp(level, 1, 9), Z_DEFLATED, window + 16, memory,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipEncoder() override { ::deflateEnd(&stream_); }

  void encode(std::string_view bytes, Step step, Buffer& out) override {
    const int flush = step == Step::kFinish  ? Z_FINISH
                      : step == Step::kFlush ? Z_SYNC_FLUSH
                                             : Z_NO_FLUSH;
    do {
      const std::string_view piece = bytes.substr(0, std::numeric_limits<uInt>::max());
      bytes.remove_prefix(piece.size());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
      stream_.avail_in = static_cast<uInt>(piece.size());
      drain(bytes.empty() ? flush : Z_NO_FLUSH, out);
    } while (!bytes.empty());
  }

 private:
  void drain(int flush, Buffer& out) {
    int result = Z_OK;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out.prepare(kRoom));
      stream_.avail_out = kRoom;
      result = ::deflate(&stream_, flush);
      if (result == Z_STREAM_ERROR) throw std::logic_error("gzip: the body has ended already");
      out.commit(kRoom - stream_.avail_out);
    } while (stream_.avail_out == 0 && result != Z_STREAM_END);
  }

  z_stream stream_{};
};

class BrotliEncoder final : public Encoder {
 public:
  BrotliEncoder(int quality, std::optional<std::uint64_t> size)
      : state_(::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
    const int window = window_for(size, BROTLI_MIN_WINDOW_BITS, kWindow);
    set(BROTLI_PARAM_QUALITY, std::clamp(quality, BROTLI_MIN_QUALITY, BROTLI_MAX_QUALITY));
    set(BROTLI_PARAM_LGWIN, window);
    if (size) {
      constexpr std::uint64_t kMost = 1U << 30;
      set(BROTLI_PARAM_SIZE_HINT, static_cast<int>(std::min(*size, kMost)));
    }
  }
  ~BrotliEncoder() override { ::BrotliEncoderDestroyInstance(state_); }

  void encode(std::string_view bytes, Step step, Buffer& out) override {
    const BrotliEncoderOperation operation = step == Step::kFinish  ? BROTLI_OPERATION_FINISH
                                             : step == Step::kFlush ? BROTLI_OPERATION_FLUSH
                                                                    : BROTLI_OPERATION_PROCESS;
    std::size_t left = bytes.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    do {
      std::size_t room = kRoom;
      auto* to = reinterpret_cast<std::uint8_t*>(out.prepare(kRoom));
      if (!::BrotliEncoderCompressStream(state_, operation, &left, &next, &room, &to, nullptr)) {
        throw std::logic_error("brotli: the body has ended already");
      }
      out.commit(kRoom - room);
    } while (left > 0 || ::BrotliEncoderHasMoreOutput(state_));
  }

 private:
  /// A quarter of brotli's own default: a stream that lives long holds the window.
  static constexpr int kWindow = 20;

  void set(BrotliEncoderParameter parameter, int value) {
    ::BrotliEncoderSetParameter(state_, parameter, static_cast<std::uint32_t>(value));
  }

  BrotliEncoderState* state_;
};

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder(int level, std::optional<std::uint64_t> size) : context_(::ZSTD_createCCtx()) {
    if (!context_) throw std::bad_alloc();
    // RFC 9659: no decoder of a content coding has to take a window of more than 8 MiB, and up to
    // level 19 none is larger.
    set(ZSTD_c_compressionLevel, std::clamp(level, 1, 19));
    if (size) check(::ZSTD_CCtx_setPledgedSrcSize(context_, *size));
  }
  ~ZstdEncoder() override { ::ZSTD_freeCCtx(context_); }

  void encode(std::string_view bytes, Step step, Buffer& out) override {
    const ZSTD_EndDirective directive = step == Step::kFinish  ? ZSTD_e_end
                                        : step == Step::kFlush ? ZSTD_e_flush
                                                               : ZSTD_e_continue;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer to{out.prepare(kRoom), kRoom, 0};
      left = check(::ZSTD_compressStream2(context_, &to, &in, directive));
      out.commit(to.pos);
    } while (in.pos < in.size || (directive != ZSTD_e_continue && left > 0));
  }

 private:
  static std::size_t check(std::size_t result) {
    if (::ZSTD_isError(result)) {
      throw std::runtime_error(std::string("zstd: ") + ::ZSTD_getErrorName(result));
    }
    return result;
  }
  void set(ZSTD_cParameter parameter, int value) {
    check(::ZSTD_CCtx_setParameter(context_, parameter, value));
  }

  ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<Encoder> Encoder::make(ContentCoding coding, const CompressionLevels& levels,
                                       std::optional<std::uint64_t> size) {
  switch (coding) {
    case ContentCoding::kGzip: return std::make_unique<GzipEncoder>(levels.gzip, size);
    case ContentCoding::kBrotli: return std::make_unique<BrotliEncoder>(levels.brotli, size);
    case ContentCoding::kZstd: return std::make_unique<ZstdEncoder>(levels.zstd, size);
    default:
      throw std::invalid_argument("Expected a coding to compress with, got " +
                                  std::string(coding_name(coding)));
  }
}

}  // namespace capricorn
