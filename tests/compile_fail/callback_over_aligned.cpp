// expect: captures, arguments and results are aligned to 16 bytes at most
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

struct alignas(64) Vector {
  float values[16];
};

void schedule(Loop& loop, const Vector& vector) {
#ifdef CORRECT
  loop.call_soon([&vector] { static_cast<void>(vector.values[0]); });
#else
  loop.call_soon([vector] { static_cast<void>(vector.values[0]); });
#endif
}
