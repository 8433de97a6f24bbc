// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>

#include "callback.hpp"
#include "context.hpp"
#include "selector.hpp"

namespace capricorn {

class Loop;

/// What add_reader and add_writer registered: two callbacks a descriptor, level-triggered.
class DescriptorCallbacks {
 public:
  explicit DescriptorCallbacks(Loop& loop) noexcept;
  DescriptorCallbacks(const DescriptorCallbacks&) = delete;
  ~DescriptorCallbacks();

  /// `event` is kReadable or kWritable.
  void add(int fd, IoEvents event, Callback callback);
  bool remove(int fd, IoEvents event);

 private:
  class Watcher;

  Loop& loop_;
  std::map<int, std::unique_ptr<Watcher>> watchers_;
};

}  // namespace capricorn
