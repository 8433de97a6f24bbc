// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/loop/throw_trace.hpp>

#include <stdexcept>
#include <string>
#include <thread>

using namespace capricorn;

// Of external linkage, so that they have names where the program was stripped of the others'.
[[gnu::noinline]] void throws_here() { throw std::runtime_error("here"); }
[[gnu::noinline]] void calls_who_throws() {
  throws_here();
  asm volatile("");  // no tail call
}

namespace {

std::exception_ptr caught() {
  try {
    calls_who_throws();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

}  // namespace

TEST_CASE("the stack of a throw is known, also of one in another thread") {
  if (!trace_throws()) return;  // as with sanitizers
  const std::exception_ptr here = caught();
  const std::string stack = stack_of_throw(here);
  CHECK(stack.starts_with("    throws_here()"));
  CHECK(stack.contains("\n    calls_who_throws()"));
  std::exception_ptr elsewhere;
  std::thread([&] { elsewhere = caught(); }).join();
  CHECK(stack_of_throw(elsewhere).starts_with("    throws_here()"));
  // What is thrown on is shown where it was first thrown.
  try {
    std::rethrow_exception(here);
  } catch (...) {
    CHECK(stack_of_throw(std::current_exception()) == stack);
  }
  CHECK(stack_of_throw(nullptr).empty());
}

TEST_CASE("only the last throws are kept") {
  if (!trace_throws()) return;
  const std::exception_ptr first = caught();
  std::exception_ptr last;
  for (int i = 0; i < 100; ++i) last = caught();
  CHECK(stack_of_throw(first).empty());
  CHECK_FALSE(stack_of_throw(last).empty());
}
