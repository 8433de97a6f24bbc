// expect: captures, arguments and results are aligned to 16 bytes at most
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

#include <memory>

using namespace capricorn;

struct alignas(64) Vector {
  float values[16];
};

#ifdef CORRECT
Task<std::unique_ptr<Vector>> compute() { co_return std::make_unique<Vector>(); }
#else
Task<Vector> compute() { co_return Vector(); }
#endif
