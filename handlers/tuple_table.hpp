// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace capricorn {

struct TypeInfo;

namespace detail {

template <class T>
struct Table;

/// Of a std::tuple or std::pair: what its places are, and where they lie, which is no constant.
template <class T>
struct TupleTable;
template <template <class...> class Tuple, class... T>
struct TupleTable<Tuple<T...>> {
  static_assert(!((std::is_const_v<T> || std::is_reference_v<T>) || ...),
                "the elements of a std::tuple or std::pair are neither const nor references: they "
                "are filled after it is made");
  static constexpr const TypeInfo* kElements[] = {&Table<T>::kValue...};

  template <std::size_t... I>
  static void* element(std::index_sequence<I...>, void* object, std::size_t index) {
    Tuple<T...>& tuple = *static_cast<Tuple<T...>*>(object);
    void* const elements[] = {&std::get<I>(tuple)...};
    return elements[index];
  }
  static void* element(void* object, std::size_t index) {
    return element(std::index_sequence_for<T...>{}, object, index);
  }
};

}  // namespace detail

}  // namespace capricorn
