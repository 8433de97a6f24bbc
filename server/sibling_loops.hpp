// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../loop/task.hpp"

namespace capricorn {

class Loop;
class LoopLink;

enum class LoopQuestion : unsigned char {
  kTasks,          // the trees of its tasks, as a JSON array
  kTaskText,       // the same for people
  kSlowCallbacks,  // a JSON array
};

/// The loops of one process, which ask each other what only a loop's own thread can tell: whichever
/// of them a client reaches answers for all.
class SiblingLoops {
 public:
  /// Called on the thread of the loop that is asked.
  using Tell = std::function<std::string(LoopQuestion)>;
  /// Of each loop in their order; nothing of one that is not there, or was busy for a second.
  using Answers = std::vector<std::optional<std::string>>;

  explicit SiblingLoops(std::size_t size) : members_(size) {}
  SiblingLoops(const SiblingLoops&) = delete;
  SiblingLoops& operator=(const SiblingLoops&) = delete;

  /// Both on the thread of loop `index`, the running one or not: between them it is asked.
  void join(std::size_t index, Loop& loop, Tell tell);
  void leave(std::size_t index);
  std::size_t size() const noexcept { return members_.size(); }

  /// On the thread of loop `own`. Others may answer later than that loop lives, hence the pointer.
  static Task<Answers> ask(std::shared_ptr<SiblingLoops> loops, std::size_t own,
                           LoopQuestion question);

 private:
  struct Member {
    std::shared_ptr<LoopLink> link;  // null: not there
    Tell tell;
  };

  std::optional<std::string> told_by(std::size_t index, LoopQuestion question);

  std::mutex mutex_;
  std::vector<Member> members_;
};

}  // namespace capricorn
