// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "headers.hpp"
#include "method.hpp"

namespace capricorn {

/// Bytes of a representation; never empty.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  std::uint64_t end() const noexcept { return offset + size; }
  bool operator==(const ByteRange&) const = default;
};

/// What a Range field asks of a representation of `size` bytes (RFC 9110, 14.2).
struct RangeRequest {
  enum class Answer {
    kWhole,          // 200: no Range, another unit, or one that cannot be read
    kPartial,        // 206
    kUnsatisfiable,  // 416
  };
  Answer answer = Answer::kWhole;
  std::vector<ByteRange> ranges;  // as they were asked for; those that overlap are one
};

/// More ranges than these are no honest request: the field is ignored.
inline constexpr std::size_t kMaxRanges = 64;

/// Only GET has ranges. Together the ranges are never longer than the representation.
RangeRequest parse_range(const Headers& request, Method method, std::uint64_t size);

/// "bytes 0-499/1234"
std::string content_range(ByteRange range, std::uint64_t size);
/// "bytes */1234", what a 416 says.
std::string unsatisfied_range(std::uint64_t size);

/// A multipart/byteranges body (RFC 9110, 14.6): for each range its `head`, the bytes themselves,
/// and last of all the `end`.
class MultipartRanges {
 public:
  /// `boundary` must not occur in the representation: random enough.
  MultipartRanges(std::vector<ByteRange> ranges, std::uint64_t size, std::string_view media_type,
                  std::string boundary);

  std::string content_type() const;
  std::uint64_t content_length() const;
  const std::vector<ByteRange>& ranges() const noexcept { return ranges_; }
  /// The delimiter and the fields that stand before the bytes of ranges()[index].
  std::string head(std::size_t index) const;
  std::string end() const;

 private:
  std::vector<ByteRange> ranges_;
  std::uint64_t size_;
  std::string media_type_;
  std::string boundary_;
};

}  // namespace capricorn
