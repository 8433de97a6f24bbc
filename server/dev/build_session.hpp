// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace capricorn {

/// Why there is no new application: what the page and the terminal show.
struct BuildFailure {
  std::string headline;  // "app.cpp does not compile"
  std::string messages;  // with the terminal's colours
};

/// What `capricorn dev`, which compiles, and its workers, which serve, have between them: a folder
/// with the newest module, and with the failure of the last build where it failed. Copies are the
/// same folder; the process that made it removes it.
class BuildSession {
 public:
  /// A folder of its own in `cache`; those that ended processes left there are removed. Throws
  /// std::system_error.
  explicit BuildSession(const std::string& cache);
  BuildSession(const BuildSession&) = delete;
  BuildSession& operator=(const BuildSession&) = delete;
  ~BuildSession();

  const std::string& folder() const noexcept { return folder_; }
  /// The newest that compiled; at first there is none.
  std::string module() const { return folder_ + "/app.so"; }
  bool has_module() const;
  /// When it was compiled, in ns of the files' clock; 0: never.
  long long module_time() const;

  /// Takes what was compiled to that path for the newest module.
  void succeed(const std::string& compiled) const;
  void fail(const BuildFailure& failure) const;
  /// The last, where it came behind `since`. It stays when the next build is good: a worker shows
  /// what is newer than its own module, so that a page goes with the worker that is replaced.
  std::optional<BuildFailure> failure(long long since = 0) const;

  /// A worker's: the newest module can be served.
  void loaded() const;
  /// Whether that was ever so.
  bool has_loaded() const;

 private:
  std::string folder_;
  pid_t owner_;
};

/// Where what is compiled once is kept: $XDG_CACHE_HOME/capricorn, else ~/.cache/capricorn, else a
/// folder of the user's in $TMPDIR. Made where it is missing. Throws std::system_error.
std::string cache_folder();

}  // namespace capricorn
