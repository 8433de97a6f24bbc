// SPDX-License-Identifier: MIT
#include "../../loadtest/client/histogram.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using loadtest::Histogram;

TEST_CASE("a percentile is at most 1 in 64 from what was recorded") {
  for (std::int64_t nanoseconds = 1; nanoseconds < 4'000'000'000'000;
       nanoseconds = nanoseconds * 7 / 5 + 1) {
    Histogram histogram;
    histogram.record(nanoseconds);
    const double microseconds = static_cast<double>(nanoseconds) / 1000;
    CAPTURE(nanoseconds);
    CHECK(histogram.percentile(0.5) == doctest::Approx(microseconds).epsilon(1.0 / 64));
    CHECK(histogram.greatest() == microseconds);
  }
}

TEST_CASE("percentiles are those of the sorted times") {
  Histogram histogram;
  for (std::int64_t i = 1; i <= 1000; ++i) histogram.record(i * 1000);
  CHECK(histogram.count() == 1000);
  CHECK(histogram.mean() == doctest::Approx(500.5));
  for (const double share : {0.5, 0.9, 0.99}) {
    CHECK(histogram.percentile(share) == doctest::Approx(1000 * share).epsilon(0.02));
  }
  CHECK(histogram.percentile(0.9999) == doctest::Approx(1000).epsilon(0.02));
}

TEST_CASE("no percentile is beyond the greatest") {
  for (std::int64_t nanoseconds = 1; nanoseconds < 4'000'000'000'000;
       nanoseconds = nanoseconds * 7 / 5 + 1) {
    Histogram histogram;
    histogram.record(nanoseconds);
    CAPTURE(nanoseconds);
    CHECK(histogram.percentile(0.9999) <= histogram.greatest());
  }
}

TEST_CASE("an empty histogram says nothing, and a time before its beginning is none") {
  Histogram histogram;
  CHECK(histogram.percentile(0.5) == 0);
  CHECK(histogram.mean() == 0);
  histogram.record(-5);
  CHECK(histogram.count() == 1);
  CHECK(histogram.greatest() == 0);
}
