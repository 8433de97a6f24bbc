// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace capricorn {

class Loop;

/// The tree of the loop's live tasks, for people: each with its name, its state and since when,
/// where it was created, and its coroutines from the outermost to the one that waits, each at the
/// place of its `co_await`. A task stands below the one that waits for it; where several do, below
/// each, in full once. A running coroutine's place is that of its last `co_await`. Loop's thread
/// only. https://docs.python.org/3/library/asyncio-graph.html
std::string format_tasks(Loop& loop);

}  // namespace capricorn
