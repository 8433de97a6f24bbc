// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "headers.hpp"

namespace capricorn {

/// The fields of a request that came before, as they were sent and as they were read: a client
/// that stays repeats them with each request, and where every byte is the same, so is what it
/// says. HPACK spares sending them again (RFC 7541); this spares reading them. Several clients may
/// share one.
class KnownFields {
 public:
  /// What they say of the message itself.
  struct Verdict {
    bool keep_alive = false;
    bool forwarded = false;
  };

  // A place keeps them twice, as sent and as read.
  static constexpr std::size_t kLongest = 4096;

  /// Whether `bytes` begin with them, up to the empty line. Looks at all of them wherever the first
  /// difference is: how long it takes tells nobody what another client's cookies begin with.
  bool are_prefix_of(std::string_view bytes) const noexcept {
    const std::size_t size = sent_.size();
    if (size < sizeof(std::uint64_t) || !bytes.substr(0, size).ends_with("\r\n\r\n")) return false;
    if (bytes.size() < size) return false;
    const char* a = sent_.data();
    const char* b = bytes.data();
    std::uint64_t difference = 0;
    for (std::size_t at = 0; at + sizeof difference < size; at += sizeof difference) {
      difference |= word_at(a + at) ^ word_at(b + at);
    }
    const std::size_t last = size - sizeof difference;  // it overlaps the one before
    return (difference | (word_at(a + last) ^ word_at(b + last))) == 0;
  }
  std::size_t size() const noexcept { return sent_.size(); }
  const Verdict& verdict() const noexcept { return verdict_; }

  /// A request had others: whether those shall be kept. Rarely where no two are alike, as keeping
  /// costs time, too.
  bool missed() noexcept { return std::has_single_bit(++misses_) || misses_ % kRarely == 0; }
  /// Instead of those before: `sent` is the end of a head whose fields are `headers`.
  void keep(std::string_view sent, const Headers& headers, Verdict verdict) {
    sent_.clear();
    sent_.append(sent);
    line_size_ = headers.bytes().size() - sent.size();
    headers_ = headers.clone();
    verdict_ = verdict;
  }
  /// Into headers that are empty, behind another request line.
  void give(Headers& headers, std::string_view line) {
    misses_ = 0;
    headers.adopt_behind(line, headers_, line_size_);
  }

 private:
  static constexpr std::uint32_t kRarely = 32;

  static std::uint64_t word_at(const char* at) noexcept {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  Buffer sent_;
  Headers headers_;  // names in lower case, behind the line of their own request
  std::size_t line_size_ = 0;
  Verdict verdict_;
  std::uint32_t misses_ = 0;  // in a row
};

}  // namespace capricorn
