// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

namespace capricorn::detail {

/// A good hash puts a few keys into each bucket. std::hash has no secret, so that a client can
/// choose keys that all belong into the same one, and each would be compared with all before it.
inline constexpr std::size_t kMostInBucket = 256;

template <class T, class Key>
bool is_crowded(const T& table, const Key& key) {
  if constexpr (requires { table.bucket(key); }) {
    if (table.size() < kMostInBucket) return false;
    const auto bucket = table.bucket(key);
    std::size_t count = 0;
    for (auto at = table.cbegin(bucket); at != table.cend(bucket); ++at) {
      if (++count == kMostInBucket) return true;
    }
  }
  return false;
}

/// The value for a key of a map, ordered or hashed; null where its bucket is crowded.
template <class T>
typename T::mapped_type* place_in(T& map, typename T::key_type key) {
  return is_crowded(map, key) ? nullptr : &map[std::move(key)];
}

/// Moves an element into a set, ordered or hashed; false where its bucket is crowded.
template <class T>
bool put_into(T& set, typename T::value_type& element) {
  if (is_crowded(set, element)) return false;
  set.insert(std::move(element));
  return true;
}

// What is said of it.
inline constexpr const char* kCrowdedType = "hash_collisions";
inline constexpr const char* kCrowdedMessage = "Input has too many keys with the same hash";

}  // namespace capricorn::detail
