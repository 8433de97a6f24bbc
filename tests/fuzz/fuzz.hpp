// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

/// Each file beside this one is a fuzzer: libFuzzer's function, linked either with libFuzzer
/// (`./dev fuzz`) or, as one of the tests, with replay_main.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace capricorn::fuzz {

/// What must hold whatever comes in; NDEBUG does not take it away.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: this does not hold: %s\n", what);
  std::abort();
}

/// An input, of which the fuzzer takes decisions from the end, and the rest as bytes.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  /// Below `bound`, which is 256 at most.
  std::size_t choose(std::size_t bound) {
    if (bytes_.empty()) return 0;
    const auto last = static_cast<unsigned char>(bytes_.back());
    bytes_.remove_suffix(1);
    return last % bound;
  }
  std::string_view rest() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

/// Hands `bytes` to `feed` in pieces whose sizes follow from `seed`: all at once for 0, byte by
/// byte for 1. Each piece is a copy of its own, so that a sanitizer sees who reads beyond it.
template <class F>
void feed_in_pieces(std::string_view bytes, std::size_t seed, F feed) {
  std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761U + 1;
  while (!bytes.empty()) {
    state = state * 1664525U + 1013904223U;
    std::size_t size = seed == 0 ? bytes.size() : seed == 1 ? 1 : 1 + (state >> 24) % (seed + 1);
    if (size > bytes.size()) size = bytes.size();
    const std::vector<char> piece(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    feed(std::string_view(piece.data(), piece.size()));
    bytes.remove_prefix(size);
  }
}

}  // namespace capricorn::fuzz
