// SPDX-License-Identifier: MIT
#include "kept_files.hpp"

#include <iterator>
#include <utility>

namespace capricorn {
namespace {

/// What an entry takes besides its bytes and its name: two nodes, the stamp, the entity tag.
constexpr std::size_t kOverhead = 512;

}  // namespace

std::size_t KeptFiles::cost(std::string_view name, std::uint64_t size) noexcept {
  return kOverhead + name.size() + static_cast<std::size_t>(size);
}

bool KeptFiles::has_room_for(std::string_view name, std::uint64_t size) const noexcept {
  return size <= kLargest && cost(name, size) <= memory_;
}

std::shared_ptr<KeptFile> KeptFiles::find(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->file;
}

void KeptFiles::put(std::string_view name, std::shared_ptr<KeptFile> file) {
  drop(name);
  const std::size_t needed = cost(name, file->bytes.size());
  while (used_ + needed > memory_ && !entries_.empty()) drop(std::prev(entries_.end()));
  entries_.push_front({std::string(name), std::move(file)});
  used_ += needed;  // from now on it goes with its entry
  by_name_.emplace(entries_.front().name, entries_.begin());
}

void KeptFiles::drop(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) drop(found->second);
}

void KeptFiles::drop(Entries::iterator entry) {
  used_ -= cost(entry->name, entry->file->bytes.size());
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace capricorn
