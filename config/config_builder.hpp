// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "option.hpp"

namespace capricorn {

/// A Config from its sources, the later ones going before the earlier. What is wrong is one
/// sentence each in `mistakes`, all of them, and leaves the option as it was.
class ConfigBuilder {
 public:
  explicit ConfigBuilder(Config defaults) : config_(std::move(defaults)) {}

  /// Every key of the file is looked at, also where another source goes before it.
  void read_file(const std::string& path);
  /// Of each option that `is_given` does not name: its first variable that is set.
  void read_environment(const std::vector<bool>& is_given);
  /// `source` is what a sentence names: "--port", "CAPRICORN_PORT", "port (app.toml:3)".
  void set(const Option& option, std::vector<std::string> values, const std::string& source);
  /// Leaves the port and its host as what is listened on.
  void forget_sockets();
  void mistake(std::string sentence) { mistakes_.push_back(std::move(sentence)); }

  const Config& config() const noexcept { return config_; }
  const std::vector<std::string>& mistakes() const noexcept { return mistakes_; }

 private:
  void look_for_slips();

  Config config_;
  std::vector<std::string> mistakes_;
};

/// A variable that is set and not empty.
struct Variable {
  std::string name;
  std::string value;
};
/// The one that counts for an option, or one without name: CAPRICORN_PORT, UVICORN_PORT, PORT.
Variable variable_for(const Option& option);

/// ` Did you mean --port?`, or nothing where no candidate is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates,
                         std::string_view prefix = {});

}  // namespace capricorn
