// SPDX-License-Identifier: MIT
#include "dependency.hpp"

#include "openapi/description.hpp"

namespace capricorn {

void DependencyUse::describe(EndpointDescription& description) const {
  const std::size_t outside = description.scopes.size();
  description.scopes.insert(description.scopes.end(), scopes.begin(), scopes.end());
  dependency->describe(description);
  description.scopes.resize(outside);
}

}  // namespace capricorn
