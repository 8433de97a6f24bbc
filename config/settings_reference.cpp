// SPDX-License-Identifier: MIT
#include "settings_reference.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "option.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kWidth = 100;

/// `text` in lines that begin with `indent`, none longer than kWidth where words allow it.
std::string wrapped(std::string_view text, const std::string& indent) {
  std::string lines = indent;
  std::size_t column = indent.size();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column > indent.size() && column + 1 + word.size() > kWidth) {
      lines += "\n" + indent;
      column = indent.size();
    } else if (column > indent.size()) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + "\n";
}

bool is_app(const Option& option) { return option.name == "app"; }

/// `--port NUMBER`, `--access-log / --no-access-log`, `APP`
std::string usage_of(const Option& option) {
  if (is_app(option)) return "APP";
  const std::string name(option.name);
  if (option.type.shape == OptionType::Shape::kFlag) return "--" + name + " / --no-" + name;
  return "--" + name + " " + std::string(option.type.placeholder);
}

std::vector<std::string> variables_of(const Option& option) {
  std::vector<std::string> names;
  for (const std::string_view prefix : {"CAPRICORN", "UVICORN"}) {
    names.push_back(variable_of(prefix, option.name));
    if (!option.alias.empty()) names.push_back(variable_of(prefix, option.alias));
  }
  if (!option.variable.empty()) names.emplace_back(option.variable);
  return names;
}

/// The default as one would type it, "" for none.
std::string default_of(const Option& option, const Config& defaults) {
  std::string shown = option.type.show(defaults);
  if (shown == "\"\"" || shown == "[]") return {};
  if (shown.starts_with('"')) return shown.substr(1, shown.size() - 2);
  return shown;
}

/// Calls `begin` for each group, and `each` for its options.
template <class Begin, class Each>
void for_each_option(Begin begin, Each each) {
  std::optional<OptionGroup> group;
  for (const Option& option : options()) {
    if (group != option.group) begin(title_of(option.group));
    group = option.group;
    each(option);
  }
}

}  // namespace

std::string help_text(const Program& program) {
  constexpr std::size_t kColumn = 34;
  std::string text = program.usage;
  text +=
      "\nBYTES may end in KiB, MiB or GiB, SECONDS in ms, s, m or h. Each option is read from the\n"
      "environment too, --log-level as CAPRICORN_LOG_LEVEL, else UVICORN_LOG_LEVEL, and from the\n"
      "file of --config, as log_level. In [brackets] is what stands without any.\n";
  const auto line = [&text](const std::string& left, const std::string& right) {
    std::string lines = wrapped(right, std::string(kColumn, ' '));
    const std::string head = "  " + left;
    if (head.size() < kColumn)
      text += head + lines.substr(head.size());
    else
      text += head + "\n" + lines;
  };
  for_each_option([&](std::string_view title) { text += "\n" + std::string(title) + ":\n"; },
                  [&](const Option& option) {
                    if (is_app(option)) return;  // the usage tells it
                    std::string help(option.help);
                    if (!option.alias.empty()) help += " Also --" + std::string(option.alias) + ".";
                    if (!option.variable.empty()) {
                      help += " Also in " + std::string(option.variable) + ".";
                    }
                    const std::string value = default_of(option, program.defaults);
                    if (!value.empty()) help += " [" + value + "]";
                    line(usage_of(option), help);
                  });
  text += '\n';
  line("--version", "Print the version and exit.");
  line("--help", "Print this and exit.");
  return text;
}

std::string settings_markdown() {
  std::string page =
      R"(<!-- Made by `capricorn settings --format markdown`; not edited by hand. -->
# Settings

Every option of the server. Each is one name in four places; for `--log-level`:

1. the command line: `--log-level debug`, which goes before
2. the environment: `CAPRICORN_LOG_LEVEL`, else `UVICORN_LOG_LEVEL`, which go before
3. a file: `log_level = "debug"` in the TOML file that `--config` or `CAPRICORN_CONFIG` names, before
4. the default. A program of your own that calls `run(app, argc, argv, {.log_level = "debug"})` sets
   its own defaults.

A variable that is empty counts as none. That nothing is meant is said on the command line or in the
file: `--forwarded-allow-ips ''` trusts nobody.

A list is an option that may be given several times; in a variable its parts are separated by commas
(those of `--header` by line breaks, those of `--ssl-sni` by `;`), in a file it is `["one", "two"]`.
The place that goes first has the whole list. Times are seconds, or have a unit: `500ms`, `1.5s`, `2m`,
`1h`. Sizes are bytes, or have one: `64KiB`, `4MiB`, `1GiB`. In a file, values with a unit are quoted.

What is unknown or cannot be is refused with exit code 1 and one sentence each, which names the option
and where it came from: `Invalid value for port (capricorn.toml:3): expected a whole number from 0 to
65535, got '70000'.` A variable that begins with `CAPRICORN_` and looks like a misspelt option is refused
too; those that Kubernetes sets for a service of that name are passed over. `capricorn check` does that, and loads the application, without serving.

[`capricorn.toml`](capricorn.toml) is a file with all keys and their defaults to begin with;
`capricorn settings --format toml` prints it, `--format json` the table for other programs.
)";
  for_each_option(
      [&](std::string_view title) { page += "\n## " + std::string(title) + "\n"; },
      [&](const Option& option) {
        page += "\n### `" + usage_of(option) + "`\n\n" + wrapped(option.help, "") + "\n";
        if (!option.alias.empty()) page += "- also `--" + std::string(option.alias) + "`\n";
        const std::string value = default_of(option, {});
        page += "- takes " + option.type.expected() +
                (option.type.shape == OptionType::Shape::kList ? "; several times" : "") + "\n";
        page += "- default: " + (value.empty() ? "none" : "`" + value + "`") + "\n";
        page += "- variables: ";
        for (const std::string& name : variables_of(option)) {
          page += (page.ends_with(' ') ? "`" : ", `") + name + "`";
        }
        page += option.in_file ? "; key: `" + key_of(option.name) + "`\n" : "\n";
      });
  return page;
}

std::string settings_toml() {
  std::string file =
      "# Every key of a file for `capricorn --config FILE`, with its default. Made by\n"
      "# `capricorn settings --format toml`; docs/settings.md says more.\n";
  for_each_option([&](std::string_view title) { file += "\n# ---- " + std::string(title) + "\n"; },
                  [&](const Option& option) {
                    if (!option.in_file) return;
                    const std::string takes = option.type.expected();
                    file += "\n" + wrapped(option.help, "# ");
                    if (takes != "text") file += wrapped("Takes " + takes + ".", "# ");
                    file += "#" + key_of(option.name) + " = " + option.type.show({}) + "\n";
                  });
  return file;
}

std::string settings_json() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Option& option : options()) {
    nlohmann::ordered_json entry;
    entry["name"] = option.name;
    entry["group"] = title_of(option.group);
    entry["flag"] =
        is_app(option) ? nullptr : nlohmann::ordered_json("--" + std::string(option.name));
    entry["takes"] = option.type.expected();
    entry["several"] = option.type.shape == OptionType::Shape::kList;
    entry["default"] = default_of(option, {});
    entry["variables"] = variables_of(option);
    entry["key"] = option.in_file ? nlohmann::ordered_json(key_of(option.name)) : nullptr;
    entry["help"] = option.help;
    list.push_back(std::move(entry));
  }
  return list.dump(2) + "\n";
}

}  // namespace capricorn
