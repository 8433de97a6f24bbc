// SPDX-License-Identifier: MIT
#include "sibling_loops.hpp"

#include <chrono>
#include <utility>

#include "../loop/errors.hpp"
#include "../loop/future.hpp"
#include "../loop/loop.hpp"
#include "../loop/timeout.hpp"

namespace capricorn {
namespace {

/// One question to all. Everything but the link is the asking loop's.
struct Inquiry {
  Inquiry(Loop& loop, std::size_t size) : asker(loop.link()), answers(size), complete(loop) {}

  void got(std::size_t index, std::string text) {
    answers[index] = std::move(text);
    if (--missing == 0 && !complete.done()) complete.set_result();
  }

  std::shared_ptr<LoopLink> asker;
  SiblingLoops::Answers answers;
  std::size_t missing = 0;
  Future<void> complete;
};

constexpr Duration kPatience = std::chrono::seconds(1);

}  // namespace

void SiblingLoops::join(std::size_t index, Loop& loop, Tell tell) {
  const std::lock_guard lock(mutex_);
  members_[index] = {loop.link(), std::move(tell)};
}

void SiblingLoops::leave(std::size_t index) {
  const std::lock_guard lock(mutex_);
  members_[index] = {};
}

/// On that loop's thread, where it also joins and leaves.
std::optional<std::string> SiblingLoops::told_by(std::size_t index, LoopQuestion question) {
  Tell tell;
  {
    const std::lock_guard lock(mutex_);
    tell = members_[index].tell;
  }
  return tell ? std::optional(tell(question)) : std::nullopt;
}

Task<SiblingLoops::Answers> SiblingLoops::ask(std::shared_ptr<SiblingLoops> loops, std::size_t own,
                                              LoopQuestion question) {
  const auto inquiry = std::make_shared<Inquiry>(get_running_loop(), loops->size());
  inquiry->answers[own] = loops->told_by(own, question);
  std::vector<std::shared_ptr<LoopLink>> links;
  {
    const std::lock_guard lock(loops->mutex_);
    for (const Member& member : loops->members_) links.push_back(member.link);
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (i == own || !links[i]) continue;
    const auto ask_one = [loops, inquiry, i, question] {
      std::optional<std::string> text = loops->told_by(i, question);
      if (!text) return;
      inquiry->asker->with_loop([&](Loop& asker) {
        asker.call_soon_threadsafe(
            [inquiry, i, text = std::move(*text)]() mutable { inquiry->got(i, std::move(text)); });
      });
    };
    const bool asked = links[i]->with_loop([&](Loop& loop) { loop.call_soon_threadsafe(ask_one); });
    inquiry->missing += asked ? 1 : 0;
  }
  if (inquiry->missing > 0) {
    try {
      co_await timeout(kPatience, [inquiry](Timeout&) -> Task<> { co_await inquiry->complete; });
    } catch (const TimeoutError&) {
      // Those that are missing stay so.
    }
  }
  co_return inquiry->answers;
}

}  // namespace capricorn
