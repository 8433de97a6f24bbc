// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/short_decimal.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

using namespace capricorn;

namespace {

std::string standard_text(double value) {
  char text[400];
  std::string shortest(
      text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr);
  return shortest.find('.') == std::string::npos ? shortest + ".0" : shortest;
}

/// "" where the number is not a short one.
std::string short_text(double value) {
  char text[20];
  const char* const end = detail::write_short_decimal(text, value);
  return end == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(end - text));
}

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool reads_as_standard(const std::string& text) {
  double expected = 0;
  std::from_chars(text.data(), text.data() + text.size(), expected);
  double read = 0;
  return detail::read_short_decimal(text, read) && same(read, expected);
}

/// `digits`, its last `decimals` behind a point.
std::string with_point(std::uint64_t digits, std::size_t decimals) {
  std::string text = std::to_string(digits);
  if (text.size() <= decimals) text.insert(0, decimals - text.size() + 1, '0');
  return decimals == 0 ? text : text.insert(text.size() - decimals, 1, '.');
}

}  // namespace

TEST_CASE("a number of few decimals is written as std::to_chars would") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t digits = random() % 1'000'000'000'000'000 >> random() % 50;
    const double value = static_cast<double>(digits) / std::pow(10.0, random() % 7);
    for (const double number : {value, -value}) {
      const std::string text = short_text(number);
      if (value >= 1e9 ? !text.empty() : text != standard_text(number)) {
        FAIL(standard_text(number) << ": " << text);
      }
    }
  }
  CHECK(short_text(0) == "0.0");
  CHECK(short_text(-0.0) == "-0.0");
  CHECK(short_text(24.61) == "24.61");
  CHECK(short_text(1000000) == "1000000.0");
  CHECK(short_text(-999999999.999999) == "-999999999.999999");
}

TEST_CASE("a number of more decimals, or too large, is left to std::to_chars") {
  for (const double value : {0.1234567, 1.0 / 3, 1e9, 1e-7, 5e-324, 1e300, 0.1 + 0.2}) {
    CAPTURE(value);
    CHECK(short_text(value).empty());
  }
  CHECK(short_text(std::numeric_limits<double>::infinity()).empty());
  CHECK(short_text(std::numeric_limits<double>::quiet_NaN()).empty());
  // Whatever is written reads back as what it was.
  std::mt19937_64 random(2);
  for (int i = 0; i < 200000; ++i) {
    const double value = std::bit_cast<double>(random());
    const std::string text = short_text(value);
    if (!text.empty() && text != standard_text(value)) FAIL(standard_text(value) << ": " << text);
  }
  // The neighbours of a short number are none.
  for (const double value : {24.61, 0.000001, 123456789.123456, 1.0}) {
    CHECK(short_text(std::nextafter(value, 1e10)).empty());
    CHECK(short_text(std::nextafter(value, 0)).empty());
  }
}

TEST_CASE("a text of few digits reads as std::from_chars would") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200000; ++i) {
    const std::uint64_t digits = random() % 100'000'000'000'000 >> random() % 46;
    const std::string text = with_point(digits, random() % 14);
    if (text.size() > 15) continue;
    if (!reads_as_standard(text)) FAIL(text);
    if (!reads_as_standard("-" + text)) FAIL("-" << text);
  }
  CHECK(reads_as_standard("999999999999999"));
  CHECK(reads_as_standard("0.0000000000001"));
  CHECK(reads_as_standard("-0"));
  CHECK(reads_as_standard("-0.0"));
}

TEST_CASE("a text of more digits, or with an exponent, is left to std::from_chars") {
  for (const std::string text : {"1000000000000000", "0.12345678901234", "1e3", "1.5E-3"}) {
    CAPTURE(text);
    double value = 7;
    CHECK_FALSE(detail::read_short_decimal(text, value));
    CHECK(value == 7);
  }
}
