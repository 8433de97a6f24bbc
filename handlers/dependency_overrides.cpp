// SPDX-License-Identifier: MIT
#include "dependency_overrides.hpp"

namespace capricorn {

void DependencyOverrides::set(const Dependency& dependency,
                              std::shared_ptr<const Dependency> override) {
  erase(dependency);
  entries_.push_back({&dependency, std::move(override)});
}

void DependencyOverrides::erase(const Dependency& dependency) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.dependency == &dependency; });
  ++version_;
}

void DependencyOverrides::clear() {
  entries_.clear();
  ++version_;
}

std::shared_ptr<const Dependency> DependencyOverrides::find(const Dependency& dependency) const {
  for (const Entry& entry : entries_) {
    if (entry.dependency == &dependency) return entry.override;
  }
  return nullptr;
}

}  // namespace capricorn
