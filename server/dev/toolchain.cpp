// SPDX-License-Identifier: MIT
#include "toolchain.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

namespace capricorn {
namespace {

namespace fs = std::filesystem;

std::string text(std::string_view view) { return std::string(view); }

/// As a shell finds a command; nothing where there is none.
std::optional<std::string> find_command(const std::string& name) {
  const auto runs = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string::npos) return runs(name) ? std::optional(name) : std::nullopt;
  const char* variable = std::getenv("PATH");
  std::string_view folders = variable ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!folders.empty()) {
    const std::size_t colon = std::min(folders.find(':'), folders.size());
    std::string path = text(folders.substr(0, colon)) + "/" + name;
    if (runs(path)) return path;
    folders.remove_prefix(std::min(colon + 1, folders.size()));
  }
  return std::nullopt;
}

/// $CXX may have a launcher before the compiler: "ccache clang++-19".
std::string last_word(std::string_view command) {
  while (command.ends_with(' ')) command.remove_suffix(1);
  return text(command.substr(command.rfind(' ') + 1));
}

std::string find_compiler(const RecordedToolchain& recorded) {
  const char* variable = std::getenv("CXX");
  const bool chosen = variable && *variable;
  const std::string wanted = chosen ? last_word(variable) : text(recorded.compiler);
  if (auto found = find_command(wanted)) return *found;
  const std::string generic = recorded.family == "clang" ? "clang++" : "g++";
  if (!chosen) {
    if (auto found = find_command(generic + "-" + text(recorded.major))) return *found;
  }
  const std::string package =
      (recorded.family == "clang" ? "clang-" : "g++-") + text(recorded.major);
  throw ToolchainError(
      "cannot find the compiler '" + wanted + "'" + (chosen ? " that CXX names" : "") +
      ". This capricorn takes modules of " + text(recorded.family) + " " + text(recorded.major) +
      ": install it (Debian: apt install " + package + "), or set CXX to its path.");
}

std::string this_program() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string() : path.string();
}

/// In the build tree the sources' own, else those of the prefix that the program lies in.
std::string find_headers(const RecordedToolchain& recorded) {
  const fs::path program = this_program();
  const fs::path own = program.parent_path() == fs::path(recorded.build_folder)
                           ? fs::path(recorded.source_folder) / "include"
                           : program.parent_path().parent_path() / "include";
  std::error_code error;
  if (fs::exists(own / "capricorn/capricorn.hpp", error)) return own.string();
  throw ToolchainError("cannot find the headers " + own.string() +
                       "/capricorn/capricorn.hpp: install capricorn whole (`meson install`, or "
                       "its package for developers).");
}

}  // namespace

Toolchain find_toolchain() {
  const RecordedToolchain& recorded = recorded_toolchain();
  Toolchain toolchain{.compiler = find_compiler(recorded), .headers = find_headers(recorded)};
  const std::string name = fs::path(toolchain.compiler).filename().string();
  toolchain.clang = name.find("clang") != std::string::npos ||
                    (recorded.family == "clang" && !name.starts_with("g++"));
  for (const std::string_view flag : recorded.flags) toolchain.flags.emplace_back(flag);
  toolchain.flags.push_back("-I" + toolchain.headers);
  return toolchain;
}

}  // namespace capricorn
