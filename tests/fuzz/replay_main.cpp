// SPDX-License-Identifier: MIT
// A fuzzer as a test, with any compiler: every file of the corpus, then for a second what random
// changes make of them. The seed is fixed, so that a failure comes again.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  std::ranges::sort(files);
  std::vector<Bytes> corpus;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Bytes>& corpus) : corpus_(corpus) {}

  const Bytes& next() {
    bytes_ = corpus_[below(corpus_.size())];
    for (std::size_t changes = 1 + below(6); changes > 0; --changes) change();
    return bytes_;
  }

 private:
  std::size_t below(std::size_t bound) { return bound ? random_() % bound : 0; }
  std::uint8_t byte() {
    constexpr char kTelling[] = "\r\n\t :;,=\"\\%&/?*-+.0179afAF\0\x7f\x80\xff";
    return static_cast<std::uint8_t>(below(2) ? below(256) : kTelling[below(sizeof kTelling)]);
  }
  void change() {
    const std::size_t at = below(bytes_.size() + 1);
    const auto place = bytes_.begin() + static_cast<std::ptrdiff_t>(at);
    const Bytes& other = corpus_[below(corpus_.size())];
    const std::size_t from = below(other.size() + 1);
    const std::size_t count = below(other.size() - from + 1);
    switch (below(5)) {
      case 0: bytes_.insert(place, byte()); break;
      case 1:
        if (at < bytes_.size()) *place = byte();
        break;
      case 2:
        bytes_.erase(place, place + static_cast<std::ptrdiff_t>(
                                        below(std::min<std::size_t>(8, bytes_.size() - at) + 1)));
        break;
      case 3: bytes_.resize(at); break;
      default:
        if (bytes_.size() > 65536) break;
        const Bytes piece(other.begin() + static_cast<std::ptrdiff_t>(from),
                          other.begin() + static_cast<std::ptrdiff_t>(from + count));
        bytes_.insert(place, piece.begin(), piece.end());
    }
  }

  const std::vector<Bytes>& corpus_;
  std::mt19937_64 random_{20261121};
  Bytes bytes_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
    return 1;
  }
  const std::vector<Bytes> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: expected a corpus, but there is no file\n", argv[1]);
    return 1;
  }
  for (const Bytes& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
  Mutator mutator(corpus);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::size_t runs = 0;
  for (; runs < 1'000'000 && std::chrono::steady_clock::now() < end; ++runs) {
    // A copy of just the size, for the sanitizers.
    const Bytes input(mutator.next());
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu files and %zu changed ones\n", corpus.size(), runs);
  return 0;
}
