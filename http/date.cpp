// SPDX-License-Identifier: MIT
#include "date.hpp"

#include <array>
#include <chrono>

namespace capricorn {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10 % 10);
  out += static_cast<char>('0' + value % 10);
}

/// Reads a date from left to right; once something does not fit, `good` stays false.
struct Reader {
  std::string_view rest;
  bool good = true;

  void literal(std::string_view text) {
    good = good && rest.starts_with(text);
    if (good) rest.remove_prefix(text.size());
  }
  unsigned number(std::size_t digits) {
    good = good && rest.size() >= digits;
    unsigned value = 0;
    for (std::size_t i = 0; good && i < digits; ++i) {
      good = rest[i] >= '0' && rest[i] <= '9';
      value = value * 10 + static_cast<unsigned>(rest[i] - '0');
    }
    if (good) rest.remove_prefix(digits);
    return good ? value : 0;
  }
  unsigned month() {
    std::size_t at = rest.size() < 3 ? std::string_view::npos : kMonths.find(rest.substr(0, 3));
    good = good && at != std::string_view::npos && at % 3 == 0;
    if (!good) return 0;
    rest.remove_prefix(3);
    return static_cast<unsigned>(at / 3 + 1);
  }
};

struct Fields {
  int year;
  unsigned month, day, hour, minute, second;
};

void read_time(Reader& reader, Fields& fields) {
  fields.hour = reader.number(2);
  reader.literal(":");
  fields.minute = reader.number(2);
  reader.literal(":");
  fields.second = reader.number(2);
}

std::chrono::year this_year() {
  auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return std::chrono::year_month_day(today).year();
}

/// RFC 9110, 5.6.7: two digits that seem more than 50 years ahead mean the past century.
int full_year(unsigned two_digits) {
  int now = static_cast<int>(this_year());
  int year = now / 100 * 100 + static_cast<int>(two_digits);
  return year > now + 50 ? year - 100 : year;
}

/// "06 Nov 1994 08:49:37 GMT", or "06-Nov-94 08:49:37 GMT" of RFC 850.
Fields read_from_day(Reader& reader, bool rfc850) {
  const std::string_view separator = rfc850 ? "-" : " ";
  Fields fields{};
  fields.day = reader.number(2);
  reader.literal(separator);
  fields.month = reader.month();
  reader.literal(separator);
  fields.year = rfc850 ? full_year(reader.number(2)) : static_cast<int>(reader.number(4));
  reader.literal(" ");
  read_time(reader, fields);
  reader.literal(" GMT");
  return fields;
}

Fields read_asctime(Reader& reader) {
  Fields fields{};
  fields.month = reader.month();
  reader.literal(" ");
  bool one_digit = reader.rest.starts_with(' ');
  if (one_digit) reader.literal(" ");
  fields.day = reader.number(one_digit ? 1 : 2);
  reader.literal(" ");
  read_time(reader, fields);
  reader.literal(" ");
  fields.year = static_cast<int>(reader.number(4));
  return fields;
}

std::optional<std::time_t> to_time(const Fields& fields) {
  using namespace std::chrono;
  year_month_day date{year(fields.year), month(fields.month), day(fields.day)};
  // 60 is a leap second.
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) {
    return std::nullopt;
  }
  auto time = sys_days(date).time_since_epoch() + hours(fields.hour) + minutes(fields.minute) +
              seconds(fields.second);
  return static_cast<std::time_t>(duration_cast<seconds>(time).count());
}

}  // namespace

std::string format_http_date(std::time_t time) {
  using namespace std::chrono;
  sys_seconds now{seconds(time)};
  auto today = floor<days>(now);
  year_month_day date(today);
  hh_mm_ss clock(now - today);
  std::string out;
  out.reserve(29);
  out += kDays[weekday(today).c_encoding()].substr(0, 3);
  out += ", ";
  append_two(out, static_cast<unsigned>(date.day()));
  out += ' ';
  out += kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3);
  out += ' ';
  auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  append_two(out, year / 100);
  append_two(out, year % 100);
  out += ' ';
  append_two(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(clock.seconds().count()));
  out += " GMT";
  return out;
}

std::optional<std::time_t> parse_http_date(std::string_view text) {
  for (std::string_view day : kDays) {
    if (!text.starts_with(day.substr(0, 3))) continue;
    Reader reader{text};
    Fields fields{};
    if (text.starts_with(day)) {
      reader.literal(day);
      reader.literal(", ");
      fields = read_from_day(reader, true);
    } else if (text.substr(3).starts_with(',')) {
      reader.rest.remove_prefix(3);
      reader.literal(", ");
      fields = read_from_day(reader, false);
    } else {
      reader.rest.remove_prefix(3);
      reader.literal(" ");
      fields = read_asctime(reader);
    }
    if (!reader.good || !reader.rest.empty()) return std::nullopt;
    return to_time(fields);
  }
  return std::nullopt;
}

}  // namespace capricorn
