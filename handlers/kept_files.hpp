// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "../http/headers.hpp"
#include "../loop/runnable.hpp"
#include "file_stamp.hpp"

namespace capricorn {

/// A small file, or a folder, as it was when it was read.
struct KeptFile {
  FileStamp stamp;
  std::string etag;
  std::string bytes;  // of a folder none
  TimePoint read_at;
  Headers headers = {};  // of a 200 with all of it; none before the first
};

/// Small files in memory, by name; those that were not asked for longest make room for others. It
/// holds no descriptor, and knows nothing of what became of the files since. For one thread.
class KeptFiles {
 public:
  static constexpr std::size_t kLargest = 65536;

  /// `memory`: of the files and what belongs to them; 0 keeps none.
  explicit KeptFiles(std::size_t memory) noexcept : memory_(memory) {}

  /// Whether `put` would take a file of that name and size.
  bool has_room_for(std::string_view name, std::uint64_t size) const noexcept;
  /// Null where there is none. Whoever sends a file holds it so that it may leave meanwhile.
  std::shared_ptr<KeptFile> find(std::string_view name);
  /// In the place of one of that name. Only where there is room.
  void put(std::string_view name, std::shared_ptr<KeptFile> file);
  void drop(std::string_view name);
  /// What they take now; never more than `memory`.
  std::size_t used() const noexcept { return used_; }

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<KeptFile> file;
  };
  using Entries = std::list<Entry>;

  static std::size_t cost(std::string_view name, std::uint64_t size) noexcept;
  void drop(Entries::iterator entry);

  std::size_t memory_;
  std::size_t used_ = 0;
  Entries entries_;  // the last to be asked for is the first
  std::unordered_map<std::string_view, Entries::iterator> by_name_;  // views of the entries' names
};

}  // namespace capricorn
