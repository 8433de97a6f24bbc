// SPDX-License-Identifier: MIT
#pragma once

namespace capricorn {

/// Why a worker is replaced.
enum class RestartReason : unsigned char { kDied, kHung, kMemory, kMaxRequests, kReload, kEnd };

}  // namespace capricorn
