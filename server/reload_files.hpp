// SPDX-License-Identifier: MIT
#pragma once

#include "../config/config.hpp"
#include "file_watch.hpp"

namespace capricorn {

/// What `--reload` watches, by uvicorn's rules: `reload_includes` and `reload_excludes` come beside
/// the usual ones, and take from the other's what they name. An include that is a folder is
/// watched, an exclude that is one is left out with all below it; without folders it is the working
/// directory. The module is watched whatever it is called.
/// https://github.com/Kludex/uvicorn/blob/main/uvicorn/supervisors/watchfilesreload.py
FileWatchOptions reload_files(const Config& config);

}  // namespace capricorn
