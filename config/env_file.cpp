// SPDX-License-Identifier: MIT
#include "env_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "text_file.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kNameBytes =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

class EnvFileReader {
 public:
  EnvFileReader(std::string_view text, const std::string& file, std::vector<std::string>& mistakes)
      : rest_(text), file_(file), mistakes_(mistakes) {}

  EnvVariables read() {
    for (; !rest_.empty(); ++line_) {
      skip_blanks();
      if (!at_line_end() && !read_variable()) break;
      const std::size_t end = rest_.find('\n');
      rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    }
    return std::move(variables_);
  }

 private:
  bool at_line_end() const noexcept {
    return rest_.empty() || rest_[0] == '\n' || rest_[0] == '\r' || rest_[0] == '#';
  }
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }
  std::string_view take_name() {
    const std::string_view name = rest_.substr(0, rest_.find_first_not_of(kNameBytes));
    rest_.remove_prefix(name.size());
    return name;
  }
  bool fail(const std::string& expected) {
    mistakes_.push_back("Cannot read " + file_ + ":" + std::to_string(line_) + ": expected " +
                        expected + ".");
    return false;
  }

  bool read_variable() {
    std::string_view name = take_name();
    skip_blanks();
    if (name == "export" && !rest_.starts_with('=')) {
      name = take_name();
      skip_blanks();
    }
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return fail("NAME=value");
    if (!rest_.starts_with('=')) return fail("= behind " + std::string(name));
    rest_.remove_prefix(1);
    skip_blanks();
    std::string value;
    if (!read_value(value)) return false;
    variables_.emplace_back(std::string(name), std::move(value));
    return true;
  }

  bool read_value(std::string& value) {
    if (!rest_.starts_with('\'') && !rest_.starts_with('"')) return read_bare(value);
    const char quote = rest_[0];
    const int first_line = line_;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != quote) {
      if (quote == '"' && rest_.starts_with("${")) {
        if (!read_reference(value)) return false;
        continue;
      }
      if (quote == '"' && rest_[0] == '\\' && rest_.size() > 1) {
        append_escaped(value, rest_[1]);
        rest_.remove_prefix(2);
        continue;
      }
      if (rest_[0] == '\n') ++line_;
      value += rest_[0];
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) {
      line_ = first_line;
      return fail(std::string(1, quote) + " at the end of the value");
    }
    rest_.remove_prefix(1);
    skip_blanks();
    return at_line_end() || fail("nothing behind the quotes but a comment");
  }

  static void append_escaped(std::string& value, char c) {
    constexpr std::string_view kNames = "ntr\"\\$'";
    constexpr std::string_view kBytes = "\n\t\r\"\\$'";
    const std::size_t at = kNames.find(c);
    if (at == kNames.npos) value += '\\';
    value += at == kNames.npos ? c : kBytes[at];
  }

  /// To the end of the line, or to a comment behind a blank.
  bool read_bare(std::string& value) {
    while (!rest_.empty() && rest_[0] != '\n' && rest_[0] != '\r') {
      const bool behind_blank = value.empty() || value.back() == ' ' || value.back() == '\t';
      if (rest_[0] == '#' && behind_blank) break;
      if (rest_.starts_with("${")) {
        if (!read_reference(value)) return false;
        continue;
      }
      value += rest_[0];
      rest_.remove_prefix(1);
    }
    value.erase(value.find_last_not_of(" \t") + 1);
    return true;
  }

  /// ${NAME} or ${NAME:-default}
  bool read_reference(std::string& value) {
    rest_.remove_prefix(2);
    const std::string name(take_name());
    const std::size_t end = rest_.find('}');
    const std::string_view tail = rest_.substr(0, end);
    if (name.empty() || end == rest_.npos || !(tail.empty() || tail.starts_with(":-"))) {
      return fail("${NAME} or ${NAME:-default}");
    }
    rest_.remove_prefix(end + 1);
    if (std::optional<std::string> found = look_up(name); found && !found->empty())
      value += *found;
    else if (!tail.empty())
      value += tail.substr(2);
    return true;
  }

  std::optional<std::string> look_up(const std::string& name) const {
    // What the environment has stays, so that it is also what a reference means.
    if (const char* value = std::getenv(name.c_str())) return value;
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->first == name) return it->second;
    }
    return std::nullopt;
  }

  std::string_view rest_;
  const std::string& file_;
  std::vector<std::string>& mistakes_;
  EnvVariables variables_;
  int line_ = 1;
};

/// As the environment is the process's, so is this.
EnvVariables& of_file() noexcept {
  static EnvVariables variables;
  return variables;
}

void set(EnvVariables& variables, const std::string& name, const std::string& value) {
  ::setenv(name.c_str(), value.c_str(), 1);
  const auto known = std::ranges::find(variables, name, &EnvVariables::value_type::first);
  if (known == variables.end())
    variables.emplace_back(name, value);
  else
    known->second = value;
}

bool has(const EnvVariables& variables, const std::string& name) {
  return std::ranges::find(variables, name, &EnvVariables::value_type::first) != variables.end();
}

}  // namespace

EnvVariables parse_env_file(std::string_view text, const std::string& file,
                            std::vector<std::string>& mistakes) {
  return EnvFileReader(text, file, mistakes).read();
}

std::vector<std::string> load_env_file(const std::string& path) {
  std::vector<std::string> mistakes;
  const EnvVariables former = of_file();
  set_env_file_variables({});
  if (path.empty()) return mistakes;
  const std::optional<std::string> text = read_text_file(path, mistakes);
  const EnvVariables read = text ? parse_env_file(*text, path, mistakes) : EnvVariables();
  if (!mistakes.empty()) {
    set_env_file_variables(former);
    return mistakes;
  }
  for (const auto& [name, value] : read) {  // a later line of a name replaces an earlier one
    if (has(of_file(), name) || !std::getenv(name.c_str())) set(of_file(), name, value);
  }
  return mistakes;
}

const EnvVariables& env_file_variables() noexcept { return of_file(); }

void set_env_file_variables(EnvVariables variables) {
  for (const auto& [name, value] : of_file()) ::unsetenv(name.c_str());
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  of_file() = std::move(variables);
}

}  // namespace capricorn
