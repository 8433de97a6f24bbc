// SPDX-License-Identifier: MIT
#include "config_builder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "config_file.hpp"
#include "option_value.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kPrefix = "CAPRICORN";

/// The parts of a list that is one text: a variable, or a flag with commas.
std::vector<std::string> split(const std::vector<std::string>& texts, char separator) {
  std::vector<std::string> parts;
  for (std::string_view text : texts) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(separator), text.size());
      std::string_view part = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      while (part.starts_with(' ')) part.remove_prefix(1);
      while (part.ends_with(' ')) part.remove_suffix(1);
      if (!part.empty()) parts.emplace_back(part);
    }
  }
  return parts;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += ", ";
    joined += text;
  }
  return joined;
}

/// Kubernetes tells each container of a service named "capricorn" CAPRICORN_PORT=tcp://10.0.0.1:80.
bool is_of_kubernetes(std::string_view value) { return value.starts_with("tcp://"); }

/// `LOG_LEVEL` and so on.
std::vector<std::string> all_variables() {
  std::vector<std::string> names;
  for (const Option& option : options()) {
    names.push_back(variable_of({}, option.name));
    if (!option.alias.empty()) names.push_back(variable_of({}, option.alias));
  }
  return names;
}

std::vector<std::string> all_keys() {
  std::vector<std::string> keys;
  for (const Option& option : options()) {
    if (!option.in_file) continue;
    keys.push_back(key_of(option.name));
    if (!option.alias.empty()) keys.push_back(key_of(option.alias));
  }
  return keys;
}

const Option* option_of_key(std::string_view key) {
  for (const Option& option : options()) {
    if (!option.in_file) continue;
    if (key == key_of(option.name)) return &option;
    if (!option.alias.empty() && key == key_of(option.alias)) return &option;
  }
  return nullptr;
}

}  // namespace

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates,
                         std::string_view prefix) {
  const std::string_view best = nearest(name, candidates);
  if (best.empty()) return {};
  return " Did you mean " + std::string(prefix) + std::string(best) + "?";
}

Variable variable_for(const Option& option) {
  std::vector<std::string> names;
  for (const std::string_view prefix : {kPrefix, std::string_view("UVICORN")}) {
    names.push_back(variable_of(prefix, option.name));
    if (!option.alias.empty()) names.push_back(variable_of(prefix, option.alias));
  }
  if (!option.variable.empty()) names.emplace_back(option.variable);
  for (std::string& name : names) {
    const char* value = std::getenv(name.c_str());
    if (value && *value && !is_of_kubernetes(value)) return {std::move(name), value};
  }
  return {};
}

void ConfigBuilder::set(const Option& option, std::vector<std::string> values,
                        const std::string& source) {
  const std::string came = joined(values);
  if (option.type.separator) values = split(values, option.type.separator);
  if (option.type.read(config_, values)) return;
  mistake("Invalid value for " + source + ": expected " + option.type.expected() + ", got '" +
          came + "'.");
}

void ConfigBuilder::forget_sockets() {
  config_.bind.clear();
  config_.uds.clear();
  config_.fd = -1;
}

void ConfigBuilder::read_file(const std::string& path) {
  for (FileSetting& setting : read_config_file(path, mistakes_)) {
    const std::string source = setting.key + " (" + setting.place + ")";
    const Option* option = option_of_key(setting.key);
    if (!option) {
      mistake("No such key: " + source + "." + did_you_mean(setting.key, all_keys()));
      continue;
    }
    const bool takes_list = option->type.shape == OptionType::Shape::kList;
    if (setting.nonsense.empty() && setting.is_list && !takes_list) setting.nonsense = "a list";
    if (!setting.nonsense.empty()) {
      mistake("Invalid value for " + source + ": expected " + option->type.expected() + ", got " +
              setting.nonsense + ".");
    } else {
      set(*option, std::move(setting.values), source);
    }
  }
}

void ConfigBuilder::read_environment(const std::vector<bool>& is_given) {
  std::size_t index = 0;
  for (const Option& option : options()) {
    if (is_given[index++]) continue;
    Variable variable = variable_for(option);
    if (variable.name.empty()) continue;
    set(option, {std::move(variable.value)}, variable.name);
  }
  look_for_slips();
}

/// Others may have variables of our beginning: only what looks like a slip is refused.
void ConfigBuilder::look_for_slips() {
  constexpr std::string_view kBeginning = "CAPRICORN_";
  const std::vector<std::string> names = all_variables();
  for (char** entry = ::environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (!name.starts_with(kBeginning)) continue;
    const std::string_view rest = name.substr(kBeginning.size());
    if (std::ranges::find(names, rest) != names.end()) continue;
    const std::string hint = did_you_mean(rest, names, kBeginning);
    if (!hint.empty()) mistake("No such variable: " + std::string(name) + "." + hint);
  }
}

}  // namespace capricorn
