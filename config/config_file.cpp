// SPDX-License-Identifier: MIT
#include "config_file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

// Its header-only form: no library to install beside the binary.
#include <toml++/toml.h>

#include "text_file.hpp"

namespace capricorn {
namespace {

std::string place_of(const std::string& path, const toml::source_region& where) {
  return path + ":" + std::to_string(where.begin.line);
}

std::string number_text(double number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return number_text(number->get());
  if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
  return std::nullopt;
}

FileSetting read_setting(const std::string& path, std::string_view key, const toml::node& node) {
  FileSetting setting{.key = std::string(key),
                      .values = {},
                      .place = place_of(path, node.source()),
                      .nonsense = {}};
  if (const toml::array* array = node.as_array()) {
    setting.is_list = true;
    for (const toml::node& element : *array) {
      if (std::optional<std::string> text = text_of(element))
        setting.values.push_back(std::move(*text));
      else
        setting.nonsense = "a list of something else";
    }
  } else if (std::optional<std::string> text = text_of(node)) {
    setting.values.push_back(std::move(*text));
  } else {
    setting.nonsense = node.is_table() ? "a table" : "a date or a time";
  }
  // It would end the name of a file or a host.
  const auto has_null = [](const std::string& text) { return text.find('\0') != text.npos; };
  if (std::ranges::any_of(setting.values, has_null)) setting.nonsense = "a null character";
  return setting;
}

}  // namespace

std::vector<FileSetting> read_config_file(const std::string& path,
                                          std::vector<std::string>& mistakes) {
  const std::optional<std::string> text = read_text_file(path, mistakes);
  if (!text) return {};
  std::vector<FileSetting> settings;
  try {
    const toml::table table = toml::parse(*text, path);
    for (const auto& [key, node] : table) {
      settings.push_back(read_setting(path, key.str(), node));
    }
  } catch (const toml::parse_error& error) {
    mistakes.push_back("Cannot read " + place_of(path, error.source()) + ": " +
                       std::string(error.description()) + ".");
  }
  return settings;
}

}  // namespace capricorn
