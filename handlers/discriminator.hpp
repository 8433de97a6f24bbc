// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "field.hpp"
#include "literal.hpp"
#include "metadata.hpp"
#include "reflection.hpp"

/// Whether a Discriminator tells the models of a std::variant apart. The compiler finds it from
/// their types alone, without their tables: a model may contain the very union that it stands in.

namespace capricorn::detail {

/// The union below optionals; void where there is none.
template <class T>
struct UnionOf {
  using Type = void;
};
template <class... T>
struct UnionOf<std::variant<T...>> {
  using Type = std::variant<T...>;
};
template <class T>
struct UnionOf<std::optional<T>> : UnionOf<T> {};
template <class T>
struct UnionOf<std::unique_ptr<T>> : UnionOf<T> {};
template <class T>
struct UnionOf<std::shared_ptr<T>> : UnionOf<T> {};

/// A member, of which only a Literal<> has texts.
template <class T>
struct TagMember {
  static constexpr std::string_view kAlias = {};
  static constexpr std::span<const std::string_view> kTexts = {};
};
template <FixedString... texts>
struct TagMember<Literal<texts...>> {
  static constexpr std::string_view kAlias = {};
  static constexpr std::span<const std::string_view> kTexts = Literal<texts...>::kTexts;
};
template <class T, auto... options>
struct TagMember<Field<T, options...>> {
  static constexpr std::string_view kAlias = Options<options...>::kMetadata.alias;
  static constexpr std::span<const std::string_view> kTexts = TagMember<T>::kTexts;
};
template <class... F>
struct TagMembers {
  static constexpr std::string_view kAliases[sizeof...(F)] = {TagMember<F>::kAlias...};
  static constexpr std::span<const std::string_view> kTexts[sizeof...(F)] = {
      TagMember<F>::kTexts...};
};

/// By what one model of a union is known.
struct UnionTag {
  std::string_view name = {};  // of the member, on the wire
  std::span<const std::string_view> texts = {};
};

/// `name` is the member's own, as pydantic takes it, or that on the wire.
template <class Model>
constexpr UnionTag find_tag(std::string_view name) {
  using Members = decltype(with_fields(std::declval<Model&>(), [](auto&... field) {
    return TagMembers<std::remove_cvref_t<decltype(field)>...>{};
  }));
  UnionTag tag;
  split_values(FieldNames<Model>::kPrinted, [&](std::size_t i, std::string_view text) {
    const std::string_view own = last_identifier(text);
    const std::string_view alias = Members::kAliases[i];
    if (own == name || alias == name) tag = {alias.empty() ? own : alias, Members::kTexts[i]};
  });
  return tag;
}

/// Whether each has texts, all below one name.
template <std::size_t N>
constexpr bool have_texts(const std::array<UnionTag, N>& tags) {
  for (const UnionTag& tag : tags) {
    if (tag.texts.empty() || tag.name != tags[0].name) return false;
  }
  return true;
}

template <std::size_t N>
constexpr bool are_distinct(const std::array<UnionTag, N>& tags) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      for (const std::string_view text : tags[i].texts) {
        for (const std::string_view other : tags[k].texts) {
          if (text == other) return false;
        }
      }
    }
  }
  return true;
}

}  // namespace capricorn::detail
