// SPDX-License-Identifier: MIT
#include "rebuilder.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>

#include "../../loop/log.hpp"
#include "../../loop/sleep.hpp"
#include "../../loop/task_handle.hpp"
#include "../../loop/wait.hpp"
#include "compiler_text.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Duration kLook = 50ms;
constexpr Duration kQuiet = 30ms;  // an editor writes a file in several steps

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

void print_messages(const std::string& messages) {
  if (messages.empty()) return;
  std::fputs(::isatty(STDERR_FILENO) == 1 ? messages.c_str() : without_colors(messages).c_str(),
             stderr);
}

/// As clang and g++ say it.
bool misses_a_file(const std::string& messages) {
  return messages.find("file not found") != std::string::npos ||
         messages.find("No such file") != std::string::npos;
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

}  // namespace

Rebuilder::Rebuilder(ModuleCompiler compiler, const BuildSession& session)
    : compiler_(std::move(compiler)),
      session_(session),
      files_{compiler_.source()},
      changes_(watch(false)) {}

/// What was read; where a header is missing, those that may come below the source's folder too.
FileWatch Rebuilder::watch(bool also_new_files) const {
  FileWatchOptions options{.folders = {},
                           .include = {"*.hpp", "*.h", "*.hh", "*.hxx", "*.ipp", "*.inc"},
                           .exclude = {".*", "build*", "node_modules", "*~"},
                           .files = files_,
                           .delay = 0ms};
  if (also_new_files) options.folders.push_back(folder_of(compiler_.source()));
  return FileWatch(std::move(options));
}

Task<> Rebuilder::build() {
  while (!co_await build_once()) {
  }
}

Task<> Rebuilder::follow_changes(pid_t supervisor) {
  supervisor_ = supervisor;
  while (true) {
    co_await wait_for_change();
    if (::getppid() != supervisor_) co_return;
    co_await build();
    ::kill(supervisor_, SIGCHLD);  // it looks at once
  }
}

/// Returns behind a save, when nothing more is written; or where the supervisor is gone.
Task<> Rebuilder::wait_for_change() {
  while (!changes_.changed()) {
    co_await sleep(kLook);
    if (supervisor_ != 0 && ::getppid() != supervisor_) co_return;
  }
  do {
    co_await sleep(kQuiet);
  } while (changes_.changed());
}

/// False where a file was saved meanwhile: what was compiled is old already.
Task<bool> Rebuilder::build_once() {
  if (supervisor_ != 0) log(LogLevel::kInfo, "Compiling '" + compiler_.source() + "'...");
  const std::string output = session_.folder() + "/compiled.so";
  const Clock::time_point began = Clock::now();
  TaskHandle<CompileResult> compilation = create_task(compiler_.compile(output));
  TaskHandle<void> change = create_task(wait_for_change());
  co_await WaitWaiter({&compilation.core(), &change.core()}, {.return_when = FIRST_COMPLETED});
  // A look more: between two of them a file may have been saved too.
  const bool outdated = !compilation.done() || change.done() || changes_.changed();
  compilation.cancel();
  change.cancel();
  co_await wait_until_done({compilation, change});
  if (outdated) co_return false;

  const CompileResult result = compilation.result();
  const std::chrono::duration<double> took = Clock::now() - began;
  files_ = result.files;
  changes_ = watch(!result.ok && misses_a_file(result.messages));
  if (result.ok) {
    session_.succeed(output);
  } else {
    session_.fail({compiler_.source() + " does not compile", result.messages});
  }
  tell(result, took.count());
  co_return true;
}

void Rebuilder::tell(const CompileResult& result, double seconds) const {
  print_messages(result.messages);
  if (result.ok) {
    log(LogLevel::kInfo, "Compiled '" + compiler_.source() + "' in " + seconds_text(seconds) + ".");
  } else {
    log(LogLevel::kError,
        "'" + compiler_.source() + "' does not compile: " +
            (session_.has_loaded() ? "the former build goes on." : "waiting for a change."));
  }
}

}  // namespace capricorn
