// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "text_type.hpp"

namespace capricorn {

/// Dates and times as pydantic reads them (ISO 8601, RFC 3339, Unix times) and writes them. Years
/// are 1 to 9999, fractions are of microseconds; what is finer is cut off.
/// https://docs.pydantic.dev/latest/api/standard_library_types/#datetime-types

using Date = std::chrono::year_month_day;

/// A time of day. Without an offset it is naive: of whichever place.
struct Time {
  std::uint8_t hour;
  std::uint8_t minute;
  std::uint8_t second;
  std::uint32_t microsecond;
  std::optional<std::chrono::seconds> offset;  // east of UTC

  Time() = default;
  constexpr Time(int h, int m, int s = 0, int us = 0,
                 std::optional<std::chrono::seconds> east = std::nullopt) noexcept
      : hour(static_cast<std::uint8_t>(h)),
        minute(static_cast<std::uint8_t>(m)),
        second(static_cast<std::uint8_t>(s)),
        microsecond(static_cast<std::uint32_t>(us)),
        offset(east) {}
  /// Since midnight.
  constexpr std::chrono::microseconds since_midnight() const noexcept {
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
           std::chrono::microseconds(microsecond);
  }
  std::string to_string() const;  // "10:20:30.000400+02:00"
  friend bool operator==(const Time&, const Time&) = default;
};

/// A date and a time of day. A std::chrono::sys_time in its place is a moment of UTC: what comes
/// without an offset is taken as one.
struct DateTime {
  Date date;
  Time time;

  DateTime() = default;
  constexpr DateTime(Date d, Time t) noexcept : date(d), time(t) {}
  /// In UTC.
  explicit DateTime(std::chrono::sys_time<std::chrono::microseconds> moment) noexcept;
  /// The moment; one that is naive as if it were in UTC.
  std::chrono::sys_time<std::chrono::microseconds> to_sys() const noexcept;
  std::string to_string() const;  // "2032-04-23T10:20:30Z"
  friend bool operator==(const DateTime&, const DateTime&) = default;
};

std::string to_string(const Date& date);
/// ISO 8601: "P1DT2H", a day being 24 hours.
std::string to_iso_string(std::chrono::microseconds duration);

namespace detail {

// Each gives a sentence where the text is none, else null.
const char* parse_date(std::string_view text, Date& date) noexcept;
const char* parse_time(std::string_view text, Time& time) noexcept;
const char* parse_date_time(std::string_view text, DateTime& date_time) noexcept;
const char* parse_duration(std::string_view text, std::chrono::microseconds& duration) noexcept;

bool read_date(std::string_view text, void* value, ErrorDetail& error);
bool read_time(std::string_view text, void* value, ErrorDetail& error);
bool read_time_number(std::string_view text, void* value, ErrorDetail& error);
bool read_date_time(std::string_view text, void* value, ErrorDetail& error);
bool read_date_time_number(std::string_view text, void* value, ErrorDetail& error);
bool read_duration(std::string_view text, std::chrono::microseconds& value, ErrorDetail& error);
bool read_duration_number(std::string_view text, std::chrono::microseconds& value,
                          ErrorDetail& error);
bool moment_too_far(ErrorDetail& error);
bool duration_too_large(ErrorDetail& error);
bool duration_too_fine(ErrorDetail& error);

/// Whether a duration of the unit `D` can be as long: 64 bits of nanoseconds are 292 years.
template <class D>
constexpr bool fits(std::chrono::microseconds duration) noexcept {
  using Rep = typename D::rep;
  if constexpr (std::numeric_limits<Rep>::is_integer) {
    using Wide = std::chrono::duration<long double, typename D::period>;
    const long double count = Wide(duration).count();
    return count <= static_cast<long double>(std::numeric_limits<Rep>::max()) &&
           count >= static_cast<long double>(std::numeric_limits<Rep>::min());
  }
  return true;
}

void write_quoted(Buffer& out, std::string_view text);
void write_date(Buffer& out, const void* value);
void write_time(Buffer& out, const void* value);
void write_date_time(Buffer& out, const void* value);
bool is_time_unset(const void* value, unsigned char fill);
bool is_date_time_unset(const void* value, unsigned char fill);

}  // namespace detail

template <>
struct TextTraits<Date> {
  static constexpr TextType kType{"date",
                                  "date",
                                  "date_type",
                                  "Input should be a valid date",
                                  &detail::read_date,
                                  &detail::write_date,
                                  &detail::read_date};
};
template <>
struct TextTraits<Time> {
  static constexpr TextType kType{"time",
                                  "time",
                                  "time_type",
                                  "Input should be a valid time",
                                  &detail::read_time,
                                  &detail::write_time,
                                  &detail::read_time_number,
                                  &detail::is_time_unset};
};
template <>
struct TextTraits<DateTime> {
  static constexpr TextType kType{"datetime",
                                  "date-time",
                                  "datetime_type",
                                  "Input should be a valid datetime",
                                  &detail::read_date_time,
                                  &detail::write_date_time,
                                  &detail::read_date_time_number,
                                  &detail::is_date_time_unset};
};
/// A moment; the clock's own zero is one that was never set. What its unit cannot hold is an error:
/// that of std::chrono::system_clock, nanoseconds in libstdc++, begins in 1677 and ends in 2262.
template <class D>
struct TextTraits<std::chrono::sys_time<D>> {
  using Value = std::chrono::sys_time<D>;
  static bool store(const DateTime& date_time, void* value, ErrorDetail& error) {
    const auto moment = date_time.to_sys();
    if (!detail::fits<D>(moment.time_since_epoch())) return detail::moment_too_far(error);
    *static_cast<Value*>(value) = std::chrono::floor<D>(moment);
    return true;
  }
  static bool parse(std::string_view text, void* value, ErrorDetail& error) {
    DateTime read;
    return detail::read_date_time(text, &read, error) && store(read, value, error);
  }
  static bool parse_number(std::string_view text, void* value, ErrorDetail& error) {
    DateTime read;
    return detail::read_date_time_number(text, &read, error) && store(read, value, error);
  }
  static void write(Buffer& out, const void* value) {
    const DateTime date_time(
        std::chrono::floor<std::chrono::microseconds>(*static_cast<const Value*>(value)));
    detail::write_date_time(out, &date_time);
  }
  static bool is_unset(const void* value, unsigned char) {
    return *static_cast<const Value*>(value) == Value();
  }
  static constexpr TextType kType{
      "datetime", "date-time", "datetime_type", "Input should be a valid datetime",
      &parse,     &write,      &parse_number,   &is_unset};
};
/// A time span: ISO 8601 ("PT30M"), "1 day, 10:20:30" or a number of seconds. What its unit cannot
/// hold, half a second of std::chrono::seconds, is an error.
template <class Rep, class Period>
struct TextTraits<std::chrono::duration<Rep, Period>> {
  using Value = std::chrono::duration<Rep, Period>;
  static bool store(std::chrono::microseconds read, void* value, ErrorDetail& error) {
    if (!detail::fits<Value>(read)) return detail::duration_too_large(error);
    const auto kept = std::chrono::duration_cast<Value>(read);
    if (std::chrono::duration_cast<std::chrono::microseconds>(kept) != read &&
        std::numeric_limits<Rep>::is_integer) {
      return detail::duration_too_fine(error);
    }
    *static_cast<Value*>(value) = kept;
    return true;
  }
  static bool parse(std::string_view text, void* value, ErrorDetail& error) {
    std::chrono::microseconds read{};
    return detail::read_duration(text, read, error) && store(read, value, error);
  }
  static bool parse_number(std::string_view text, void* value, ErrorDetail& error) {
    std::chrono::microseconds read{};
    return detail::read_duration_number(text, read, error) && store(read, value, error);
  }
  static void write(Buffer& out, const void* value) {
    const Value& duration = *static_cast<const Value*>(value);
    detail::write_quoted(
        out, to_iso_string(std::chrono::duration_cast<std::chrono::microseconds>(duration)));
  }
  static constexpr TextType kType{
      "timedelta", "duration", "time_delta_type", "Input should be a valid timedelta",
      &parse,      &write,     &parse_number};
};

}  // namespace capricorn
