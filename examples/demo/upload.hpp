// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace demo {

using namespace capricorn;

struct Uploaded {
  std::string filename;
  std::string content_type;
  std::uint64_t size;
  std::string sha256;
};

/// Every file of the form, whatever the name of its field.
Task<std::vector<Uploaded>> upload(Request& request);

}  // namespace demo
