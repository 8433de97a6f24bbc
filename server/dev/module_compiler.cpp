// SPDX-License-Identifier: MIT
#include "module_compiler.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "../../http/hash.hpp"
#include "../../loop/process.hpp"
#include "dependency_file.hpp"
#include "header_cache.hpp"
#include "source_directives.hpp"

namespace capricorn {
namespace {

namespace fs = std::filesystem;

struct CommandResult {
  int code = 0;
  std::string output;
  std::string errors;
};

Task<CommandResult> run_command(std::vector<std::string> arguments) {
  Process process = co_await create_subprocess_exec(
      std::move(arguments), {.input = DEVNULL, .output = PIPE, .error = PIPE});
  auto [output, errors] = co_await process.communicate();
  co_return CommandResult{*process.returncode(), std::move(output), std::move(errors)};
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

/// Where headers are looked for changes nothing of those that are compiled already.
bool is_search_path(const std::string& flag) {
  return flag.starts_with("-I") || flag.starts_with("-isystem");
}

/// Whether `made` is newer than all it was made of.
bool is_current(const std::string& made, const std::string& dependencies) {
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(made, error);
  if (error) return false;
  const std::vector<std::string> files = read_dependencies(read_file(dependencies));
  return !files.empty() && std::ranges::all_of(files, [&](const std::string& file) {
    const fs::file_time_type changed = fs::last_write_time(file, error);
    return !error && changed <= time;
  });
}

}  // namespace

ModuleCompiler::ModuleCompiler(Toolchain toolchain, ModuleSource source, std::string cache)
    : toolchain_(std::move(toolchain)), source_(std::move(source)), cache_(std::move(cache)) {}

std::vector<std::string> ModuleCompiler::base_command(const std::vector<std::string>& flags) const {
  std::vector<std::string> command{toolchain_.compiler};
  append(command, toolchain_.flags);
  append(command, flags);
  command.emplace_back("-fdiagnostics-color=always");
  return command;
}

Task<CompileResult> ModuleCompiler::compile(std::string output) {
  SourceDirectives directives = read_directives(read_file(source_.path), source_.path);
  if (directives.mistakes.empty()) {
    co_return co_await compile_with(std::move(directives), std::move(output));
  }
  CompileResult refused{.files = {source_.path}};
  for (const std::string& mistake : directives.mistakes) refused.messages += mistake + "\n";
  co_return refused;
}

Task<bool> ModuleCompiler::add_packages(std::vector<std::string> packages, const char* which,
                                        std::vector<std::string>& flags, std::string& messages) {
  if (packages.empty()) co_return true;
  std::vector<std::string> command{"pkg-config", which};
  append(command, packages);
  const CommandResult result = co_await run_command(std::move(command));
  if (result.code == 0) {
    std::string words = result.output;
    std::ranges::replace(words, '\n', ' ');
    append(flags, split_words(words));
  } else {
    messages += result.errors;
  }
  co_return result.code == 0;
}

/// Other flags, another compiler: another folder.
std::string ModuleCompiler::header_folder(const std::vector<std::string>& flags) const {
  Hasher hasher(HashAlgorithm::kSha256);
  std::error_code error;
  const auto changed = fs::last_write_time(toolchain_.compiler, error).time_since_epoch().count();
  hasher.update(std::to_string(error ? 0 : changed));
  for (const std::string& word : base_command(flags)) hasher.update(word + '\n');
  return cache_ + "/headers-" + hasher.hexdigest().substr(0, 16);
}

/// The flag that includes <capricorn/capricorn.hpp> as it was compiled before; "" where it does not
/// compile, and `messages` says why.
Task<std::string> ModuleCompiler::precompile(std::vector<std::string> flags,
                                             std::string& messages) {
  std::erase_if(flags, is_search_path);
  const std::string folder = header_folder(flags);
  const std::string header = folder + "/capricorn.hpp";
  const std::string compiled = header + (toolchain_.clang ? ".pch" : ".gch");
  const std::string dependencies = folder + "/capricorn.d";
  keep_newest_headers(cache_, folder);
  if (!is_current(compiled, dependencies)) {
    std::ofstream(header) << "#include <capricorn/capricorn.hpp>\n";
    const std::string fresh = compiled + "." + std::to_string(::getpid());
    std::vector<std::string> command = base_command(flags);
    if (toolchain_.clang) command.emplace_back("-fpch-instantiate-templates");
    append(command, {"-x", "c++-header", header, "-o", fresh, "-MD", "-MF", dependencies});
    const CommandResult result = co_await run_command(std::move(command));
    messages += result.errors;
    if (result.code != 0) co_return "";
    fs::rename(fresh, compiled);
  }
  co_return toolchain_.clang ? compiled : header;
}

Task<CompileResult> ModuleCompiler::compile_with(SourceDirectives directives, std::string output) {
  CompileResult result{.files = {source_.path}};
  std::vector<std::string> flags = source_.cxxflags;
  append(flags, directives.cxxflags);
  std::vector<std::string> ldflags = source_.ldflags;
  append(ldflags, directives.ldflags);
  const std::vector<std::string> packages = std::move(directives.packages);
  if (!co_await add_packages(packages, "--cflags", flags, result.messages)) co_return result;
  if (!co_await add_packages(packages, "--libs", ldflags, result.messages)) co_return result;
  const std::string header = co_await precompile(flags, result.messages);
  if (header.empty()) co_return result;

  std::vector<std::string> command = base_command(flags);
  append(command, {"-Wall", toolchain_.clang ? "-include-pch" : "-include", header});
  append(command, {"-shared", source_.path, "-o", output, "-MMD", "-MF", output + ".d"});
  append(command, ldflags);
  CommandResult compiled = co_await run_command(std::move(command));
  result.ok = compiled.code == 0;
  result.messages += compiled.errors;
  for (std::string& file : read_dependencies(read_file(output + ".d"))) {
    const bool own = !file.starts_with(toolchain_.headers + "/") && !file.starts_with(cache_ + "/");
    if (own && file != source_.path) result.files.push_back(std::move(file));
  }
  co_return result;
}

}  // namespace capricorn
