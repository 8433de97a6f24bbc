// SPDX-License-Identifier: MIT
#include "callback.hpp"

#include "source_name.hpp"

namespace capricorn {

std::string Callback::description() const {
  return "<callback created at " + file_and_line(where_) + ">";
}

}  // namespace capricorn
