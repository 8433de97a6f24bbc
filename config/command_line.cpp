// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

#include "config_builder.hpp"
#include "settings_reference.hpp"
#include "tls_options.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kApp = "app";
constexpr std::string_view kConfig = "config";

/// What stood on the command line, in the order of options().
struct Given {
  CLI::App parser;
  std::vector<CLI::Option*> options;  // nullptr: it did not
  CLI::Option* version = nullptr;
  CLI::Option* help = nullptr;
};

CLI::Option* declare(CLI::App& parser, const Option& option) {
  const std::string name(option.name);
  const std::string alias = option.alias.empty() ? "" : ",--" + std::string(option.alias);
  CLI::Option* declared = nullptr;
  if (option.type.shape == OptionType::Shape::kFlag) {
    declared = parser.add_flag("--" + name + alias + ",!--no-" + name);
  } else {
    declared = parser.add_option(option.name == kApp ? "APP" : "--" + name + alias)->expected(1);
    declared->type_name(std::string(option.type.placeholder));
  }
  const bool list = option.type.shape == OptionType::Shape::kList;
  declared->multi_option_policy(list ? CLI::MultiOptionPolicy::TakeAll
                                     : CLI::MultiOptionPolicy::TakeLast);
  if (list) declared->allow_extra_args(false);
  return declared;
}

bool is_taken(const Option& option, const Program& program) {
  return program.takes_app || option.name != kApp;
}

/// Whether one of the words may be this option's.
bool may_stand_in(const Option& option, const std::vector<std::string>& words) {
  if (option.name == kApp) return true;
  const bool is_flag = option.type.shape == OptionType::Shape::kFlag;
  return std::ranges::any_of(words, [&](std::string_view word) {
    if (!word.starts_with("--")) return false;
    word = word.substr(2, word.find('=') - 2);
    if (word == option.name || (!option.alias.empty() && word == option.alias)) return true;
    return is_flag && word.starts_with("no-") && word.substr(3) == option.name;
  });
}

/// CLI11 compares each option with all before it, which is a quarter of the time that it takes to
/// start: it is told only of those that can be there.
void declare(Given& given, const std::vector<std::string>& words, const Program& program) {
  given.parser.set_help_flag();
  given.parser.allow_extras();
  for (const Option& option : options()) {
    const bool wanted = is_taken(option, program) && may_stand_in(option, words);
    given.options.push_back(wanted ? declare(given.parser, option) : nullptr);
  }
  given.version = given.parser.add_flag("--version");
  given.help = given.parser.add_flag("--help,-h");
}

bool takes_value(const Option& option, std::string_view name) {
  return option.type.shape != OptionType::Shape::kFlag && option.name != kApp &&
         (name == option.name || (!option.alias.empty() && name == option.alias));
}

/// `--root-path=` has an empty value; CLI11 would take the next word for it.
std::vector<std::string> with_empty_values(const char* const* first, const char* const* end) {
  std::vector<std::string> words;
  for (; first != end; ++first) {
    const std::string_view word = *first;
    const bool is_empty = word.starts_with("--") && word.find('=') == word.size() - 1;
    const std::string_view name = is_empty ? word.substr(2, word.size() - 3) : std::string_view();
    if (is_empty &&
        std::ranges::any_of(options(), [&](auto& each) { return takes_value(each, name); })) {
      words.emplace_back(word.substr(0, word.size() - 1));
      words.emplace_back();
    } else {
      words.emplace_back(word);
    }
  }
  return words;
}

std::vector<std::string> all_flags() {
  std::vector<std::string> flags{"--help", "--version"};
  for (const Option& option : options()) {
    if (option.name == kApp) continue;
    flags.push_back("--" + std::string(option.name));
    if (!option.alias.empty()) flags.push_back("--" + std::string(option.alias));
    if (option.type.shape == OptionType::Shape::kFlag) {
      flags.push_back("--no-" + std::string(option.name));
    }
  }
  return flags;
}

/// What no option took: the words behind an unknown one may be its value, and are not counted.
void tell_extras(ConfigBuilder& builder, const std::vector<std::string>& extras,
                 const Program& program) {
  bool unknown = false;
  for (const std::string& extra : extras) {
    if (!extra.starts_with('-') || extra == "-") continue;
    const std::string flag = extra.substr(0, extra.find('='));
    builder.mistake("No such option: " + flag + "." + did_you_mean(flag, all_flags()));
    unknown = true;
  }
  if (unknown || extras.empty()) return;
  builder.mistake(std::string("Unexpected argument") + (program.takes_app ? " after APP" : "") +
                  ": " + extras.front() + ".");
}

const Option& option_of(std::string_view name) {
  return *std::ranges::find(options(), name, &Option::name);
}

/// The file must be known before anything else is read.
std::string config_file(const Given& given, const Program& program) {
  const Option& option = option_of(kConfig);
  const CLI::Option* flag = given.options[static_cast<std::size_t>(&option - options().data())];
  if (flag && flag->count() > 0) return flag->results().back();
  Variable variable = variable_for(option);
  return variable.name.empty() ? program.defaults.config_file : std::move(variable.value);
}

/// The command line goes before the others: a port there is not what they bind instead of one.
bool names_port_alone(const Given& given) {
  bool port = false;
  std::size_t index = 0;
  for (const Option& option : options()) {
    const CLI::Option* flag = given.options[index++];
    if (!flag || flag->count() == 0) continue;
    if (option.name == "bind" || option.name == "uds" || option.name == "fd") return false;
    port = port || option.name == "host" || option.name == "port";
  }
  return port;
}

void read_command_line(ConfigBuilder& builder, const Given& given) {
  if (names_port_alone(given)) builder.forget_sockets();
  std::size_t index = 0;
  for (const Option& option : options()) {
    const CLI::Option* flag = given.options[index++];
    if (!flag || flag->count() == 0) continue;
    const std::string name(option.name);
    builder.set(option, flag->results(), name == kApp ? "APP" : "--" + name);
  }
}

/// What is wrong with options that are good one by one.
void check_together(ConfigBuilder& builder, const Program& program) {
  const Config& config = builder.config();
  if (program.takes_app && config.app.empty()) {
    builder.mistake("Missing argument APP: expected " + program.expects + ".");
  }
  if (!config.uds.empty() && config.fd >= 0) builder.mistake("--uds and --fd exclude each other.");
  if (const auto option = tls_option_without_certificate(config); !option.empty()) {
    builder.mistake(std::string(option) + " needs --ssl-certfile: without one there is no TLS.");
  }
}

ExitWith refuse(const std::vector<std::string>& sentences, const Program& program) {
  std::string text;
  for (const std::string& sentence : sentences) text += "Error: " + sentence + "\n";
  return {1, text + "Try '" + program.name + " --help' for help.\n"};
}

}  // namespace

std::variant<Config, ExitWith> parse_command_line(int argc, const char* const* argv,
                                                  const Program& program) {
  std::vector<std::string> arguments = with_empty_values(argv + std::min(argc, 1), argv + argc);
  Given given;
  declare(given, arguments, program);
  std::ranges::reverse(arguments);  // as CLI11 takes a vector
  try {
    given.parser.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return refuse({std::string(error.what()) + "."}, program);
  }
  if (given.help->count() > 0) return ExitWith{0, help_text(program)};
  if (given.version->count() > 0) return ExitWith{0, program.version + "\n"};
  ConfigBuilder builder(program.defaults);
  tell_extras(builder, given.parser.remaining(), program);
  if (const std::string path = config_file(given, program); !path.empty()) builder.read_file(path);
  std::vector<bool> is_given;  // or never taken: then the environment says nothing, either
  for (std::size_t i = 0; i < given.options.size(); ++i) {
    const CLI::Option* flag = given.options[i];
    is_given.push_back(flag ? flag->count() > 0 : !is_taken(options()[i], program));
  }
  builder.read_environment(is_given);
  read_command_line(builder, given);
  check_together(builder, program);
  if (!builder.mistakes().empty()) return refuse(builder.mistakes(), program);
  return builder.config();
}

}  // namespace capricorn
