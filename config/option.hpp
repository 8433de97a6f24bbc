// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config.hpp"

namespace capricorn {

/// The parts of `--help` and of the settings reference, in their order.
enum class OptionGroup : std::uint8_t {
  kApplication,
  kSockets,
  kProxies,
  kTls,
  kProcess,
  kLogs,
  kAdmin,
  kAnswers,
  kLimits,
  kTimeouts,
  kWebSockets,
  kUvicorn,
};
std::string_view title_of(OptionGroup group) noexcept;

/// What kind of value an option takes, and which member of Config holds it.
struct OptionType {
  enum class Shape : std::uint8_t {
    kOne,   // --name VALUE; the last one given counts
    kFlag,  // --name and --no-name
    kList,  // --name VALUE, as often as wanted
  };

  Shape shape = Shape::kOne;
  std::string_view placeholder;  // "NUMBER"
  char separator = '\0';         // of a list in one string, as a variable has it
  /// Stores the value, or the list's; false where it is not what is expected.
  bool (*read)(Config& config, std::span<const std::string> values) = nullptr;
  /// "a whole number from 0 to 65535"
  std::string (*expected)() = nullptr;
  /// The member as TOML: `8000`, `"127.0.0.1"`, `[]`.
  std::string (*show)(const Config& config) = nullptr;
};

/// One option, declared once. The rest follows from its name, here `log-level`: `--log-level`,
/// CAPRICORN_LOG_LEVEL and UVICORN_LOG_LEVEL, and the key `log_level` of a file.
struct Option {
  std::string_view name;
  OptionGroup group;
  OptionType type;
  std::string_view help;           // one sentence
  std::string_view alias = {};     // another name for the same, in all the same places
  std::string_view variable = {};  // one more environment variable: PORT
  bool in_file = true;
};

/// All of them, group by group.
std::span<const Option> options() noexcept;

/// The option's key in a file: `log_level`.
std::string key_of(std::string_view name);
/// `PREFIX_LOG_LEVEL`, `LOG_LEVEL` without a prefix.
std::string variable_of(std::string_view prefix, std::string_view name);

}  // namespace capricorn
