// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capricorn {

/// Values by their text, which whoever declares routes has chosen: none goes, and each request
/// looks some up. One multiplication a word and no division; std::unordered_map took three times
/// the instructions.
template <class T>
class TextTable {
 public:
  /// Made where there is none.
  T& operator[](std::string_view text) {
    const std::uint32_t hash = hash_of(text);
    if (!entries_.empty()) {
      if (const std::uint32_t found = slots_[slot_of(text, hash)].entry) {
        return entries_[found - 1].second;
      }
    }
    entries_.emplace_back(text, T());
    if (entries_.size() * 2 > slots_.size()) grow();
    slots_[slot_of(text, hash)] = {hash, static_cast<std::uint32_t>(entries_.size())};
    return entries_.back().second;
  }
  /// Null where there is none.
  const T* find(std::string_view text) const noexcept {
    if (entries_.empty()) return nullptr;
    const std::uint32_t found = slots_[slot_of(text, hash_of(text))].entry;
    return found ? &entries_[found - 1].second : nullptr;
  }
  /// In the order in which they came.
  auto begin() noexcept { return entries_.begin(); }
  auto end() noexcept { return entries_.end(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = 0;  // its index and one; 0: free
  };

  /// Where `text` is, or would be: the first free one behind its place.
  std::size_t slot_of(std::string_view text, std::uint32_t hash) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (!slot.entry || (slot.hash == hash && entries_[slot.entry - 1].first == text)) return at;
    }
  }
  /// The one that came last is not among the slots yet.
  void grow() {
    slots_.assign(slots_.empty() ? 8 : slots_.size() * 2, {});
    for (std::size_t i = 0; i + 1 < entries_.size(); ++i) {
      const std::uint32_t hash = hash_of(entries_[i].first);
      slots_[slot_of(entries_[i].first, hash)] = {hash, static_cast<std::uint32_t>(i + 1)};
    }
  }

  static std::uint64_t mix(std::uint64_t hash, const char* bytes, std::size_t size) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, size);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
    return hash ^ (hash >> 32);
  }
  static std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = text.size();
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; left -= 8, at += 8) hash = mix(hash, at, 8);
    if (left >= 4) {  // two halves that overlap
      hash = mix(hash, at, 4);
      hash = mix(hash, at + left - 4, 4);
    } else {
      for (; left > 0; --left, ++at) hash = mix(hash, at, 1);
    }
    return static_cast<std::uint32_t>(hash);
  }

  std::vector<std::pair<std::string, T>> entries_;
  std::vector<Slot> slots_;  // a power of two of them, at most half of them taken
};

}  // namespace capricorn
