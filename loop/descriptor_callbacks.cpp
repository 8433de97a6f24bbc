// SPDX-License-Identifier: MIT
#include "descriptor_callbacks.hpp"

#include <utility>

#include "loop.hpp"

namespace capricorn {

class DescriptorCallbacks::Watcher final : public IoWatcher {
 public:
  // Shared, because a callback may remove itself, or its sibling of the same pass.
  struct Entry {
    Callback callback;
    Context context;
    std::uint64_t added_in = 0;  // the pass; what it polled is none of this callback's business
    bool removed = false;
  };

  Watcher(Loop& loop, int fd) : IoWatcher(fd), loop_(loop) {}
  ~Watcher() {
    if (reader_) reader_->removed = true;
    if (writer_) writer_->removed = true;
    loop_.unwatch(*this);
  }

  /// Returns the one before: it goes when the watcher is done with, as what it captured may remove
  /// the other one.
  [[nodiscard]] std::shared_ptr<Entry> set(IoEvents event, std::shared_ptr<Entry> entry) {
    auto& place = event == kReadable ? reader_ : writer_;
    const std::uint8_t before = interest();
    if (place) place->removed = true;
    place.swap(entry);
    const std::uint8_t now = interest();
    if (!before)
      loop_.watch(*this, now);
    else if (!now)
      loop_.unwatch(*this);
    else if (before != now)
      loop_.modify_watch(*this, now);
    return entry;
  }
  bool has(IoEvents event) const noexcept {
    return (event == kReadable ? reader_ : writer_) != nullptr;
  }
  std::uint8_t interest() const noexcept {
    return static_cast<std::uint8_t>((reader_ ? kReadable : 0) | (writer_ ? kWritable : 0));
  }

 private:
  void on_io(std::uint8_t events) override {
    // An error or a hang-up is for both to find out.
    const auto reader = events & ~kWritable && was_there(reader_) ? reader_ : nullptr;
    const auto writer =
        events & ~(kReadable | kReadHangup) && was_there(writer_) ? writer_ : nullptr;
    Loop& loop = loop_;
    if (reader) loop.call(reader->callback, reader->context);
    if (writer && !writer->removed) loop.call(writer->callback, writer->context);
  }

  /// When this pass polled. One that took another's place since has to wait for its own event.
  bool was_there(const std::shared_ptr<Entry>& entry) const noexcept {
    return entry && entry->added_in != loop_.pass_count();
  }

  Loop& loop_;
  std::shared_ptr<Entry> reader_;
  std::shared_ptr<Entry> writer_;
};

DescriptorCallbacks::DescriptorCallbacks(Loop& loop) noexcept : loop_(loop) {}
DescriptorCallbacks::~DescriptorCallbacks() = default;

void DescriptorCallbacks::add(int fd, IoEvents event, Callback callback) {
  auto entry = std::make_shared<Watcher::Entry>(
      Watcher::Entry{std::move(callback), Context::copy_current(), loop_.pass_count()});
  auto& watcher = watchers_[fd];
  std::unique_ptr<Watcher> dropped;  // behind the map's own changes
  try {
    if (!watcher) watcher = std::make_unique<Watcher>(loop_, fd);
    const auto before = watcher->set(event, std::move(entry));
  } catch (...) {  // passes through
    dropped = std::move(watcher);
    watchers_.erase(fd);
    throw;
  }
}

bool DescriptorCallbacks::remove(int fd, IoEvents event) {
  const auto found = watchers_.find(fd);
  if (found == watchers_.end() || !found->second->has(event)) return false;
  const auto before = found->second->set(event, nullptr);
  if (!found->second->interest()) watchers_.erase(found);
  return true;
}

}  // namespace capricorn
