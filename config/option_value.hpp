// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

// The values of options as text: how they are read, what is said of a bad one, and how they are
// written in a TOML file.

std::string lower_case(std::string_view text);
std::optional<long long> parse_integer(std::string_view text) noexcept;
/// "0660"; -1 for "".
std::optional<int> parse_permissions(std::string_view text) noexcept;
/// true, 1, yes, on; false, 0, no, off; in any case.
std::optional<bool> parse_boolean(std::string_view text);
/// Up to a day: "10" is seconds, or with a unit "1.5s", "500ms", "2m", "1h".
std::optional<double> parse_milliseconds(std::string_view text) noexcept;
/// "100", "16KiB", "0.5MiB", "1GiB": whole bytes.
std::optional<double> parse_bytes(std::string_view text) noexcept;

std::string expected_integer(long long min, long long max);
std::string expected_seconds(long long min_milliseconds);
std::string expected_bytes(long long min, long long max);
std::string expected_choice(std::span<const std::string_view> choices);

std::string toml_text(std::string_view text);
std::string toml_permissions(int mode);
/// Seconds: `5`, `0.25`.
std::string toml_seconds(std::chrono::milliseconds time);
/// `100`, or in the largest unit that fits: `"16KiB"`.
std::string toml_bytes(std::size_t bytes);
std::string toml_list(const std::vector<std::string>& texts);

/// The candidate that `name` most likely misspells, "" where none is near.
std::string_view nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace capricorn
