// SPDX-License-Identifier: MIT
#include "callback.hpp"

#include "source_name.hpp"

namespace capricorn {

std::string Callback::describe(std::source_location where) {
  return "<callback created at " + file_and_line(where) + ">";
}

}  // namespace capricorn
