// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "../loop/fixed_string.hpp"
#include "constraints.hpp"

namespace capricorn {

/// What happens to fields that a model does not have.
enum class Extra : std::uint8_t { kIgnore, kForbid };

/// What a field or a parameter says of itself beside its constraints, as template arguments:
/// `Query<std::string, "q", Alias{"item-query"}, Title{"Query"}, Deprecated{}>`. All texts are the
/// client's: names on the wire, and the words of the OpenAPI document.
struct FieldMetadata {
  std::string_view alias = {};
  std::string_view title = {};
  std::string_view description = {};
  std::string_view format = {};
  std::string_view media_type = {};
  std::string_view discriminator = {};
  bool deprecated = false;
  bool include_in_schema = true;
  bool convert_underscores = true;
  bool embed = false;
  bool from_mount = false;
  Extra extra = Extra::kIgnore;
  enum class Presence : std::uint8_t { kByType, kRequired, kNotRequired };
  Presence presence = Presence::kByType;
};

namespace detail {

/// A text that is the same inside a JSON string.
constexpr bool is_plain_name(std::string_view name) {
  for (const char c : name) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

}  // namespace detail

/// The name on the wire, where it is not the member's or the parameter's own: without quotes,
/// backslashes and control characters.
template <std::size_t N>
struct Alias {
  FixedString<N> value;
  constexpr void apply(FieldMetadata& metadata) const { metadata.alias = value.view(); }
};
template <std::size_t N>
struct Title {
  FixedString<N> value;
  constexpr void apply(FieldMetadata& metadata) const { metadata.title = value.view(); }
};
template <std::size_t N>
struct Description {
  FixedString<N> value;
  constexpr void apply(FieldMetadata& metadata) const { metadata.description = value.view(); }
};
/// What a text is, for the document: Swagger UI hides a "password". Nothing is checked by it.
template <std::size_t N>
struct Format {
  FixedString<N> value;
  constexpr void apply(FieldMetadata& metadata) const { metadata.format = value.view(); }
};
/// Of a body, for the document.
template <std::size_t N>
struct MediaType {
  FixedString<N> value;
  constexpr void apply(FieldMetadata& metadata) const { metadata.media_type = value.view(); }
};
/// Of a std::variant of models: the member, a `Literal<>` in each of them, that says which it is.
/// By its own name, or that on the wire.
template <std::size_t N>
struct Discriminator {
  FixedString<N> value;
  constexpr void apply(FieldMetadata& metadata) const { metadata.discriminator = value.view(); }
};
struct Deprecated {
  bool value = true;
  constexpr void apply(FieldMetadata& metadata) const { metadata.deprecated = value; }
};
struct IncludeInSchema {
  bool value = true;
  constexpr void apply(FieldMetadata& metadata) const { metadata.include_in_schema = value; }
};
/// Of a header: whether its name on the wire has "-" where its own has "_".
struct ConvertUnderscores {
  bool value = true;
  constexpr void apply(FieldMetadata& metadata) const { metadata.convert_underscores = value; }
};
/// Of a body: it is a member of the JSON object, by its name, also where it is the only one.
struct Embed {
  bool value = true;
  constexpr void apply(FieldMetadata& metadata) const { metadata.embed = value; }
};
/// Of a path parameter: its name is not in the route's pattern but in that of the mount or host
/// around the application: `Path<std::string, "tenant", FromMount{}>`. The document leaves it out.
struct FromMount {
  constexpr void apply(FieldMetadata& metadata) const {
    metadata.from_mount = true;
    metadata.include_in_schema = false;
  }
};
/// Whether a member has to come with a request, where its type does not say it right.
struct Required {
  bool value = true;
  constexpr void apply(FieldMetadata& metadata) const {
    metadata.presence =
        value ? FieldMetadata::Presence::kRequired : FieldMetadata::Presence::kNotRequired;
  }
};

template <std::size_t N>
Alias(const char (&)[N]) -> Alias<N>;
template <std::size_t N>
Title(const char (&)[N]) -> Title<N>;
template <std::size_t N>
Description(const char (&)[N]) -> Description<N>;
template <std::size_t N>
Format(const char (&)[N]) -> Format<N>;
template <std::size_t N>
MediaType(const char (&)[N]) -> MediaType<N>;
template <std::size_t N>
Discriminator(const char (&)[N]) -> Discriminator<N>;

/// What a model says of itself, as a static member that its fields do not count:
/// `struct Item { static constexpr ModelConfig model_config{.extra = Extra::kForbid}; ... };`
struct ModelConfig {
  Extra extra = Extra::kIgnore;
  std::string_view title = {};
  std::string_view description = {};
  std::string_view example = {};  // JSON text
};

namespace detail {

template <class O>
concept ConstraintOption = requires(const O& option) { option.describe(); };
template <class O>
concept MetadataOption =
    std::is_same_v<O, Extra> ||
    requires(const O& option, FieldMetadata& metadata) { option.apply(metadata); };

/// The options of one field or parameter, sorted into two tables.
template <auto... options>
struct Options {
  static constexpr std::size_t kCount =
      ((ConstraintOption<std::remove_cvref_t<decltype(options)>> ? 1 : 0) + ... + 0);
  struct List {
    FieldConstraint items[kCount + 1];
  };

  template <auto option>
  static constexpr void add(List& list, std::size_t& count) {
    using Option = std::remove_cvref_t<decltype(option)>;
    if constexpr (ConstraintOption<Option>) {
      list.items[count] = option.describe();
      if constexpr (is_pattern<Option>) {
        list.items[count].pattern = compiled_pattern<option.value>;
      }
      ++count;
    }
  }
  template <auto option>
  static constexpr void apply(FieldMetadata& metadata) {
    using Option = std::remove_cvref_t<decltype(option)>;
    if constexpr (std::is_same_v<Option, Extra>) {
      metadata.extra = option;
    } else if constexpr (MetadataOption<Option>) {
      option.apply(metadata);
    }
  }
  static constexpr List list() {
    List list{};
    [[maybe_unused]] std::size_t count = 0;
    (add<options>(list, count), ...);
    return list;
  }
  static constexpr FieldMetadata metadata() {
    FieldMetadata metadata;
    (apply<options>(metadata), ...);
    return metadata;
  }

  static constexpr List kList = list();
  static constexpr FieldMetadata kMetadata = metadata();
  static constexpr std::span<const FieldConstraint> kConstraints{kList.items, kCount};
};

}  // namespace detail

}  // namespace capricorn
