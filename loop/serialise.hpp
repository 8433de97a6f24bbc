// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "errors.hpp"

namespace capricorn {

/// Values as bytes for another process of the same program, and back. Numbers, enums and other
/// trivially copyable values as they lie in memory; std::string, vector, array, optional, pair,
/// tuple, map and unordered_map of such. A struct with a pointer in it cannot be told from others:
/// the pointer means nothing over there.
class ArchiveWriter;
class ArchiveReader;

namespace detail {

/// How a type is written and read; left undefined for those that cannot be.
template <class T>
struct Archived;

template <class T>
concept ArchivedByForm = requires { sizeof(Archived<T>); };

/// A view of somebody else's memory.
template <class T>
concept Borrowing = std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
                    std::is_null_pointer_v<T> || requires(const T& view) {
                      typename T::element_type;
                      view.data();
                    } || (requires(const T& view) {
                      typename T::traits_type;
                      view.data();
                    } && std::is_trivially_copyable_v<T>);

template <class T>
concept ArchivedAsBytes =
    !ArchivedByForm<T> && std::is_trivially_copyable_v<T> && !Borrowing<T> && !std::is_union_v<T>;

}  // namespace detail

template <class T>
concept Serialisable = detail::ArchivedByForm<T> || detail::ArchivedAsBytes<T>;

class ArchiveWriter {
 public:
  template <class T>
  void write(const T& value) {
    static_assert(Serialisable<T>,
                  "this type cannot be sent to another process: use numbers, std::string, and "
                  "vectors, arrays, optionals, pairs, tuples and maps of these");
    if constexpr (detail::ArchivedAsBytes<T>)
      write_bytes(&value, sizeof value);
    else
      detail::Archived<T>::write(*this, value);
  }
  void write_size(std::size_t size) { write(static_cast<std::uint64_t>(size)); }
  void write_bytes(const void* bytes, std::size_t size) {
    bytes_.append(static_cast<const char*>(bytes), size);
  }
  std::string take() noexcept { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Throws RuntimeError where the bytes end too early. They outlive it.
class ArchiveReader {
 public:
  explicit ArchiveReader(std::string_view bytes) noexcept : rest_(bytes) {}

  template <class T>
  T read() {
    if constexpr (detail::ArchivedAsBytes<T>) {
      alignas(T) std::byte place[sizeof(T)];
      read_bytes(place, sizeof place);
      return *std::launder(reinterpret_cast<T*>(place));
    } else {
      return detail::Archived<T>::read(*this);
    }
  }
  /// Of what has at least `each` bytes an element.
  std::size_t read_size(std::size_t each) {
    const auto size = read<std::uint64_t>();
    if (each > 0 && size > rest_.size() / each) too_short();
    return static_cast<std::size_t>(size);
  }
  void read_bytes(void* out, std::size_t size) {
    if (size > rest_.size()) too_short();
    if (size > 0) std::memcpy(out, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  [[noreturn]] static void too_short() { throw RuntimeError("an archive ends too early"); }
  std::string_view rest_;
};

namespace detail {

template <>
struct Archived<std::string> {
  static void write(ArchiveWriter& out, const std::string& text) {
    out.write_size(text.size());
    out.write_bytes(text.data(), text.size());
  }
  static std::string read(ArchiveReader& in) {
    std::string text(in.read_size(1), '\0');
    in.read_bytes(text.data(), text.size());
    return text;
  }
};

template <Serialisable T>
struct Archived<std::vector<T>> {
  static constexpr bool kAtOnce = ArchivedAsBytes<T> && !std::is_same_v<T, bool>;

  static void write(ArchiveWriter& out, const std::vector<T>& items) {
    out.write_size(items.size());
    if constexpr (kAtOnce) {
      out.write_bytes(items.data(), items.size() * sizeof(T));
    } else {
      for (const T& item : items) out.write(item);
    }
  }
  static std::vector<T> read(ArchiveReader& in) {
    const std::size_t size = in.read_size(kAtOnce ? sizeof(T) : 1);
    std::vector<T> items;
    items.reserve(size);
    for (std::size_t i = 0; i < size; ++i) items.push_back(in.read<T>());
    return items;
  }
};

template <Serialisable T>
struct Archived<std::optional<T>> {
  static void write(ArchiveWriter& out, const std::optional<T>& value) {
    out.write(value.has_value());
    if (value) out.write(*value);
  }
  static std::optional<T> read(ArchiveReader& in) {
    return in.read<bool>() ? std::optional<T>(in.read<T>()) : std::nullopt;
  }
};

template <Serialisable... T>
struct Archived<std::tuple<T...>> {
  static void write([[maybe_unused]] ArchiveWriter& out, const std::tuple<T...>& values) {
    std::apply([&](const T&... each) { (out.write(each), ...); }, values);
  }
  // Braces, because they are evaluated from left to right.
  static std::tuple<T...> read([[maybe_unused]] ArchiveReader& in) {
    return std::tuple<T...>{in.read<T>()...};
  }
};

template <Serialisable A, Serialisable B>
struct Archived<std::pair<A, B>> {
  static void write(ArchiveWriter& out, const std::pair<A, B>& values) {
    out.write(values.first);
    out.write(values.second);
  }
  static std::pair<A, B> read(ArchiveReader& in) {
    return std::pair<A, B>{in.read<A>(), in.read<B>()};
  }
};

template <Serialisable T, std::size_t N>
  requires(!std::is_trivially_copyable_v<T>)
struct Archived<std::array<T, N>> {
  static void write(ArchiveWriter& out, const std::array<T, N>& items) {
    for (const T& item : items) out.write(item);
  }
  static std::array<T, N> read(ArchiveReader& in) {
    return [&in]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<T, N>{(static_cast<void>(I), in.read<T>())...};
    }(std::make_index_sequence<N>());
  }
};

template <class Map>
struct ArchivedMap {
  static void write(ArchiveWriter& out, const Map& map) {
    out.write_size(map.size());
    for (const auto& [key, value] : map) {
      out.write(key);
      out.write(value);
    }
  }
  static Map read(ArchiveReader& in) {
    Map map;
    for (std::size_t left = in.read_size(1); left > 0; --left) {
      auto key = in.read<typename Map::key_type>();
      map.emplace(std::move(key), in.read<typename Map::mapped_type>());
    }
    return map;
  }
};
template <Serialisable K, Serialisable V, class... Rest>
struct Archived<std::map<K, V, Rest...>> : ArchivedMap<std::map<K, V, Rest...>> {};
template <Serialisable K, Serialisable V, class... Rest>
struct Archived<std::unordered_map<K, V, Rest...>>
    : ArchivedMap<std::unordered_map<K, V, Rest...>> {};

}  // namespace detail

}  // namespace capricorn
