// SPDX-License-Identifier: MIT
#include "oauth2_form.hpp"

#include <algorithm>
#include <string_view>

namespace capricorn::detail {

std::vector<std::string> split_scopes(const std::string& scope) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";  // as Python's split()
  std::vector<std::string> scopes;
  for (std::size_t begin = scope.find_first_not_of(kSpace); begin != std::string::npos;) {
    const std::size_t end = std::min(scope.find_first_of(kSpace, begin), scope.size());
    scopes.push_back(scope.substr(begin, end - begin));
    begin = scope.find_first_not_of(kSpace, end);
  }
  return scopes;
}

}  // namespace capricorn::detail
