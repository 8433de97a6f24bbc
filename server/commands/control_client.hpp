// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace capricorn {

/// What the process answers to `GET path` on its control socket, within five seconds; nothing where
/// it has none, does not let us, or refuses.
std::optional<std::string> ask_process(pid_t pid, const std::string& path);

/// The process itself where it serves, or the workers where it is their supervisor; none where
/// nobody answers.
std::vector<pid_t> workers_of(pid_t pid);

/// "1234" as a process's number; nothing for any other text.
std::optional<pid_t> parse_pid(const std::string& text);

/// What `top` and `tasks` say where nobody answers; the exit code.
int nobody_answers(pid_t pid);

}  // namespace capricorn
