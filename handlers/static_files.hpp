// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../http/application.hpp"

namespace capricorn {

struct StaticFilesOptions {
  bool html = false;      // "/" gives index.html, and 404.html is the answer to what is not there
  bool check_dir = true;  // the folder has to be there at once, not only when it is asked for
  bool follow_symlink = false;     // also to where a symbolic link leaves the folder
  bool precompressed = false;      // "a.css.br", ".zst" or ".gz" beside "a.css", to who accepts it
  std::string cache_control = {};  // "max-age=3600" of what is found
  /// For an application of one page that routes in the browser: the file ("index.html") that
  /// answers, with 200, to a path whose last part has no dot and that names no file.
  std::string fallback = {};
};

/// Serves a folder, to be mounted: `app.mount("/static", StaticFiles("static", {.html = true}))`.
/// Nothing outside of it is reachable, not by "..", an escaped slash or, unless that is wanted, a
/// symbolic link. Conditional requests and ranges are answered; the bytes go from the file to the
/// socket in the kernel. Files are opened on the loop's thread, as nginx does: names and pages that
/// are in use are in memory, and a hop to another thread costs more than they do.
class StaticFiles final : public Application {
 public:
  /// Throws std::system_error where the folder cannot be opened, unless `check_dir` is false.
  explicit StaticFiles(std::string directory, StaticFilesOptions options = {});

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  struct Found;
  class Folder;

  Found find(const Folder& folder, const Scope& scope) const;
  Found find_stand_in(const Folder& folder, std::string_view path) const;
  Task<> send_found(const Folder& folder, Found& found, Scope& scope, Send& send) const;
  void take_sibling(const Folder& folder, Found& found, const Headers& request,
                    Headers& headers) const;

  std::string directory_;
  StaticFilesOptions options_;
};

}  // namespace capricorn
