// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/kept_files.hpp>

#include <memory>
#include <string>
#include <string_view>

using namespace capricorn;

namespace {

std::shared_ptr<KeptFile> file_of(std::string_view bytes) {
  return std::make_shared<KeptFile>(FileStamp{.size = bytes.size()}, "\"tag\"", std::string(bytes));
}

}  // namespace

TEST_CASE("a file is found by its name until another takes its place, or it is dropped") {
  KeptFiles files(1 << 16);
  CHECK_FALSE(files.find("a"));
  files.put("a", file_of("one"));
  CHECK(files.find("a")->bytes == "one");
  CHECK_FALSE(files.find("b"));
  files.put("a", file_of("two"));
  CHECK(files.find("a")->bytes == "two");
  const std::shared_ptr<KeptFile> held = files.find("a");
  files.drop("a");
  files.drop("a");
  CHECK_FALSE(files.find("a"));
  CHECK(files.used() == 0);
  CHECK(held->bytes == "two");
}

TEST_CASE("the files never take more than their memory; the one not asked for longest leaves") {
  constexpr std::size_t kMemory = 100'000;
  KeptFiles files(kMemory);
  const std::string bytes(20'000, 'x');
  for (const char* name : {"a", "b", "c", "d"}) files.put(name, file_of(bytes));
  CHECK(files.find("a"));
  files.put("e", file_of(bytes));
  CHECK_FALSE(files.find("b"));
  for (const char* name : {"a", "c", "d", "e"}) CHECK(files.find(name));
  for (int i = 0; i < 10'000; ++i) {
    files.put(std::to_string(i), file_of(""));
    CHECK(files.used() <= kMemory);
  }
  // Empty ones have a price, too.
  int found = 0;
  for (int i = 0; i < 10'000; ++i) found += files.find(std::to_string(i)) != nullptr;
  CHECK(found > 100);
  CHECK(found < 250);
}

TEST_CASE("there is room for what is small, and fits") {
  const KeptFiles files(1 << 20);
  CHECK(files.has_room_for("a", KeptFiles::kLargest));
  CHECK_FALSE(files.has_room_for("a", KeptFiles::kLargest + 1));
  CHECK_FALSE(KeptFiles(1000).has_room_for("a", 900));
  CHECK_FALSE(KeptFiles(1000).has_room_for(std::string(900, 'a'), 0));
  CHECK_FALSE(KeptFiles(0).has_room_for("", 0));
}
