// SPDX-License-Identifier: MIT
#include "date_time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "../loop/ascii.hpp"
#include "../loop/buffer.hpp"
#include "read_double.hpp"
#include "validation.hpp"

namespace capricorn {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// Seconds from 1970 to the first and the last second of years that have four digits.
constexpr std::int64_t kFirstSecond = -62'167'219'200;
constexpr std::int64_t kLastSecond = 253'402'300'799;
// A number beyond is of milliseconds.
constexpr std::int64_t kMillisecondsFrom = 20'000'000'000;

constexpr const char* kYearZero = "year 0 is out of range";
constexpr const char* kTooShort = "input is too short";
constexpr const char* kExtraCharacters = "unexpected extra characters at the end of the input";
constexpr const char* kNoDateTime = "Input should be a valid datetime, ";
constexpr const char* kTooSmall = "dates before 0000 are not supported as unix timestamps";
constexpr const char* kTooLarge = "dates after 9999 are not supported as unix timestamps";
constexpr const char* kDaysTooLarge = "durations may not exceed 999,999,999 days";
constexpr const char* kValueTooFine = "finer than the unit that it is kept in";
constexpr const char* kValueTooLarge = "a numeric value in the duration is too large";

/// Reads one piece after another; the first that is missing is what is wrong.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  const char* error() const noexcept { return error_; }
  bool done() const noexcept { return text_.empty(); }
  char front() const noexcept { return text_.empty() ? '\0' : text_.front(); }
  std::string_view rest() const noexcept { return text_; }

  bool fail(const char* error) noexcept {
    if (error_ == nullptr) error_ = error;
    return false;
  }
  bool take(char c) noexcept {
    if (error_ != nullptr || front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits.
  bool number(int count, int& value, const char* invalid) noexcept {
    value = 0;
    for (int i = 0; i < count; ++i) {
      if (text_.empty()) return fail(kTooShort);
      if (!is_ascii_digit(text_.front())) return fail(invalid);
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return error_ == nullptr;
  }
  void skip(std::size_t count) noexcept { text_.remove_prefix(count); }

 private:
  std::string_view text_;
  const char* error_ = nullptr;
};

bool read_date_piece(Pieces& in, Date& date) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (in.rest().size() < 10) return in.fail(kTooShort);
  if (!in.number(4, year, "invalid character in year")) return false;
  if (!in.take('-')) return in.fail("invalid date separator, expected `-`");
  if (!in.number(2, month, "invalid character in month")) return false;
  if (!in.take('-')) return in.fail("invalid date separator, expected `-`");
  if (!in.number(2, day, "invalid character in day")) return false;
  if (month < 1 || month > 12) return in.fail("month value is outside expected range of 1-12");
  date = Date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
              std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return in.fail("day value is outside expected range");
  return year != 0 || in.fail(kYearZero);
}

bool read_fraction(Pieces& in, Time& time) {
  if (!in.take('.') && !in.take(',')) return true;
  int digits = 0;
  for (; is_ascii_digit(in.front()); in.skip(1), ++digits) {
    if (digits >= 6) continue;
    time.microsecond = time.microsecond * 10 + static_cast<std::uint32_t>(in.front() - '0');
  }
  if (digits == 0) return in.fail("second fraction digits missing after `.`");
  for (; digits < 6; ++digits) time.microsecond *= 10;
  return true;
}

/// Hours, minutes, and where they come seconds and their fraction.
bool read_clock_piece(Pieces& in, Time& time) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (in.rest().size() < 5) return in.fail(kTooShort);
  if (!in.number(2, hour, "invalid character in hour")) return false;
  if (!in.take(':')) return in.fail("invalid time separator, expected `:`");
  if (!in.number(2, minute, "invalid character in minute")) return false;
  if (hour > 23) return in.fail("hour value is outside expected range of 0-23");
  if (minute > 59) return in.fail("minute value is outside expected range of 0-59");
  time = Time(hour, minute);
  if (!in.take(':')) return true;
  if (!in.number(2, second, "invalid character in second")) return false;
  if (second > 59) return in.fail("second value is outside expected range of 0-59");
  time.second = static_cast<std::uint8_t>(second);
  return read_fraction(in, time);
}

bool read_offset_piece(Pieces& in, Time& time) {
  constexpr std::string_view kMinus = "\xe2\x88\x92";  // U+2212, which ISO 8601 prefers
  if (in.done()) return true;
  if (in.take('Z') || in.take('z')) {
    time.offset = seconds(0);
    return in.done() || in.fail(kExtraCharacters);
  }
  int sign = 1;
  if (in.rest().starts_with(kMinus)) {
    in.skip(kMinus.size());
    sign = -1;
  } else if (in.take('-')) {
    sign = -1;
  } else if (!in.take('+')) {
    return in.fail("invalid timezone sign");
  }
  int hour = 0;
  int minute = 0;
  if (!in.number(2, hour, "invalid timezone hour")) return false;
  in.take(':');
  if (in.done()) return in.fail("invalid timezone minute");
  if (!in.number(2, minute, "invalid timezone minute")) return false;
  if (minute > 59) return in.fail("timezone minute value is outside expected range of 0-59");
  if (hour > 23) return in.fail("timezone offset must be less than 24 hours");
  time.offset = seconds(sign * (hour * 3600 + minute * 60));
  return in.done() || in.fail(kExtraCharacters);
}

/// Seconds and microseconds of a number, which may be of milliseconds.
struct UnixTime {
  std::int64_t second = 0;
  std::int64_t microsecond = 0;
};

/// Whether the text is a number; then `error` says what is wrong with it, if anything.
bool read_unix_time(std::string_view text, UnixTime& time, const char*& error) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const char* const end = digits.data() + digits.size();
  std::int64_t whole = 0;
  const auto integer = std::from_chars(digits.data(), end, whole);
  double number = 0;
  if (integer.ec == std::errc() && integer.ptr == end) {
    const bool milliseconds = whole > kMillisecondsFrom || whole < -kMillisecondsFrom;
    const auto moment = milliseconds ? std::chrono::floor<seconds>(std::chrono::milliseconds(whole))
                                     : seconds(whole);
    time.second = moment.count();
    time.microsecond = milliseconds ? (whole % 1000 + 1000) % 1000 * 1000 : 0;
  } else {
    const auto read = std::from_chars(digits.data(), end, number);
    const bool beyond = read.ec == std::errc::result_out_of_range;  // 1e400, or 1e-400
    if (digits.empty() || read.ptr != end || (!beyond && !std::isfinite(number))) return false;
    if (beyond) number = detail::read_double(digits);
    if (std::abs(number) > static_cast<double>(kMillisecondsFrom)) number /= 1000;
    if (std::abs(number) > 1e15) {
      error = number < 0 ? kTooSmall : kTooLarge;
      return true;
    }
    time.second = static_cast<std::int64_t>(std::floor(number));
    time.microsecond = static_cast<std::int64_t>(std::round((number - std::floor(number)) * 1e6));
  }
  if (time.second < kFirstSecond) error = kTooSmall;
  if (time.second > kLastSecond) error = kTooLarge;
  return true;
}

DateTime from_unix_time(const UnixTime& time) {
  return DateTime(
      std::chrono::sys_time<microseconds>(seconds(time.second) + microseconds(time.microsecond)));
}

bool fail(ErrorDetail& error, const char* type, const char* sentence, const char* reason) {
  error.type = type;
  error.msg = std::string(sentence) + reason;
  error.ctx_json = "{\"error\":" + json_quote(reason) + "}";
  return false;
}

}  // namespace

// --- values

DateTime::DateTime(std::chrono::sys_time<microseconds> moment) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::hh_mm_ss clock{moment - day};
  date = Date(day);
  time = Time(static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
              static_cast<int>(clock.seconds().count()),
              static_cast<int>(clock.subseconds().count()), seconds(0));
}

std::chrono::sys_time<microseconds> DateTime::to_sys() const noexcept {
  return std::chrono::sys_days(date) + time.since_midnight() - time.offset.value_or(seconds(0));
}

std::string to_string(const Date& date) {
  char text[32];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return {text, static_cast<std::size_t>(size)};
}

std::string Time::to_string() const {
  char text[48];
  int size = std::snprintf(text, sizeof text, "%02u:%02u:%02u", hour, minute, second);
  const auto more = [&](const char* format, auto... values) {
    size +=
        std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), format, values...);
  };
  if (microsecond != 0) more(".%06u", microsecond);
  if (offset && offset->count() == 0) {
    more("%c", 'Z');
  } else if (offset) {
    const auto minutes = static_cast<int>(std::abs(offset->count()) / 60);
    more("%c%02d:%02d", offset->count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
  }
  return {text, static_cast<std::size_t>(size)};
}

std::string DateTime::to_string() const {
  return capricorn::to_string(date) + "T" + time.to_string();
}

std::string to_iso_string(microseconds duration) {
  std::string text = duration < microseconds(0) ? "-P" : "P";
  const auto all = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t total = duration < microseconds(0) ? 0 - all : all;
  const std::uint64_t days = total / 86'400'000'000;
  const std::uint64_t second = total / 1'000'000 % 86'400;
  const std::uint64_t fraction = total % 1'000'000;
  const auto part = [&text](std::uint64_t count, const char* unit) {
    if (count != 0) text += std::to_string(count) + unit;
  };
  part(days / 365, "Y");
  part(days % 365, "D");
  if (second == 0 && fraction == 0) return days == 0 ? text + "T0S" : text;
  text += 'T';
  part(second / 3600, "H");
  part(second / 60 % 60, "M");
  if (fraction == 0) {
    part(second % 60, "S");
    return text;
  }
  std::string digits = std::to_string(1'000'000 + fraction).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + std::to_string(second % 60) + "." + digits + "S";
}

// --- texts

const char* detail::parse_date_time(std::string_view text, DateTime& date_time) noexcept {
  Pieces in(text);
  if (read_date_piece(in, date_time.date)) {
    if (!in.take('T') && !in.take('t') && !in.take(' ') && !in.take('_')) {
      in.fail(in.done() ? kTooShort
                        : "invalid datetime separator, expected `T`, `t`, `_` or space");
    } else if (read_clock_piece(in, date_time.time)) {
      read_offset_piece(in, date_time.time);
    }
  }
  if (in.error() == nullptr) return nullptr;
  UnixTime number;
  const char* error = nullptr;
  if (!read_unix_time(text, number, error)) return in.error();
  if (error == nullptr) date_time = from_unix_time(number);
  return error;
}

const char* detail::parse_date(std::string_view text, Date& date) noexcept {
  Pieces in(text);
  if (read_date_piece(in, date) && !in.done()) in.fail(kExtraCharacters);
  return in.error();
}

const char* detail::parse_time(std::string_view text, Time& time) noexcept {
  Pieces in(text);
  if (read_clock_piece(in, time)) read_offset_piece(in, time);
  return in.error();
}

bool detail::read_date_time(std::string_view text, void* value, ErrorDetail& error) {
  DateTime& date_time = *static_cast<DateTime*>(value);
  if (parse_date_time(text, date_time) == nullptr) return true;
  // A date alone is the beginning of its day; what is neither is answered for as a date.
  const char* reason = parse_date(text, date_time.date);
  if (reason == nullptr) {
    date_time.time = Time(0, 0);
    return true;
  }
  if (reason == kYearZero) return fail(error, "datetime_parsing", kNoDateTime, reason);
  UnixTime number;
  read_unix_time(text, number, reason);
  return fail(error, "datetime_from_date_parsing", "Input should be a valid datetime or date, ",
              reason);
}

bool detail::read_date_time_number(std::string_view text, void* value, ErrorDetail& error) {
  UnixTime number;
  const char* reason = nullptr;
  read_unix_time(text, number, reason);
  if (reason != nullptr) return fail(error, "datetime_parsing", kNoDateTime, reason);
  *static_cast<DateTime*>(value) = from_unix_time(number);
  return true;
}

bool detail::moment_too_far(ErrorDetail& error) {
  return fail(error, "datetime_parsing", kNoDateTime,
              "too far from 1970 for the unit that it is kept in");
}

bool detail::read_date(std::string_view text, void* value, ErrorDetail& error) {
  Date& date = *static_cast<Date*>(value);
  if (parse_date(text, date) == nullptr) return true;
  // A datetime is a date where its time is zero.
  DateTime date_time;
  if (const char* const reason = parse_date_time(text, date_time)) {
    if (reason == kYearZero) {
      return fail(error, "date_parsing", "Input should be a valid date in the format YYYY-MM-DD, ",
                  reason);
    }
    return fail(error, "date_from_datetime_parsing", "Input should be a valid date or datetime, ",
                reason);
  }
  if (date_time.time.since_midnight() != microseconds(0)) {
    error.type = "date_from_datetime_inexact";
    error.msg = "Datetimes provided to dates should have zero time - e.g. be exact dates";
    return false;
  }
  date = date_time.date;
  return true;
}

bool detail::read_time(std::string_view text, void* value, ErrorDetail& error) {
  const char* const reason = parse_time(text, *static_cast<Time*>(value));
  return reason == nullptr ||
         fail(error, "time_parsing", "Input should be in a valid time format, ", reason);
}

/// Seconds since midnight.
bool detail::read_time_number(std::string_view text, void* value, ErrorDetail& error) {
  constexpr const char* kSentence = "Input should be in a valid time format, ";
  const double number = read_double(text);
  if (number < 0) {
    return fail(error, "time_parsing", kSentence, "time in seconds should be positive");
  }
  if (number >= 86400) {
    return fail(error, "time_parsing", kSentence, "numeric times may not exceed 86,399 seconds");
  }
  UnixTime time{static_cast<std::int64_t>(number), 0};
  time.microsecond =
      std::min<std::int64_t>(std::llround((number - std::floor(number)) * 1e6), 999'999);
  *static_cast<Time*>(value) = from_unix_time(time).time;
  return true;
}

// --- durations

namespace {

constexpr std::uint64_t kMaxDays = 999'999'999;
constexpr std::uint64_t kMaxPart = 0xffff'ffff;

struct Span {
  std::uint64_t days = 0;
  std::uint64_t seconds = 0;
  std::uint64_t microseconds = 0;
};

bool read_quantity(Pieces& in, std::uint64_t& value, std::optional<double>& fraction) {
  if (!is_ascii_digit(in.front())) return in.fail("invalid digit in duration");
  value = 0;
  for (; is_ascii_digit(in.front()); in.skip(1)) {
    value = value * 10 + static_cast<std::uint64_t>(in.front() - '0');
    if (value > kMaxPart) return in.fail(kValueTooLarge);
  }
  if (!in.take('.') && !in.take(',')) return true;
  double unit = 1;
  fraction = 0;
  for (; is_ascii_digit(in.front()); in.skip(1)) {
    unit /= 10;
    *fraction += unit * (in.front() - '0');
  }
  return true;
}

std::uint64_t unit_of(char letter, bool in_time) {
  switch (letter) {
    case 'H': return in_time ? 3600 : 0;
    case 'M': return in_time ? 60 : 30;
    case 'S': return in_time ? 1 : 0;
    case 'Y': return in_time ? 0 : 365;
    case 'W': return in_time ? 0 : 7;
    case 'D': return in_time ? 0 : 1;
    default: return 0;
  }
}

/// Behind the "P".
bool read_iso(Pieces& in, Span& span) {
  bool in_time = false;
  bool had_fraction = false;
  if (in.rest().size() < 2) return in.fail(kTooShort);
  while (!in.done()) {
    if (in.take('T')) {
      if (in_time) return in.fail("`t` character repeated in duration");
      in_time = true;
      continue;
    }
    std::uint64_t value = 0;
    std::optional<double> fraction;
    if (!read_quantity(in, value, fraction)) return false;
    if (had_fraction) return in.fail("quantity fraction invalid in duration");
    had_fraction = fraction.has_value();
    const std::uint64_t unit = unit_of(in.front(), in_time);
    if (unit == 0) {
      return in.fail(in_time ? "quantity invalid in time part of duration"
                             : "quantity invalid in date part of duration");
    }
    in.skip(1);
    (in_time ? span.seconds : span.days) += value * unit;
    const double part = fraction.value_or(0) * static_cast<double>(in_time ? unit : unit * 86400);
    span.seconds += static_cast<std::uint64_t>(part);
    span.microseconds += static_cast<std::uint64_t>(std::round((part - std::floor(part)) * 1e6));
  }
  return true;
}

/// "10:20" or "10:20:30.5"; the hours may have many digits.
bool read_span_clock(Pieces& in, Span& span) {
  if (in.rest().size() < 5) return in.fail(kTooShort);
  const std::size_t colon = in.rest().find(':');
  if (colon == std::string_view::npos) return in.fail("invalid character in hour");
  constexpr const char* kHours = "durations may not exceed 999,999,999 hours";
  if (colon > 10) return in.fail(kHours);
  std::uint64_t hours = 0;
  for (; in.front() != ':'; in.skip(1)) {
    if (!is_ascii_digit(in.front())) return in.fail("invalid character in hour");
    hours = hours * 10 + static_cast<std::uint64_t>(in.front() - '0');
  }
  if (hours > 24 * 100'000'000ULL) return in.fail(kHours);
  char clock[16] = "00";
  const std::size_t size = std::min<std::size_t>(in.rest().size(), 13);
  in.rest().copy(clock + 2, size);
  Pieces minutes({clock, size + 2});
  Time time;
  if (!read_clock_piece(minutes, time)) return in.fail(minutes.error());
  if (!minutes.done()) return in.fail(kExtraCharacters);
  span.days += hours / 24;
  span.seconds += hours % 24 * 3600 + time.minute * 60U + time.second;
  span.microseconds += time.microsecond;
  in.skip(in.rest().size());
  return true;
}

/// "1 day, 10:20:30", "2d".
bool read_days(Pieces& in, Span& span) {
  constexpr const char* kInvalid = "\"day\" identifier in duration not correctly formatted";
  std::uint64_t days = 0;
  std::optional<double> fraction;
  if (!read_quantity(in, days, fraction)) return false;
  in.take(' ');
  if (fraction || (!in.take('d') && !in.take('D'))) return in.fail(kInvalid);
  if (in.take('a') || in.take('A')) {
    if (!in.take('y') && !in.take('Y')) return in.fail(kInvalid);
    if (!in.take('s')) in.take('S');
  }
  in.take(',');
  in.take(' ');
  span.days = days;
  if (in.done()) return true;
  if (!read_span_clock(in, span)) return false;
  return span.days == days || in.fail("durations may not exceed 999,999,999 hours");
}

}  // namespace

const char* detail::parse_duration(std::string_view text, microseconds& duration) noexcept {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Pieces in(text);
  Span span;
  if (text.empty()) {
    in.fail(kTooShort);
  } else if (in.take('P')) {
    read_iso(in, span);
  } else if (text.find_first_of("dD") != text.npos || text.size() < 5) {
    read_days(in, span);
  } else {
    read_span_clock(in, span);
  }
  if (in.error() != nullptr) return in.error();
  span.seconds += span.microseconds / 1'000'000;
  span.days += span.seconds / 86'400;
  if (span.days > kMaxDays) return kDaysTooLarge;
  // 999,999,999 days are more microseconds than 64 bits have; 100 million are not.
  if (span.days > 106'000'000) return kValueTooLarge;
  const auto total = static_cast<std::int64_t>(
      (span.days * 86'400 + span.seconds % 86'400) * 1'000'000 + span.microseconds % 1'000'000);
  duration = microseconds(negative ? -total : total);
  return nullptr;
}

bool detail::read_duration(std::string_view text, microseconds& value, ErrorDetail& error) {
  const char* const reason = parse_duration(text, value);
  return reason == nullptr ||
         fail(error, "time_delta_parsing", "Input should be a valid timedelta, ", reason);
}

bool detail::duration_too_large(ErrorDetail& error) {
  return fail(error, "time_delta_parsing", "Input should be a valid timedelta, ", kValueTooLarge);
}

bool detail::duration_too_fine(ErrorDetail& error) {
  return fail(error, "time_delta_parsing", "Input should be a valid timedelta, ", kValueTooFine);
}

bool detail::read_duration_number(std::string_view text, microseconds& value, ErrorDetail& error) {
  const double number = read_double(text);
  if (!(std::abs(number) < (kMaxDays + 1) * 86400.0)) {
    return fail(error, "time_delta_parsing", "Input should be a valid timedelta, ", kDaysTooLarge);
  }
  if (!(std::abs(number) < 106e6 * 86400)) return duration_too_large(error);
  const double whole = std::trunc(number);
  value = seconds(static_cast<std::int64_t>(whole)) +
          microseconds(std::llround((number - whole) * 1e6));
  return true;
}

// --- JSON

void detail::write_quoted(Buffer& out, std::string_view text) {
  out.push_back('"');
  out.append(text);
  out.push_back('"');
}
void detail::write_date(Buffer& out, const void* value) {
  write_quoted(out, to_string(*static_cast<const Date*>(value)));
}
void detail::write_time(Buffer& out, const void* value) {
  write_quoted(out, static_cast<const Time*>(value)->to_string());
}
void detail::write_date_time(Buffer& out, const void* value) {
  write_quoted(out, static_cast<const DateTime*>(value)->to_string());
}

// --- required or not

bool detail::is_time_unset(const void* value, unsigned char fill) {
  const Time& time = *static_cast<const Time*>(value);
  return time.hour == fill && time.minute == fill && time.second == fill &&
         time.microsecond == fill * 0x0101'0101U && !time.offset;
}
bool detail::is_date_time_unset(const void* value, unsigned char fill) {
  const DateTime& date_time = *static_cast<const DateTime*>(value);
  const auto* const date = reinterpret_cast<const unsigned char*>(&date_time.date);
  const auto is_fill = [fill](unsigned char byte) { return byte == fill; };
  return std::all_of(date, date + sizeof date_time.date, is_fill) &&
         is_time_unset(&date_time.time, fill);
}

}  // namespace capricorn
