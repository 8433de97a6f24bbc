// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "../../loop/task.hpp"
#include "../file_watch.hpp"
#include "build_session.hpp"
#include "module_compiler.hpp"

namespace capricorn {

/// Compiles a module again each time one of its files is saved, for a supervisor that serves the
/// session's newest. A save while the compiler runs ends it and begins anew.
class Rebuilder {
 public:
  /// `session` outlives it.
  Rebuilder(ModuleCompiler compiler, const BuildSession& session);

  /// The first build; what came of it stands in the session.
  Task<> build();
  /// Until `supervisor`, this process's parent, is gone.
  Task<> follow_changes(pid_t supervisor);

 private:
  Task<> wait_for_change();
  Task<bool> build_once();
  void tell(const CompileResult& result, double seconds) const;
  FileWatch watch(bool also_new_files) const;

  ModuleCompiler compiler_;
  const BuildSession& session_;
  std::vector<std::string> files_;  // that the last build read
  FileWatch changes_;
  pid_t supervisor_ = 0;
};

}  // namespace capricorn
