// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/scope_extensions.hpp>

#include <atomic>
#include <string>
#include <thread>

using namespace capricorn;

TEST_CASE("the newest of a type is found, and the older ones stay where they are") {
  ScopeExtensions extensions;
  CHECK(extensions.get<std::string>() == nullptr);
  const std::string& first = extensions.emplace<std::string>("first");
  extensions.emplace<int>(7);
  const std::string& second = extensions.emplace<std::string>("second");
  CHECK(extensions.get<std::string>() == &second);
  CHECK(*extensions.get<int>() == 7);
  CHECK(first == "first");
}

// What a thread sanitizer says of it is the test.
TEST_CASE("a thread finds what is there while the loop adds others") {
  ScopeExtensions extensions;
  extensions.emplace<int>(7);
  std::atomic<bool> go_on = true;
  int missed = 0;
  std::thread job([&] {
    while (go_on) missed += extensions.get<int>() == nullptr;
  });
  for (int i = 0; i < 500; ++i) extensions.emplace<double>(i);
  go_on = false;
  job.join();
  CHECK(missed == 0);
}
