// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include "../../loop/ascii.hpp"
#include "../new/project_template.hpp"
#include "../program_start.hpp"
#include "../version.hpp"
#include "commands.hpp"

namespace capricorn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsage =
    "Usage: capricorn new NAME\n\n"
    "Writes a small project into the folder NAME: an application with a model and two routes, its\n"
    "tests, and what Meson, CMake and Docker need to build it.\n";

int refuse(const std::string& sentence) { return print({1, "Error: " + sentence + "\n"}); }

/// Targets and files are called so.
bool is_project_name(std::string_view name) {
  const auto in_name = [](char c) { return is_ascii_alnum(c) || c == '-' || c == '_'; };
  return !name.empty() && is_ascii_alpha(name.front()) && std::ranges::all_of(name, in_name);
}

/// Meson and CMake have targets of their own that are called so, and the project has its tests.
bool is_taken_name(std::string_view name) {
  constexpr std::string_view kTaken[] = {
      "all",  "app_test",  "benchmark", "clean",       "coverage",   "depend",
      "dist", "distcheck", "help",      "install",     "package",    "package_source",
      "test", "phony",     "PHONY",     "reconfigure", "scan-build", "uninstall"};
  return std::ranges::find(kTaken, name) != std::end(kTaken);
}

/// Throws std::system_error.
void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

int write_project(const fs::path& folder, const std::string& name) {
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder))) {
    return refuse("'" + folder.string() + "' is there and not empty: nothing was written.");
  }
  for (const TemplateFile& file : project_template()) {
    write_file(folder / file.path, fill_template(file.text, name, version()));
  }
  std::printf(
      "Wrote %s. Go on with\n\n"
      "    cd %s\n"
      "    capricorn dev main.cpp\n\n"
      "and see README.md for the tests.\n",
      folder.c_str(), folder.c_str());
  return 0;
}

}  // namespace

int new_project(int argc, char** argv) {
  const std::string_view argument = argc == 3 ? argv[2] : "";
  if (argument == "--help" || argument == "-h") return print({0, kUsage});
  if (argc != 3 || argument.starts_with('-')) {
    return refuse("expected one NAME: capricorn new NAME.");
  }
  fs::path folder(argument);
  if (!folder.has_filename()) folder = folder.parent_path();  // "shop/"
  const std::string name = folder.filename().string();
  if (!is_project_name(name)) {
    return refuse("expected a name of letters, digits, - and _ that begins with a letter, got '" +
                  name + "'.");
  }
  if (is_taken_name(name)) {
    return refuse("'" + name +
                  "' is a target of Meson's, CMake's or the project's own: choose another name.");
  }
  try {
    return write_project(folder, name);
  } catch (const std::system_error& error) {
    return refuse(std::string(error.what()) + ".");
  }
}

}  // namespace capricorn
