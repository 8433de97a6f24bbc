// SPDX-License-Identifier: MIT
#pragma once

/// The kinds of values that options take. Each is a function that makes an OptionType for a member
/// of Config, which is named by its path: `<&Config::limits, &Limits::head_bytes>`.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "option.hpp"
#include "option_value.hpp"

namespace capricorn {

template <auto First, auto... Rest>
constexpr auto& member_of(auto& object) {
  if constexpr (sizeof...(Rest) == 0)
    return object.*First;
  else
    return member_of<Rest...>(object.*First);
}

/// Any text.
template <auto... Path>
constexpr OptionType text(std::string_view placeholder) {
  return {.placeholder = placeholder,
          .read =
              [](Config& config, std::span<const std::string> values) {
                member_of<Path...>(config) = values.back();
                return true;
              },
          .expected = [] { return std::string("text"); },
          .show = [](const Config& config) { return toml_text(member_of<Path...>(config)); }};
}

/// A text that `Check` has nothing against.
template <bool (*Check)(std::string_view), const std::string_view& Expected, auto... Path>
constexpr OptionType checked_text(std::string_view placeholder) {
  OptionType type = text<Path...>(placeholder);
  type.read = [](Config& config, std::span<const std::string> values) {
    if (!Check(values.back())) return false;
    member_of<Path...>(config) = values.back();
    return true;
  };
  type.expected = [] { return std::string(Expected); };
  return type;
}

/// From min to max, both included.
struct Range {
  long long min;
  long long max;
};

template <Range R, auto... Path>
constexpr OptionType integer(std::string_view placeholder) {
  return {.placeholder = placeholder,
          .read =
              [](Config& config, std::span<const std::string> values) {
                const std::optional<long long> number = parse_integer(values.back());
                if (!number || *number < R.min || *number > R.max) return false;
                auto& field = member_of<Path...>(config);
                field = static_cast<std::remove_reference_t<decltype(field)>>(*number);
                return true;
              },
          .expected = [] { return expected_integer(R.min, R.max); },
          .show = [](const Config& config) { return std::to_string(member_of<Path...>(config)); }};
}

/// A file's mode in octal digits; none is -1.
template <auto... Path>
constexpr OptionType permissions(std::string_view placeholder) {
  return {
      .placeholder = placeholder,
      .read =
          [](Config& config, std::span<const std::string> values) {
            const std::optional<int> mode = parse_permissions(values.back());
            if (mode) member_of<Path...>(config) = *mode;
            return mode.has_value();
          },
      .expected = [] { return std::string("octal digits from 0 to 0777"); },
      .show = [](const Config& config) { return toml_permissions(member_of<Path...>(config)); }};
}

/// A time, of at least so many milliseconds: a phase without any time would refuse everybody.
template <long long Min, auto... Path>
constexpr OptionType seconds(std::string_view placeholder = "SECONDS") {
  return {.placeholder = placeholder,
          .read =
              [](Config& config, std::span<const std::string> values) {
                const std::optional<double> milliseconds = parse_milliseconds(values.back());
                if (!milliseconds || *milliseconds < static_cast<double>(Min)) return false;
                member_of<Path...>(config) =
                    std::chrono::milliseconds(static_cast<long long>(*milliseconds + 0.5));
                return true;
              },
          .expected = [] { return expected_seconds(Min); },
          .show = [](const Config& config) { return toml_seconds(member_of<Path...>(config)); }};
}

/// A number of bytes, with or without a unit.
template <Range R, auto... Path>
constexpr OptionType bytes(std::string_view placeholder = "BYTES") {
  return {.placeholder = placeholder,
          .read =
              [](Config& config, std::span<const std::string> values) {
                const std::optional<double> size = parse_bytes(values.back());
                if (!size || !(*size >= R.min && *size <= R.max)) return false;
                member_of<Path...>(config) = static_cast<std::size_t>(*size);
                return true;
              },
          .expected = [] { return expected_bytes(R.min, R.max); },
          .show = [](const Config& config) { return toml_bytes(member_of<Path...>(config)); }};
}

/// `--name` and `--no-name`; a member that is std::optional takes "auto" too.
template <auto... Path>
constexpr OptionType flag() {
  return {.shape = OptionType::Shape::kFlag,
          .read =
              [](Config& config, std::span<const std::string> values) {
                auto& field = member_of<Path...>(config);
                if constexpr (!std::is_same_v<std::remove_reference_t<decltype(field)>, bool>) {
                  if (lower_case(values.back()) == "auto") {
                    field.reset();
                    return true;
                  }
                }
                const std::optional<bool> value = parse_boolean(values.back());
                if (value) field = *value;
                return value.has_value();
              },
          .expected =
              [] {
                using Field =
                    std::remove_cvref_t<decltype(member_of<Path...>(std::declval<Config&>()))>;
                return std::string(std::is_same_v<Field, bool> ? "true or false"
                                                               : "true, false or auto");
              },
          .show =
              [](const Config& config) {
                const auto& field = member_of<Path...>(config);
                if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, bool>)
                  return std::string(field ? "true" : "false");
                else
                  return std::string(!field ? "\"auto\"" : *field ? "true" : "false");
              }};
}

/// The same with a value, as uvicorn spells some: `--name true`.
template <auto... Path>
constexpr OptionType boolean() {
  OptionType type = flag<Path...>();
  type.shape = OptionType::Shape::kOne;
  type.placeholder = "true|false";
  return type;
}

/// One of a few words, in any case.
template <const auto& Choices, auto... Path>
constexpr OptionType choice(std::string_view placeholder) {
  return {.placeholder = placeholder,
          .read =
              [](Config& config, std::span<const std::string> values) {
                std::string word = lower_case(values.back());
                if (std::ranges::find(Choices, std::string_view(word)) == Choices.end()) {
                  return false;
                }
                member_of<Path...>(config) = std::move(word);
                return true;
              },
          .expected = [] { return expected_choice(Choices); },
          .show = [](const Config& config) { return toml_text(member_of<Path...>(config)); }};
}

/// Texts that `Check` has nothing against.
template <bool (*Check)(std::string_view), const std::string_view& Expected, auto... Path>
constexpr OptionType list(std::string_view placeholder, char separator = ',') {
  return {.shape = OptionType::Shape::kList,
          .placeholder = placeholder,
          .separator = separator,
          .read =
              [](Config& config, std::span<const std::string> values) {
                if (!std::ranges::all_of(values, Check)) return false;
                member_of<Path...>(config).assign(values.begin(), values.end());
                return true;
              },
          .expected = [] { return std::string(Expected); },
          .show = [](const Config& config) { return toml_list(member_of<Path...>(config)); }};
}

/// A name that is known, and whose every value is refused; the member stays empty.
template <const std::string_view& Instead, auto... Path>
constexpr OptionType refused(std::string_view placeholder) {
  OptionType type = text<Path...>(placeholder);
  type.read = [](Config&, std::span<const std::string> values) { return values.back().empty(); };
  type.expected = [] { return std::string(Instead); };
  return type;
}

}  // namespace capricorn
