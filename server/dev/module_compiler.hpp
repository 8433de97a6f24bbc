// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "../../loop/task.hpp"
#include "toolchain.hpp"

namespace capricorn {

struct SourceDirectives;

struct ModuleSource {
  std::string path;                   // of the one file that is compiled
  std::vector<std::string> cxxflags;  // besides those that every module has
  std::vector<std::string> ldflags;
};

struct CompileResult {
  bool ok = false;
  std::string messages;            // the compiler's, with colours; warnings too
  std::vector<std::string> files;  // what was read, but for the system's and the library's
};

/// Makes a module of one file, by means of a header that was compiled before and is kept for later
/// sessions. One compilation at a time. Its loop's thread.
class ModuleCompiler {
 public:
  /// The header is kept in `cache`.
  ModuleCompiler(Toolchain toolchain, ModuleSource source, std::string cache);

  /// Cancelled, it ends the compiler. Throws std::system_error where no process can be started.
  Task<CompileResult> compile(std::string output);
  const std::string& source() const noexcept { return source_.path; }

 private:
  // What they take by reference is the awaiting frame's.
  Task<bool> add_packages(std::vector<std::string> packages, const char* which,
                          std::vector<std::string>& flags, std::string& messages);
  Task<std::string> precompile(std::vector<std::string> flags, std::string& messages);
  Task<CompileResult> compile_with(SourceDirectives directives, std::string output);
  std::vector<std::string> base_command(const std::vector<std::string>& flags) const;
  std::string header_folder(const std::vector<std::string>& flags) const;

  Toolchain toolchain_;
  ModuleSource source_;
  std::string cache_;
};

}  // namespace capricorn
