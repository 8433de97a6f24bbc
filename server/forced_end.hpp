// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace capricorn {

class ServerParent;

/// Ends a process that was told twice to stop and does not: a handler keeps a thread of a pool that
/// would be waited for, or the application's clean-up does not come to its end. From the first stop
/// on a thread of its own takes SIGTERM and SIGINT, since nobody knows whether the loop still runs.
/// For the thread that takes signals, which is the loop's. It outlives the application, whose pools
/// are waited for with it.
class ForcedEnd {
 public:
  /// `parent` says whether a second signal counts, and is told, on our thread, before the process
  /// ends.
  explicit ForcedEnd(ServerParent& parent) : parent_(parent) {}
  ForcedEnd(const ForcedEnd&) = delete;
  ForcedEnd& operator=(const ForcedEnd&) = delete;
  /// The process came to its end by itself.
  ~ForcedEnd();

  /// What asks the server to stop once more, from our thread, until `server_ended`.
  void server_begins(std::function<void()> stop);
  /// The first stop. SIGTERM and SIGINT are held from now on, for who takes them here.
  void begin();
  /// Somebody forced the end by another way than a signal.
  void force();
  /// The process ends with this code.
  void server_ended(int exit_code);

 private:
  void watch();
  bool is_meant();

  ServerParent& parent_;
  std::thread thread_;

  // Both threads
  std::mutex mutex_;
  std::condition_variable over_changed_;
  std::function<void()> stop_;
  int exit_code_ = 0;
  bool forced_ = false;
  bool over_ = false;
};

}  // namespace capricorn
