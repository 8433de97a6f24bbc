// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace capricorn {

/// What the system knows of a process, where it tells.
struct ProcessFigures {
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<double> started_at;  // seconds since 1970
};

/// By /proc; nothing elsewhere.
ProcessFigures process_figures(pid_t pid);

}  // namespace capricorn
