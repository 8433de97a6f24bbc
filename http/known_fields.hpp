// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "headers.hpp"

namespace capricorn {

/// A field that a parser is in, by its places in the head.
struct OpenField {
  std::uint32_t name_at = 0;
  std::uint32_t name_size = 0;
  std::uint32_t value_at = 0;
  std::uint32_t value_size = 0;
};

/// The fields of a request that came before, as they were sent and as they were read: a client
/// that stays repeats most of them with each request, and where every byte is the same, so is what
/// it says. HPACK spares sending them again (RFC 7541); this spares reading them. Several clients
/// may share one.
class KnownFields {
 public:
  /// What they say of a message that has these and no others.
  struct Verdict {
    bool keep_alive = false;
    bool forwarded = false;
  };
  static constexpr std::size_t kParserSize = 104;  // of an llhttp_t, whose header stays out of here
  /// The leading lines that rarely change, and the parser's state behind them.
  struct Checkpoint {
    std::size_t size = 0;    // in bytes; 0: there are none
    std::size_t fields = 0;  // that are complete
    OpenField last;          // its places are behind the request line; the next line completes it
    alignas(8) std::array<std::byte, kParserSize> llhttp{};
  };

  // A place keeps them twice, as sent and as read.
  static constexpr std::size_t kLongest = 4096;

  /// Whether `bytes` begin with them, up to the empty line, and nothing else is to be known.
  bool are_prefix_of(std::string_view bytes) const noexcept {
    if (!verdict_ || !bytes.substr(0, sent_.size()).ends_with("\r\n\r\n")) return false;
    return begin_alike(bytes, sent_.size());
  }
  std::size_t size() const noexcept { return sent_.size(); }
  const Verdict& verdict() const noexcept { return *verdict_; }
  /// Into headers that are empty, behind another request line.
  void copy_into(Headers& headers, std::string_view line) {
    misses_ = 0;
    Buffer bytes = copy_start(headers, line, sent_.size(), headers_.size());
    headers.adopt(std::move(bytes), headers_.size());
  }

  /// A request had others, and says as much: whether they shall be kept. Rarely where no two are
  /// alike, as keeping costs time, too.
  bool should_keep() noexcept { return is_due(++misses_); }
  /// Whether the checkpoint shall be looked for in a request that has others.
  bool should_look_for_checkpoint() noexcept { return is_due(++looks_); }
  /// Instead of those before: `headers` are of a head that ends with their first `same` bytes and
  /// `others`. Without a verdict only where they begin with these is of use.
  void keep(std::size_t same, std::string_view others, const Headers& headers,
            std::optional<Verdict> verdict) {
    if (same < checkpoint_.size) checkpoint_.size = 0;
    sent_.truncate(same);
    sent_.append(others);
    line_size_ = headers.bytes().size() - sent_.size();
    headers_ = headers.clone();
    verdict_ = verdict;
  }

  /// How many bytes of whole lines both begin with.
  std::size_t common_lines(std::string_view bytes) const noexcept {
    const std::string_view sent = sent_.view();
    const std::size_t end = sent.size() < 2 ? 0 : sent.size() - 2;  // of the last field's line
    std::size_t lines = 0;
    bool same = true;
    for (std::size_t at = 0; at < std::min(end, bytes.size()); ++at) {
      same &= bytes[at] == sent[at];
      lines = same && sent[at] == '\n' ? at + 1 : lines;
    }
    return lines;
  }
  void set_checkpoint(const Checkpoint& point) noexcept { checkpoint_ = point; }
  /// Null where `bytes` do not begin with it.
  const Checkpoint* checkpoint_of(std::string_view bytes) const noexcept {
    return begin_alike(bytes, checkpoint_.size) ? &checkpoint_ : nullptr;
  }
  /// The first `count` of them into headers that are empty; the first `size` bytes behind another
  /// request line, which the headers are to adopt.
  Buffer copy_start(Headers& headers, std::string_view line, std::size_t size,
                    std::size_t count) const {
    Buffer bytes;
    bytes.prepare(line.size() + size);
    bytes.append(line);
    bytes.append(headers_.bytes().substr(line_size_, size));
    // Unsigned: a shorter line makes the shift negative, and it wraps to the right place.
    headers.append_known(headers_, count, static_cast<std::uint32_t>(line.size() - line_size_));
    return bytes;
  }

 private:
  static constexpr std::uint32_t kRarely = 32;

  static bool is_due(std::uint32_t count) noexcept {
    return std::has_single_bit(count) || count % kRarely == 0;
  }

  static std::uint64_t word_at(const char* at) noexcept {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  /// Looks at all of them wherever the first difference is: how long it takes tells nobody what
  /// another client's cookies begin with. False for less than a word.
  bool begin_alike(std::string_view bytes, std::size_t size) const noexcept {
    if (size < sizeof(std::uint64_t) || bytes.size() < size) return false;
    const char* a = sent_.data();
    const char* b = bytes.data();
    std::uint64_t difference = 0;
    for (std::size_t at = 0; at + sizeof difference < size; at += sizeof difference) {
      difference |= word_at(a + at) ^ word_at(b + at);
    }
    const std::size_t last = size - sizeof difference;  // it overlaps the one before
    return (difference | (word_at(a + last) ^ word_at(b + last))) == 0;
  }

  Buffer sent_;
  Headers headers_;  // names in lower case, behind the line of their own request
  std::size_t line_size_ = 0;
  std::optional<Verdict> verdict_;
  Checkpoint checkpoint_;
  std::uint32_t misses_ = 0;  // in a row
  std::uint32_t looks_ = 0;
};

}  // namespace capricorn
