// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/range.hpp>

#include <random>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

using Answer = RangeRequest::Answer;

struct Case {
  std::string_view range;
  std::vector<ByteRange> expected;  // none: the whole
};

RangeRequest ask(std::string_view range, std::uint64_t size = 1000) {
  return parse_range({{"range", range}}, Method::kGet, size);
}

}  // namespace

TEST_CASE("ranges of 1000 bytes (RFC 9110, 14.1.2)") {
  const std::vector<Case> cases = {
      {"bytes=0-0", {{0, 1}}},
      {"bytes=0-499", {{0, 500}}},
      {"bytes=500-", {{500, 500}}},
      {"bytes=999-", {{999, 1}}},
      {"bytes=0-", {{0, 1000}}},
      {"bytes=-1", {{999, 1}}},
      {"bytes=-1000", {{0, 1000}}},
      {"bytes=-5000", {{0, 1000}}},
      {"bytes=900-5000", {{900, 100}}},
      {"bytes=0-99999999999999999999999999", {{0, 1000}}},
      {"bytes=-99999999999999999999999999", {{0, 1000}}},
      {"bytes=0-18446744073709551615", {{0, 1000}}},
      {"BYTES=0-0", {{0, 1}}},
      {"bytes=0000-0009", {{0, 10}}},
      {"bytes=0-0,-1", {{0, 1}, {999, 1}}},
      {"bytes= 0-0 ,\t-1 ,, ", {{0, 1}, {999, 1}}},
      {"bytes=500-600,0-9", {{500, 101}, {0, 10}}},
      {"bytes=0-9,10-19", {{0, 10}, {10, 10}}},
      {"bytes=0-9,5000-", {{0, 10}}},
      {"bytes=-0,0-9", {{0, 10}}},
      // Those that overlap are one, where the first of them stood.
      {"bytes=0-99,50-149", {{0, 150}}},
      {"bytes=0-,0-,0-,0-", {{0, 1000}}},
      {"bytes=50-59,0-9,55-99", {{50, 50}, {0, 10}}},
      {"bytes=0-9,20-29,40-49,5-45", {{0, 50}}},
      {"bytes=20-29,0-9,40-49,25-45", {{20, 30}, {0, 10}}},
      // Not for us, or not to be read: ignored.
      {"items=0-0", {}},
      {"bytes", {}},
      {"bytes=", {}},
      {"bytes=,", {}},
      {"bytes=-", {}},
      {"bytes=a-b", {}},
      {"bytes=0", {}},
      {"bytes=5-2", {}},
      {"bytes=0-0,5-2", {}},
      {"bytes=0x0-5", {}},
      {"bytes=+1-5", {}},
      {"bytes=--5", {}},
      {"bytes=1-2-3", {}},
      {"bytes=1 - 2", {}},
      {"bytes =0-0", {}},
      {"bytes:0-0", {}},
      {"bytes=1.5-2", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.range);
    const RangeRequest asked = ask(c.range);
    CHECK(asked.answer == (c.expected.empty() ? Answer::kWhole : Answer::kPartial));
    CHECK(asked.ranges == c.expected);
  }
}

TEST_CASE("a range that no byte lies in is not satisfiable (RFC 9110, 15.5.17)") {
  for (std::string_view range : {"bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=-0,1000-",
                                 "bytes=18446744073709551615-", "bytes=99999999999999999999999-"}) {
    CAPTURE(range);
    CHECK(ask(range).answer == Answer::kUnsatisfiable);
  }
  CHECK(unsatisfied_range(1000) == "bytes */1000");
}

TEST_CASE("of an empty file there is no part") {
  CHECK(ask("bytes=0-", 0).answer == Answer::kUnsatisfiable);
  CHECK(ask("bytes=0-0", 0).answer == Answer::kUnsatisfiable);
  CHECK(ask("bytes=-5", 0).answer == Answer::kWhole);
}

TEST_CASE("only one Range, and only of GET (RFC 9110, 14.2)") {
  CHECK(parse_range({{"range", "bytes=0-0"}}, Method::kHead, 10).answer == Answer::kWhole);
  CHECK(parse_range({{"range", "bytes=0-0"}}, Method::kPost, 10).answer == Answer::kWhole);
  CHECK(parse_range({}, Method::kGet, 10).answer == Answer::kWhole);
  const Headers twice{{"range", "bytes=0-0"}, {"range", "bytes=1-1"}};
  CHECK(parse_range(twice, Method::kGet, 10).answer == Answer::kWhole);
}

TEST_CASE("many ranges are no honest request") {
  std::string range = "bytes=0-0";
  for (std::size_t i = 1; i < kMaxRanges; ++i)
    range += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  CHECK(ask(range).ranges.size() == kMaxRanges);
  CHECK(ask(range + ",500-500").answer == Answer::kWhole);
}

TEST_CASE("the parts of multipart/byteranges and its length (RFC 9110, 14.6)") {
  const MultipartRanges parts({{0, 2}, {5, 3}}, 10, "text/plain", "B");
  const std::string content = "0123456789";
  std::string body;
  for (std::size_t i = 0; i < parts.ranges().size(); ++i) {
    body += parts.head(i) + content.substr(parts.ranges()[i].offset, parts.ranges()[i].size);
  }
  body += parts.end();
  CHECK(parts.content_type() == "multipart/byteranges; boundary=B");
  CHECK(body ==
        "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n"
        "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-7/10\r\n\r\n567\r\n--B--\r\n");
  CHECK(parts.content_length() == body.size());
}

TEST_CASE("whatever is asked for, each byte of it is sent once and no other") {
  std::mt19937 random(1);
  constexpr std::uint64_t kSize = 40;
  for (int round = 0; round < 5000; ++round) {
    std::string range = "bytes=";
    std::vector<bool> wanted(kSize);
    const unsigned count = 1 + random() % 8;
    for (unsigned i = 0; i < count; ++i) {
      const unsigned first = random() % 50;
      const unsigned last = first + random() % 20;
      range += std::to_string(first) + "-" + std::to_string(last) + ",";
      for (unsigned at = first; at <= last && at < kSize; ++at) wanted[at] = true;
    }
    std::vector<bool> sent(kSize);
    bool twice = false;
    for (const ByteRange part : ask(range, kSize).ranges) {
      REQUIRE(part.size > 0);
      REQUIRE(part.end() <= kSize);
      for (std::uint64_t at = part.offset; at < part.end(); ++at) {
        twice = twice || sent[at];
        sent[at] = true;
      }
    }
    CAPTURE(range);
    CHECK_FALSE(twice);
    CHECK((sent == wanted));
  }
}
