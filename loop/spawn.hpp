// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace capricorn {

struct SpawnRequest {
  std::vector<std::string> arguments;       // the program first
  std::array<int, 3> standard{-1, -1, -1};  // what becomes 0, 1 and 2; negative: as it is here
  std::string cwd;
  std::optional<std::map<std::string, std::string>> env;
  bool start_new_session = false;
};

/// Starts a program: no other descriptor of ours passes on, all signals are unblocked and have
/// their default effects. Throws std::system_error that names the program or the directory.
pid_t spawn(const SpawnRequest& request);

}  // namespace capricorn
