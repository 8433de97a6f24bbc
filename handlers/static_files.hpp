// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "../http/application.hpp"

namespace capricorn {

class KeptFiles;
class StaticFolder;

struct StaticFilesOptions {
  bool html = false;      // "/" gives index.html, and 404.html is the answer to what is not there
  bool check_dir = true;  // the folder has to be there at once, not only when it is asked for
  bool follow_symlink = false;     // also to where a symbolic link leaves the folder
  bool precompressed = false;      // "a.css.br", ".zst" or ".gz" beside "a.css", to who accepts it
  std::string cache_control = {};  // "max-age=3600" of what is found
  /// For an application of one page that routes in the browser: the file ("index.html") that
  /// answers, with 200, to a path whose last part has no dot and that names no file.
  std::string fallback = {};
  /// Bytes for small files (64 KiB and less), which are answered from memory as long as the system
  /// says that they are what they were; for each loop. 0: each file is opened.
  std::size_t memory = 8 << 20;
};

/// Serves a folder, to be mounted: `app.mount("/static", StaticFiles("static", {.html = true}))`.
/// Nothing outside of it is reachable, not by "..", an escaped slash or, unless that is wanted, a
/// symbolic link. Conditional requests and ranges are answered. What is small comes from memory and
/// is never old (StaticFolder says how); of the rest the bytes go from the file to the socket in
/// the kernel. Files are opened on the loop's thread, as nginx does: names and pages that are in
/// use are in memory, and a hop to another thread costs more than they do. For the one loop that
/// its App serves.
class StaticFiles final : public Application {
 public:
  /// Throws std::system_error where the folder cannot be opened, unless `check_dir` is false.
  explicit StaticFiles(std::string directory, StaticFilesOptions options = {});

  StaticFiles(StaticFiles&&) noexcept;
  StaticFiles& operator=(StaticFiles&&) noexcept;
  ~StaticFiles() override;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  struct Found;

  Found find(const Scope& scope) const;
  Found find_in(StaticFolder& folder, std::string_view path, const Scope& scope) const;
  Found find_stand_in(StaticFolder& folder, std::string_view path) const;
  void take_sibling(StaticFolder& folder, Found& found, const Headers& request) const;
  Headers describe(const Found& found) const;
  Task<> send_found(const Found& found, Scope& scope, Send& send) const;

  std::string directory_;
  StaticFilesOptions options_;
  std::unique_ptr<KeptFiles> kept_;
};

}  // namespace capricorn
