// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../http/application.hpp"
#include "open_file.hpp"
#include "response.hpp"

namespace capricorn {

/// Serves a folder, to be mounted: `app.mount("/static", StaticFiles{"static"})`. Nothing outside
/// of it is reachable, not by "..", an escaped slash or a symbolic link. Answers 304 to who has it.
class StaticFiles final : public Application {
 public:
  /// Throws std::system_error where the folder cannot be opened.
  explicit StaticFiles(std::string directory);
  StaticFiles(StaticFiles&& other) noexcept;
  StaticFiles& operator=(StaticFiles&&) = delete;
  ~StaticFiles() override;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  OpenFile open_below(const std::string& path) const;

  int directory_fd_;
};

}  // namespace capricorn
