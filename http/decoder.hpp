// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "../loop/buffer.hpp"
#include "content_coding.hpp"

namespace capricorn {

/// Decodes one body, piece by piece, and never more at once than it is asked for: a few bytes may
/// become a thousand times as many.
class Decoder {
 public:
  /// gzip (several members too), deflate (with zlib's header or without), brotli, zstd (several
  /// frames too, with windows of up to 8 MiB: RFC 9659). Throws std::invalid_argument for another.
  static std::unique_ptr<Decoder> make(ContentCoding coding);
  virtual ~Decoder() = default;

  /// Takes bytes off the front of `bytes` and appends at most `room` decoded ones to `out`. Throws
  /// std::runtime_error for bytes that this coding does not write. When it has taken all and
  /// appended less than `room`, it waits for more.
  virtual void decode(std::string_view& bytes, std::size_t room, Buffer& out) = 0;
  /// Whether the body may end here.
  virtual bool complete() const noexcept = 0;
};

}  // namespace capricorn
