// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "headers.hpp"

namespace capricorn {

/// The content codings that we speak (RFC 9110, 8.4.1; RFC 7932; RFC 8878). Deflate is only read:
/// servers and clients never agreed on what it is.
enum class ContentCoding : std::uint8_t { kIdentity, kGzip, kBrotli, kZstd, kDeflate };
inline constexpr std::size_t kContentCodings = 5;

/// "br"; "identity".
std::string_view coding_name(ContentCoding coding) noexcept;
/// By name, in whatever case; "x-gzip" is gzip.
std::optional<ContentCoding> parse_coding(std::string_view name) noexcept;

/// What a client takes (RFC 9110, 12.5.3): all lines of its Accept-Encoding in one.
class AcceptEncoding {
 public:
  explicit AcceptEncoding(const Headers& request) noexcept;

  /// The best of those offered; of equally good ones the first. Identity where the client likes
  /// that better or takes none of them; a client without the field has asked for nothing.
  ContentCoding best(std::span<const ContentCoding> offered) const noexcept;
  bool refuses_identity() const noexcept { return quality(ContentCoding::kIdentity) == 0; }

 private:
  using Quality = std::int16_t;  // thousandths
  static constexpr Quality kUnsaid = -1;

  Quality quality(ContentCoding coding) const noexcept;
  void read(std::string_view member) noexcept;

  std::array<Quality, kContentCodings> said_;
  Quality others_ = kUnsaid;  // "*"
};

}  // namespace capricorn
