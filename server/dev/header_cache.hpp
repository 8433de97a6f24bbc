// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace capricorn {

/// Precompiled headers are large, and each compiler, version and set of flags has its own: those
/// used last are kept, in folders `headers-...` of the cache, and the rest goes, with what
/// compilers left behind that were killed. Another session that uses one makes it anew. `used` is
/// the folder in use, made where there is none. Throws std::filesystem::filesystem_error where it
/// cannot be.
void keep_newest_headers(const std::string& cache, const std::string& used);

}  // namespace capricorn
