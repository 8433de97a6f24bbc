// SPDX-License-Identifier: MIT
#include "decoder.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

namespace capricorn {
namespace {

/// gzip and deflate.
class ZlibDecoder final : public Decoder {
 public:
  explicit ZlibDecoder(bool gzip) : gzip_(gzip) {
    if (gzip_) start(15 + 16);
  }
  ~ZlibDecoder() override {
    if (started_) ::inflateEnd(&stream_);
  }

  void decode(std::string_view& bytes, std::size_t room, Buffer& out) override {
    // RFC 9110, 8.4.1.2: zlib's format is meant, and some send bare deflate. Only the former begins
    // with a byte that names method 8 and a possible window.
    if (!started_ && !bytes.empty()) start((bytes[0] & 0x8f) == 8 ? 15 : -15);
    while (room > 0 && started_) {
      if (ended_ && (bytes.empty() || !next_member())) break;
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream_.avail_in = limited(bytes.size());
      stream_.next_out = reinterpret_cast<Bytef*>(out.prepare(room));
      stream_.avail_out = limited(room);
      const uInt offered = stream_.avail_in;
      const uInt wanted = stream_.avail_out;
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_MEM_ERROR) throw std::bad_alloc();
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        throw std::runtime_error(stream_.msg ? stream_.msg : "a dictionary is asked for");
      }
      bytes.remove_prefix(offered - stream_.avail_in);
      out.commit(wanted - stream_.avail_out);
      room -= wanted - stream_.avail_out;
      ended_ = result == Z_STREAM_END;
      if (!ended_ && bytes.empty() && stream_.avail_out > 0) break;
    }
  }
  bool complete() const noexcept override { return ended_; }

 private:
  static uInt limited(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }
  void start(int window) {
    if (::inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    started_ = true;
  }
  /// RFC 1952, 2.2: a gzip file is a series of members.
  bool next_member() {
    if (!gzip_) throw std::runtime_error("data after its end");
    ended_ = false;
    return ::inflateReset(&stream_) == Z_OK;
  }

  z_stream stream_{};
  bool gzip_;
  bool started_ = false;
  bool ended_ = false;
};

class BrotliDecoder final : public Decoder {
 public:
  BrotliDecoder() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }
  ~BrotliDecoder() override { ::BrotliDecoderDestroyInstance(state_); }

  void decode(std::string_view& bytes, std::size_t room, Buffer& out) override {
    if (complete()) {
      if (!bytes.empty()) throw std::runtime_error("data after its end");
      return;
    }
    std::size_t left = bytes.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out.prepare(room));
    std::size_t unused = room;
    const BrotliDecoderResult result =
        ::BrotliDecoderDecompressStream(state_, &left, &next, &unused, &to, nullptr);
    out.commit(room - unused);
    bytes.remove_prefix(bytes.size() - left);
    if (result == BROTLI_DECODER_RESULT_ERROR) {
      throw std::runtime_error(::BrotliDecoderErrorString(::BrotliDecoderGetErrorCode(state_)));
    }
    if (complete() && !bytes.empty()) throw std::runtime_error("data after its end");
  }
  bool complete() const noexcept override { return ::BrotliDecoderIsFinished(state_); }

 private:
  BrotliDecoderState* state_;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : context_(::ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    constexpr int kWindow = 23;
    ::ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kWindow);
  }
  ~ZstdDecoder() override { ::ZSTD_freeDCtx(context_); }

  void decode(std::string_view& bytes, std::size_t room, Buffer& out) override {
    if (frame_ended_ && bytes.empty()) return;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer to{out.prepare(room), room, 0};
    do {
      const std::size_t result = ::ZSTD_decompressStream(context_, &to, &in);
      if (::ZSTD_isError(result)) throw std::runtime_error(::ZSTD_getErrorName(result));
      frame_ended_ = result == 0;
    } while (in.pos < in.size && to.pos < to.size);
    out.commit(to.pos);
    bytes.remove_prefix(in.pos);
  }
  bool complete() const noexcept override { return frame_ended_; }

 private:
  ZSTD_DCtx* context_;
  bool frame_ended_ = false;
};

}  // namespace

std::unique_ptr<Decoder> Decoder::make(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::kGzip: return std::make_unique<ZlibDecoder>(true);
    case ContentCoding::kDeflate: return std::make_unique<ZlibDecoder>(false);
    case ContentCoding::kBrotli: return std::make_unique<BrotliDecoder>();
    case ContentCoding::kZstd: return std::make_unique<ZstdDecoder>();
    default:
      throw std::invalid_argument("Expected a coding to decode, got " +
                                  std::string(coding_name(coding)));
  }
}

}  // namespace capricorn
