// SPDX-License-Identifier: MIT
// Compressed bodies: refused, or the same however they are split.
#include <capricorn/http/decoder.hpp>
#include <capricorn/http/encoder.hpp>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

constexpr std::size_t kMost = 1 << 20;

/// Nothing where the bytes are refused or become too many.
std::optional<std::string> decode(ContentCoding coding, std::string_view bytes, std::size_t seed,
                                  std::size_t room) {
  const auto decoder = Decoder::make(coding);
  std::string out;
  bool good = true;
  fuzz::feed_in_pieces(bytes, seed, [&](std::string_view piece) {
    while (good) {
      Buffer some;
      try {
        decoder->decode(piece, room, some);
      } catch (const std::runtime_error&) {
        good = false;
        return;
      }
      fuzz::require(some.size() <= room, "no more is decoded than there is room for");
      out += some.view();
      good = out.size() <= kMost;
      if (some.size() < room) break;
    }
    fuzz::require(!good || piece.empty(), "all is taken where there is room");
  });
  if (!good || !decoder->complete()) return std::nullopt;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kCodings = {ContentCoding::kGzip, ContentCoding::kBrotli,
                                   ContentCoding::kZstd, ContentCoding::kDeflate};
  fuzz::Input input(data, size);
  const ContentCoding coding = kCodings[input.choose(kCodings.size())];
  const std::size_t seed = input.choose(16);
  const std::size_t room = 1 + input.choose(200);
  const auto whole = decode(coding, input.rest(), 0, 4096);
  fuzz::require(decode(coding, input.rest(), seed, room) == whole, "the pieces do not matter");
  if (coding == ContentCoding::kDeflate) return 0;
  Buffer encoded;
  const std::string_view text = input.rest();
  Encoder::make(coding, {}, text.size())->encode(text, Encoder::Step::kFinish, encoded);
  fuzz::require(decode(coding, encoded.view(), seed, room) == text, "what is encoded is read back");
  return 0;
}
