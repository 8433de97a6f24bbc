// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/serialise.hpp>

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

using namespace capricorn;

namespace {

struct Point {
  int x;
  double y;
  friend bool operator==(const Point&, const Point&) = default;
};
enum class Colour : unsigned char { kRed, kBlue };

template <class T>
bool survives(const T& value) {
  ArchiveWriter out;
  out.write(value);
  const std::string bytes = out.take();
  ArchiveReader in(bytes);
  return in.read<T>() == value && in.at_end();
}

static_assert(Serialisable<int> && Serialisable<Point> && Serialisable<std::string>);
static_assert(Serialisable<std::map<std::string, std::vector<Point>>>);
static_assert(!Serialisable<const char*> && !Serialisable<std::string_view>);
static_assert(!Serialisable<std::span<int>> && !Serialisable<std::vector<std::string_view>>);
static_assert(!Serialisable<std::shared_ptr<int>> && !Serialisable<std::tuple<int, int*>>);

}  // namespace

TEST_CASE("values are the same after the way there and back") {
  CHECK(survives(-7));
  CHECK(survives(std::numeric_limits<double>::infinity()));
  CHECK(survives(Colour::kBlue));
  CHECK(survives(Point{1, 2.5}));
  CHECK(survives(std::string("zero \0 inside", 13)));
  CHECK(survives(std::string()));
  CHECK(survives(std::vector<int>{1, 2, 3}));
  CHECK(survives(std::vector<bool>{true, false, true}));
  CHECK(survives(std::vector<std::vector<std::string>>{{"a", ""}, {}}));
  CHECK(survives(std::array<int, 3>{1, 2, 3}));
  CHECK(survives(std::array<std::string, 2>{"a", "b"}));
  CHECK(survives(std::optional<std::string>("x")));
  CHECK(survives(std::optional<std::string>()));
  CHECK(survives(std::pair<int, std::string>{1, "x"}));
  CHECK(survives(std::tuple<>()));
  CHECK(survives(std::tuple<int, std::string, std::vector<Point>>{1, "x", {{1, 2}}}));
  CHECK(survives(std::tuple<std::tuple<std::tuple<int>>>{{{1}}}));
  CHECK(survives(std::map<std::string, std::optional<int>>{{"a", 1}, {"b", {}}}));
  CHECK(survives(std::unordered_map<int, std::string>{{1, "x"}, {2, "y"}}));
}

TEST_CASE("bytes that end too early are refused, and so is a size beyond them") {
  ArchiveWriter out;
  out.write(std::vector<std::string>{"one", "two"});
  const std::string bytes = out.take();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ArchiveReader in(std::string_view(bytes).substr(0, size));
    CHECK_THROWS_AS(in.read<std::vector<std::string>>(), RuntimeError);
  }
  ArchiveWriter huge;
  huge.write_size(std::numeric_limits<std::size_t>::max());
  const std::string claim = huge.take();
  CHECK_THROWS_AS(ArchiveReader(claim).read<std::string>(), RuntimeError);
  CHECK_THROWS_AS(ArchiveReader(claim).read<std::vector<long>>(), RuntimeError);
}
