// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capricorn {

/// A dotenv file's variables in its order: `NAME=value`, `export NAME=value`, comments, values in
/// single quotes (as they are) or double quotes (with \n, \t, \", \\), over several lines where
/// they are quoted; `${OTHER}` and `${OTHER:-default}` outside single quotes, from the environment
/// or else the file's own lines above. `file` is for the sentences in `mistakes`.
std::vector<std::pair<std::string, std::string>> parse_env_file(std::string_view text,
                                                                const std::string& file,
                                                                std::vector<std::string>& mistakes);

/// Sets what the environment has not yet, as uvicorn's --env-file. Where something is wrong,
/// nothing is set. Before any thread is started.
std::vector<std::string> load_env_file(const std::string& path);

}  // namespace capricorn
