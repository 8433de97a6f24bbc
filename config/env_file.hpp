// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capricorn {

using EnvVariables = std::vector<std::pair<std::string, std::string>>;

/// A dotenv file's variables in its order: `NAME=value`, `export NAME=value`, comments, values in
/// single quotes (as they are) or double quotes (with \n, \t, \", \\), over several lines where
/// they are quoted; `${OTHER}` and `${OTHER:-default}` outside single quotes, from the environment
/// or else the file's own lines above. `file` is for the sentences in `mistakes`.
EnvVariables parse_env_file(std::string_view text, const std::string& file,
                            std::vector<std::string>& mistakes);

/// Sets what the environment has not yet, as uvicorn's --env-file, in the place of what an earlier
/// call has set; "" for no file. Where something is wrong, nothing changes. Before any thread is
/// started.
std::vector<std::string> load_env_file(const std::string& path);

/// What the environment has from such a file.
const EnvVariables& env_file_variables() noexcept;
/// Sets these in their place.
void set_env_file_variables(EnvVariables variables);

}  // namespace capricorn
