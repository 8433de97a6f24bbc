// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "../loop/buffer.hpp"
#include "content_coding.hpp"

namespace capricorn {

/// How hard to try: gzip 1 to 9, brotli 0 to 11, zstd 1 to 19. What lies beyond is moved there.
struct CompressionLevels {
  int gzip = 6;
  int brotli = 4;
  int zstd = 3;
};

/// Encodes one body, piece by piece. It may be used on any thread, by one at a time.
class Encoder {
 public:
  enum class Step : std::uint8_t {
    kMore,    // more will come, nothing has to be out yet
    kFlush,   // all bytes so far can be decoded from what is out
    kFinish,  // the last piece
  };

  /// gzip, brotli or zstd; throws std::invalid_argument for another. `size` of the body, where it
  /// is known, spares memory. Throws std::bad_alloc.
  static std::unique_ptr<Encoder> make(ContentCoding coding, const CompressionLevels& levels,
                                       std::optional<std::uint64_t> size = {});
  virtual ~Encoder() = default;

  /// Appends to `out` what is ready.
  virtual void encode(std::string_view bytes, Step step, Buffer& out) = 0;
};

}  // namespace capricorn
