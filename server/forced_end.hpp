// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace capricorn {

class ServerParent;

/// Ends a process that was told twice to stop and does not: a handler keeps a thread of a pool that
/// would be waited for, the application's clean-up does not come to its end, or something blocks
/// the loop. From the first stop on a thread of its own takes SIGTERM and SIGINT, since nobody
/// knows whether the loop still runs; where the loop does not take the first, it counts those that
/// come. For the thread that takes signals, which is the loop's. It outlives the application, whose
/// pools are waited for with it.
class ForcedEnd {
 public:
  /// `parent` says whether a second signal counts, and is told, on our thread, before the process
  /// ends.
  explicit ForcedEnd(ServerParent& parent) : parent_(parent) {}
  ForcedEnd(const ForcedEnd&) = delete;
  ForcedEnd& operator=(const ForcedEnd&) = delete;
  /// The process came to its end by itself.
  ~ForcedEnd();

  /// What asks the server to stop once more, from our thread, until `server_ended`; it may use this
  /// descriptor.
  void server_begins(std::function<void()> stop, int descriptor);
  /// The loop has its handlers of SIGTERM, and of SIGINT where that is its own: from now on they
  /// are counted, too.
  void count_signals();
  /// The first stop. SIGTERM and SIGINT are held from now on, for who takes them here.
  void begin();
  /// Somebody forced the end by another way than a signal.
  void force();
  /// The process ends with this code.
  void server_ended(int exit_code);

 private:
  void start_thread();
  void watch();
  void wait_for_begin();
  void tell_thread() noexcept;
  bool is_meant();

  ServerParent& parent_;
  std::thread thread_;

  // Both threads
  std::mutex mutex_;
  std::condition_variable over_changed_;
  std::function<void()> stop_;
  int exit_code_ = 0;
  int descriptor_ = -1;
  unsigned told_ = 1;   // how often somebody told us; where nobody counts, once before the thread
  bool begun_ = false;  // the loop has taken the first, and the others are the thread's
  bool forced_ = false;
  bool over_ = false;
};

}  // namespace capricorn
