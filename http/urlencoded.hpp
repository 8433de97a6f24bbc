// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace capricorn {

/// Reads an application/x-www-form-urlencoded body (WHATWG URL, 5.1) as its bytes come. It holds
/// one pair.
class UrlencodedParser {
 public:
  enum class Event : unsigned char {
    kMore,      // the bytes are used up
    kPair,      // a name and its value
    kTooLarge,  // for ever after
  };

  /// The name and value of a pair have at most `max_pair` bytes as they are sent.
  explicit UrlencodedParser(std::size_t max_pair) noexcept : max_pair_(max_pair) {}

  /// The next bytes; they stay where they are until `next` gives kMore.
  void feed(std::string_view bytes) noexcept { rest_ = bytes; }
  /// The body has ended: what is left is the last pair.
  void finish() noexcept { ended_ = true; }
  Event next();

  /// Of kPair; it may be moved out.
  std::pair<std::string, std::string>& pair() noexcept { return pair_; }

 private:
  const std::size_t max_pair_;
  std::string_view rest_;
  std::string begun_;  // of a pair, fed before
  std::pair<std::string, std::string> pair_;
  bool ended_ = false;
  bool too_large_ = false;
};

}  // namespace capricorn
