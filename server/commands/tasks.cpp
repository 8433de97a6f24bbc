// SPDX-License-Identifier: MIT
#include <cstdio>
#include <string>

#include "../program_start.hpp"
#include "commands.hpp"
#include "control_client.hpp"

namespace capricorn {

int tasks(int argc, char** argv) {
  const std::optional<pid_t> pid = argc == 3 ? parse_pid(argv[2]) : std::nullopt;
  if (!pid) return print({1, "tasks: expected the number of a process: capricorn tasks PID\n"});
  const std::vector<pid_t> workers = workers_of(*pid);
  bool answered = false;
  for (const pid_t worker : workers) {
    const std::optional<std::string> tree = ask_process(worker, "/tasks?format=text");
    if (!tree) continue;
    if (workers.size() > 1) std::printf("Process %d: ", static_cast<int>(worker));
    std::fputs(tree->c_str(), stdout);
    answered = true;
  }
  return answered ? 0 : nobody_answers(*pid);
}

}  // namespace capricorn
