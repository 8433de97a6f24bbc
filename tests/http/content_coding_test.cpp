// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/content_coding.hpp>

#include <optional>
#include <vector>

using namespace capricorn;

namespace {

using enum ContentCoding;
constexpr std::array kOffered = {kZstd, kBrotli, kGzip};

ContentCoding best(const Headers& request) { return AcceptEncoding(request).best(kOffered); }

}  // namespace

TEST_CASE("what an Accept-Encoding asks for (RFC 9110, 12.5.3)") {
  struct Case {
    std::string_view value;
    ContentCoding expected;
  };
  const std::vector<Case> cases = {
      {"", kIdentity},
      {"gzip", kGzip},
      {"GZIP", kGzip},
      {"x-gzip", kGzip},
      {"br", kBrotli},
      {"zstd", kZstd},
      {"gzip, deflate, br, zstd", kZstd},
      {"gzip, br", kBrotli},
      {"deflate", kIdentity},
      {"compress, sdch", kIdentity},
      {"*", kZstd},
      {"*;q=0", kIdentity},
      {"gzip;q=0", kIdentity},
      {"gzip;q=0.000", kIdentity},
      {"gzip;q=0, *", kZstd},
      {"zstd;q=0, *", kBrotli},
      {"gzip;q=1.0, br;q=0.5", kGzip},
      {"gzip;q=0.001", kGzip},
      {"br ; q=0.2 , gzip ;Q=0.8", kGzip},
      {"gzip;q=0.5, *;q=0.8", kZstd},
      {"identity", kIdentity},
      {"identity, gzip", kGzip},
      {"identity;q=1, gzip;q=0.5", kIdentity},
      {"identity;q=0.5, gzip;q=0.5", kGzip},
      {"identity;q=0, gzip;q=0.1", kGzip},
      {"identity;q=0", kIdentity},
      // A weight that cannot be read refuses.
      {"gzip;q=2", kIdentity},
      {"gzip;q=-1", kIdentity},
      {"gzip;q=", kIdentity},
      {"gzip;q=0.1234", kIdentity},
      {"gzip;q=1.001", kIdentity},
      {"gzip;q=a", kIdentity},
      {",, gzip,,", kGzip},
      {"gzip;level=9", kGzip},
      {"gzipped", kIdentity},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(best({{"accept-encoding", c.value}}) == c.expected);
  }
  CHECK(best({}) == kIdentity);
  CHECK(best({{"accept-encoding", "gzip;q=0.5"}, {"accept-encoding", "br"}}) == kBrotli);
}

TEST_CASE("identity is refused only in so many words (RFC 9110, 12.5.3)") {
  const auto refuses = [](std::string_view value) {
    return AcceptEncoding({{"accept-encoding", value}}).refuses_identity();
  };
  CHECK(refuses("identity;q=0"));
  CHECK(refuses("gzip, *;q=0"));
  CHECK_FALSE(refuses("*;q=0, identity"));
  CHECK_FALSE(refuses("gzip"));
  CHECK_FALSE(refuses(""));
  CHECK_FALSE(AcceptEncoding({}).refuses_identity());
}

TEST_CASE("codings have names") {
  for (ContentCoding coding : {kIdentity, kGzip, kBrotli, kZstd, kDeflate}) {
    CHECK(parse_coding(coding_name(coding)) == coding);
  }
  CHECK(parse_coding("compress") == std::nullopt);
}
