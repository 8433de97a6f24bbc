// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <array>
#include <map>
#include <unordered_map>

#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <capricorn/handlers/parameters.hpp>
#include <json_again.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <unordered_set>
#include <variant>

using namespace capricorn;
using namespace std::chrono_literals;

namespace shop {

struct Money {  // read and written by functions of nlohmann's kind
  long cents;
};
void to_json(nlohmann::json& json, const Money& money) { json = money.cents / 100.0; }
void from_json(const nlohmann::json& json, Money& money) {
  money.cents = static_cast<long>(json.get<double>() * 100);
}

struct Booking {
  int begin;
  int end;
};
void validate(const Booking& booking, Validation& validation) {
  if (booking.end < booking.begin) validation.error("end", "end comes before begin");
  if (booking.begin < 0) validation.error("too early");
}

struct Secret {
  std::string text;
};
std::optional<std::string> validate(const Secret& secret) {
  if (secret.text == "secret") return "must not be \"secret\"";
  return std::nullopt;
}

struct Range {
  int from;
  int until;
  bool validate = true;  // a member of that name is nothing but a member
};
void validate(const Range& range, Validation& validation) {
  if (range.from < 0) validation.error("from", "is negative");
  if (range.until < range.from) throw std::invalid_argument("until comes before from");
}

}  // namespace shop

namespace {

struct Cat {
  Literal<"cat"> type;
  int lives = 9;
};
struct Dog {
  Literal<"dog", "wolf"> type;
  std::string name;
};
struct Owner {
  Field<std::variant<Cat, Dog>, Discriminator{"type"}> pet;
};
struct Chip {
  Field<Literal<"chip">, Alias{"petType"}> kind;
};
struct Dale {
  Field<Literal<"dale">, Alias{"petType"}> kind;
};
struct Patch {
  std::optional<std::optional<int>> age;
  Field<std::optional<std::optional<std::variant<Chip, Dale>>>, Discriminator{"kind"}> pet;
};
struct Branch;
struct Leaf {
  Literal<"leaf"> kind;
};
using Twig = Field<std::variant<Leaf, Branch>, Discriminator{"kind"}>;
struct Branch {
  Literal<"branch"> kind;
  std::vector<Twig> twigs;
};
struct Point {
  int x;
  int y = 0;
};
struct Named {
  std::string name;
  int x = 0;
};
struct Tree {
  int value;
  std::unique_ptr<Tree> left;
  std::shared_ptr<Tree> right;
};
struct Strict {
  static constexpr ModelConfig model_config{.extra = Extra::kForbid};
  int a;
  Field<int, Alias{"bee"}> b;
};
struct When {
  Date date;
  Time time;
  DateTime at;
  std::chrono::sys_time<std::chrono::milliseconds> moment;
  std::chrono::seconds span;
  Uuid id;
  Decimal price;
};

/// Type, message and context of the only error.
template <class T>
std::string error_of(std::string_view text) {
  T value{};
  ValidationErrors errors;
  read_json(text, value, errors);
  if (errors.size() != 1) return std::to_string(errors.size()) + " errors";
  return errors[0].type + "|" + errors[0].msg + "|" + errors[0].ctx_json;
}

}  // namespace

TEST_CASE("dates and times are read as pydantic does, and written in ISO 8601") {
  CHECK(again<Date>(R"("2032-02-29")") == R"("2032-02-29")");
  CHECK(again<Date>(R"("2032-02-29T00:00:00")") == R"("2032-02-29")");
  CHECK(again<Date>("86400") == R"("1970-01-02")");
  CHECK(again<Time>(R"("10:20")") == R"("10:20:00")");
  CHECK(again<Time>(R"("10:20:30.1234567-0330")") == R"("10:20:30.123456-03:30")");
  CHECK(again<Time>("3661.5") == R"("01:01:01.500000Z")");
  CHECK(again<DateTime>(R"("2032-04-23T10:20:30.400+02:30")") ==
        R"("2032-04-23T10:20:30.400000+02:30")");
  CHECK(again<DateTime>(R"("2032-04-23 10:20")") == R"("2032-04-23T10:20:00")");
  CHECK(again<DateTime>(R"("2032-04-23")") == R"("2032-04-23T00:00:00")");
  CHECK(again<DateTime>("1494012444") == R"("2017-05-05T19:27:24Z")");
  CHECK(again<DateTime>("1494012444000.5") == R"("2017-05-05T19:27:24.000500Z")");
  CHECK(again<DateTime>("\"-6.25\"") == R"("1969-12-31T23:59:53.750000Z")");
  CHECK(again<std::chrono::sys_seconds>(R"("2032-04-23T10:20:30+02:00")") ==
        R"("2032-04-23T08:20:30Z")");
}

TEST_CASE("what is no date or time is said in pydantic's words") {
  CHECK(error_of<Date>(R"("2032-13-01")") ==
        "date_from_datetime_parsing|Input should be a valid date or datetime, month value is "
        "outside expected range of 1-12|{\"error\":\"month value is outside expected range of "
        "1-12\"}");
  CHECK(error_of<Date>(R"("2032-02-30")").find("day value is outside expected range") !=
        std::string::npos);
  CHECK(error_of<Date>(R"("2032-02-03T01:00")") ==
        "date_from_datetime_inexact|Datetimes provided to dates should have zero time - e.g. be "
        "exact dates|");
  CHECK(error_of<Date>("true") == "date_type|Input should be a valid date|");
  CHECK(error_of<DateTime>(R"("foo")")
            .starts_with("datetime_from_date_parsing|Input should be a valid datetime or date, "
                         "input is too short|"));
  CHECK(error_of<DateTime>(R"("2032-01-01T25:00")")
            .find("unexpected extra characters at the end of the input") != std::string::npos);
  for (const char* late : {"1e30", "1e400", "253402300800000"}) {
    CHECK(error_of<DateTime>(late).starts_with(
        "datetime_parsing|Input should be a valid datetime, dates after 9999 are not supported"));
    CHECK(error_of<Date>(late).starts_with(
        "date_from_datetime_parsing|Input should be a valid date or datetime, dates after 9999"));
  }
  CHECK(error_of<DateTime>("-1e400").find("dates before 0000") != std::string::npos);
  CHECK(error_of<std::chrono::sys_seconds>("1e30").starts_with("datetime_parsing|"));
  CHECK(error_of<DateTime>(R"("0000-01-01")")
            .starts_with("datetime_parsing|Input should be a valid datetime, year 0 is out of"));
  CHECK(error_of<Date>(R"("0000-01-01")")
            .starts_with("date_parsing|Input should be a valid date in the format YYYY-MM-DD, "
                         "year 0 is out of range|"));
  CHECK(error_of<std::chrono::seconds>("1e20").find("durations may not exceed 999,999,999 days") !=
        std::string::npos);
  CHECK(error_of<Time>(R"("10:60")")
            .starts_with("time_parsing|Input should be in a valid time format, minute value is "
                         "outside expected"));
  CHECK(error_of<Time>(R"("10:20 ")").find("invalid timezone sign") != std::string::npos);
  for (const char* late : {"86400", "1e400"}) {
    CHECK(error_of<Time>(late).find("numeric times may not exceed 86,399 seconds") !=
          std::string::npos);
  }
  CHECK(error_of<Time>("-1e400").find("should be positive") != std::string::npos);
  CHECK(error_of<DateTime>("-9223372036854775808").find("dates before 0000") != std::string::npos);
  CHECK(error_of<std::chrono::seconds>(R"("x")").starts_with(
      "time_delta_parsing|Input should be a valid timedelta, invalid digit in duration|"));
}

TEST_CASE("durations are ISO 8601, clock readings or seconds") {
  using std::chrono::milliseconds;
  CHECK(again<milliseconds>(R"("P1DT2H3M4.5S")") == R"("P1DT2H3M4.5S")");
  CHECK(again<milliseconds>(R"("-P1W")") == R"("-P7D")");
  CHECK(again<milliseconds>(R"("1 day, 10:20:30")") == R"("P1DT10H20M30S")");
  CHECK(again<milliseconds>(R"("2d")") == R"("P2D")");
  CHECK(again<milliseconds>(R"("30:00")") == R"("P1DT6H")");
  CHECK(again<milliseconds>("90.25") == R"("PT1M30.25S")");
  CHECK(again<milliseconds>("0") == R"("PT0S")");
  CHECK(again<std::chrono::duration<std::int8_t>>("200").find("too large") != std::string::npos);
  CHECK(again<milliseconds>("1e300").find("may not exceed") != std::string::npos);
  CHECK(error_of<milliseconds>("1e400").find("may not exceed") != std::string::npos);
  CHECK(error_of<milliseconds>("-1e400").find("may not exceed") != std::string::npos);
  CHECK(again<std::chrono::duration<double>>("1.5") == R"("PT1.5S")");
  CHECK(again<std::chrono::seconds>(R"("PT90S")") == R"("PT1M30S")");
  for (const char* half : {"1.5", R"("PT0.5S")", R"("-PT0.5S")"}) {
    CHECK(error_of<std::chrono::seconds>(half) ==
          "time_delta_parsing|Input should be a valid timedelta, finer than the unit that it is "
          R"(kept in|{"error":"finer than the unit that it is kept in"})");
  }
}

TEST_CASE("a moment that its unit cannot hold is an error") {
  using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;
  CHECK(again<Nanoseconds>(R"("2262-04-11T23:47:16.854775Z")") ==
        R"("2262-04-11T23:47:16.854775Z")");
  CHECK(again<Nanoseconds>(R"("1677-09-21T00:12:43.145225Z")") ==
        R"("1677-09-21T00:12:43.145225Z")");
  for (const char* json : {R"("2262-04-11T23:47:16.854776Z")", R"("1677-09-21T00:12:43.145224Z")",
                           R"("9999-12-31")", R"("0001-01-01T00:00:00Z")", "253402300799000"}) {
    CAPTURE(json);
    CHECK(
        error_of<Nanoseconds>(json) ==
        "datetime_parsing|Input should be a valid datetime, too far from 1970 for the unit that it "
        "is kept in|{\"error\":\"too far from 1970 for the unit that it is kept in\"}");
  }
  using Short = std::chrono::sys_time<std::chrono::duration<std::int32_t>>;
  CHECK(again<Short>(R"("2038-01-19T03:14:07Z")") == R"("2038-01-19T03:14:07Z")");
  CHECK(error_of<Short>(R"("2038-01-19T03:14:08Z")").starts_with("datetime_parsing|"));
}

TEST_CASE("a UUID is read in all its forms") {
  const std::string text = R"("550e8400-e29b-41d4-a716-446655440000")";
  CHECK(again<Uuid>(text) == text);
  CHECK(again<Uuid>(R"("550E8400E29B41D4A716446655440000")") == text);
  CHECK(again<Uuid>(R"("{550e8400-e29b-41d4-a716-446655440000}")") == text);
  CHECK(again<Uuid>(R"("urn:uuid:550e8400-e29b-41d4-a716-446655440000")") == text);
  const auto reason = [](std::string_view json) {
    const std::string error = error_of<Uuid>(json);
    const std::string begin = "uuid_parsing|Input should be a valid UUID, ";
    REQUIRE(error.starts_with(begin));
    return error.substr(begin.size(), error.find('|', begin.size()) - begin.size());
  };
  CHECK(reason(R"("not-a-uuid")") ==
        "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], "
        "found `n` at 1");
  CHECK(reason(R"("550e8400")") == "invalid length: expected length 32 for simple format, found 8");
  CHECK(reason(R"("550e8400-e29b-41d4-a716")") == "invalid group count: expected 5, found 4");
  CHECK(reason(R"("550e8400-e29b-41d4-a716-4466554400000")") ==
        "invalid group length in group 4: expected 12, found 13");
  CHECK(error_of<Uuid>("1") == "uuid_type|UUID input should be a string, bytes or UUID object|");
  CHECK(uuid4().version() == 4);
  CHECK(uuid4() != uuid4());
}

TEST_CASE("a decimal is exact") {
  CHECK(again<Decimal>("1.10") == R"("1.10")");
  CHECK(again<Decimal>(R"("-0.000001")") == R"("-0.000001")");
  CHECK(again<Decimal>(R"("123456789012345678901234567890.123456789")") ==
        R"("123456789012345678901234567890.123456789")");
  CHECK(again<Decimal>("1e3") == R"("1E+3")");
  CHECK(again<Decimal>(R"(" 1_000 ")") == R"("1000")");
  CHECK(error_of<Decimal>(R"("a")") == "decimal_parsing|Input should be a valid decimal|");
  for (const char* text : {R"("nan")", R"("-sNaN")", R"(" Infinity ")", R"("+inf")"}) {
    CHECK(error_of<Decimal>(text) == "finite_number|Input should be a finite number|");
  }
  CHECK(error_of<Decimal>("{}") ==
        "decimal_type|Decimal input should be an integer, float, string or Decimal object|");
  for (const char* text : {"1e1000000", "1e-1000000", "1.5e-9223372036854775808",
                           "1e9223372036854775807", "1e99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(Decimal::parse(text));
  }
  CHECK(Decimal("1e400").to_double() == std::numeric_limits<double>::infinity());
  CHECK(Decimal("-1e400").to_double() == -std::numeric_limits<double>::infinity());
  CHECK(Decimal("1e-400").to_double() == 0);
  CHECK(Decimal("1.50") == Decimal("1.5"));
  CHECK(Decimal("-2") < Decimal("-1.999"));
  CHECK(Decimal("9") < Decimal("10"));
  CHECK(Decimal("0.3").is_multiple_of(Decimal("0.1")));
  CHECK_FALSE(Decimal("0.35").is_multiple_of(Decimal("0.1")));
  CHECK(Decimal("1E5000").is_multiple_of(Decimal("16")));
  CHECK_FALSE(Decimal("1E5000").is_multiple_of(Decimal("3")));
  CHECK_FALSE(Decimal("1E-5000").is_multiple_of(Decimal("0.01")));
  CHECK(Decimal("-3E999999").is_multiple_of(Decimal("0.03")));
  CHECK_THROWS_AS(Decimal("1").is_multiple_of(Decimal("1234567890123456789")),
                  std::invalid_argument);
  // Seventy seconds of long division, digit by digit of the text.
  CHECK_FALSE(Decimal("0." + std::string(1'000'000, '7')).is_multiple_of(Decimal("0.01")));
  CHECK(Decimal(std::string(1'000'000, '9')).is_multiple_of(Decimal("9")));
  using Price = Field<Decimal, MaxDigits{5}, DecimalPlaces{2}, Gt{0}>;
  CHECK(again<Price>("123.450") == R"("123.450")");
  CHECK(error_of<Price>("1.234") ==
        "decimal_max_places|Decimal input should have no more than 2 decimal places|"
        "{\"decimal_places\":2}");
  CHECK(error_of<Price>("123456") ==
        "decimal_max_digits|Decimal input should have no more than 5 digits in total|"
        "{\"max_digits\":5}");
  CHECK(again<Price>("999.99") == R"("999.99")");
  CHECK(again<Price>("100.000") == R"("100.000")");
  for (const char* json : {"12345", R"("1234.5")", "1000.00", "1e4", "1000"}) {
    CAPTURE(json);
    CHECK(error_of<Price>(json).starts_with("decimal_whole_digits|"));
  }
  CHECK(error_of<Price>("12345") ==
        "decimal_whole_digits|Decimal input should have no more than 3 digits before the decimal "
        "point|{\"whole_digits\":3}");
  CHECK(error_of<Field<Decimal, DecimalPlaces{2}, MaxDigits{3}, MultipleOf{7}>>("10") ==
        "decimal_whole_digits|Decimal input should have no more than 1 digit before the decimal "
        "point|{\"whole_digits\":1}");
  using Fraction = Field<Decimal, MaxDigits{2}, DecimalPlaces{2}>;
  CHECK(again<Fraction>("0.5") == R"("0.5")");
  CHECK(error_of<Fraction>("1.5").starts_with("decimal_whole_digits|"));
  CHECK(again<Field<Decimal, MaxDigits{5}>>("12345") == R"("12345")");
  CHECK(error_of<Price>("0") == "greater_than|Input should be greater than 0|{\"gt\":0}");
}

TEST_CASE("members of those types are required") {
  const ModelLayout& layout = type_info<When>().layout();
  for (std::size_t i = 0; i < 7; ++i) CHECK(layout.is_required(i));
}

TEST_CASE("a literal is one of its texts") {
  using Order = Literal<"asc", "desc">;
  CHECK(again<Order>(R"("desc")") == R"("desc")");
  CHECK(error_of<Order>(R"("x")") ==
        "literal_error|Input should be 'asc' or 'desc'|{\"expected\":\"'asc' or 'desc'\"}");
  constexpr Order kOrder = "asc";
  static_assert(kOrder == "asc");
  CHECK_THROWS_AS(Order(std::string_view("no")), std::invalid_argument);
}

TEST_CASE("a variant takes the alternative that fits best") {
  using IntText = std::variant<int, std::string>;
  CHECK(again<IntText>("5") == "5");
  CHECK(again<IntText>(R"("5")") == R"("5")");
  CHECK(again<std::variant<bool, int>>("1") == "1");
  CHECK(again<std::variant<int, double>>("1.5") == "1.5");
  CHECK(again<std::variant<double, int>>("1") == "1");
  CHECK(again<std::variant<Point, Named>>(R"({"name":"n","x":1})") == R"({"name":"n","x":1})");
  CHECK(again<std::variant<Named, Point>>(R"({"x":1,"y":2})") == R"({"x":1,"y":2})");
  CHECK(again<std::vector<IntText>>(R"([1,"a"])") == R"([1,"a"])");
}

TEST_CASE("a variant that nothing fits has the errors of all") {
  CHECK(
      again<std::variant<int, Point>>(R"({"y":"a"})") ==
      R"({"detail":[{"type":"int_type","loc":["body","int"],"msg":"Input should be a valid )"
      R"(integer","input":{"y":"a"}},{"type":"missing","loc":["body","Point","x"],"msg":"Field )"
      R"(required","input":{"y":"a"}},{"type":"int_parsing","loc":["body","Point","y"],"msg":)"
      R"("Input should be a valid integer, unable to parse string as an integer","input":"a"}]})");
}

TEST_CASE("a discriminator chooses the alternative") {
  CHECK(again<Owner>(R"({"pet":{"lives":3,"type":"cat"}})") ==
        R"({"pet":{"type":"cat","lives":3}})");
  CHECK(again<Owner>(R"({"pet":{"type":"wolf"}})") ==
        R"({"detail":[{"type":"missing","loc":["body","pet","wolf","name"],"msg":"Field )"
        R"(required","input":{"type":"wolf"}}]})");
  CHECK(error_of<Owner>(R"({"pet":{"type":"cow"}})") ==
        "union_tag_invalid|Input tag 'cow' found using 'type' does not match any of the expected "
        "tags: 'cat', 'dog', 'wolf'|{\"discriminator\":\"'type'\",\"tag\":\"cow\","
        "\"expected_tags\":\"'cat', 'dog', 'wolf'\"}");
  CHECK(error_of<Owner>(R"({"pet":{"type":null}})")
            .starts_with("union_tag_invalid|Input tag 'None'"));
  CHECK(error_of<Owner>(R"({"pet":{"type":true}})")
            .starts_with("union_tag_invalid|Input tag 'True'"));
  CHECK(error_of<Owner>(R"({"pet":{}})") ==
        "union_tag_not_found|Unable to extract tag using discriminator 'type'|"
        "{\"discriminator\":\"'type'\"}");
  CHECK(error_of<Owner>(R"({"pet":1})").starts_with("model_attributes_type|"));
  // What stands behind the text is none of it.
  const std::string_view beyond = R"({"pet":{"type":"cat"}})";
  CHECK(error_of<Owner>(beyond.substr(0, 15)).starts_with("json_invalid|"));
}

TEST_CASE("a discriminator is found by the member's own name, with that on the wire in the text") {
  using Pet = Field<std::variant<Chip, Dale>, Discriminator{"kind"}>;
  using Wire = Field<std::variant<Chip, Dale>, Discriminator{"petType"}>;
  CHECK(again<Pet>(R"({"petType":"dale"})") == R"({"petType":"dale"})");
  CHECK(again<Wire>(R"({"petType":"chip"})") == R"({"petType":"chip"})");
  CHECK(error_of<Pet>(R"({"kind":"dale"})") ==
        "union_tag_not_found|Unable to extract tag using discriminator 'petType'|"
        R"({"discriminator":"'petType'"})");
}

TEST_CASE("a tagged union may be absent, null or there") {
  CHECK(again<Patch>("{}") == "{}");
  CHECK(again<Patch>(R"({"pet":null})") == R"({"pet":null})");
  CHECK(again<Patch>(R"({"pet":{"petType":"dale"}})") == R"({"pet":{"petType":"dale"}})");
}

TEST_CASE("a model may contain the tagged union that it stands in") {
  constexpr std::string_view kTree =
      R"({"kind":"branch","twigs":[{"kind":"leaf"},{"kind":"branch","twigs":[]}]})";
  CHECK(again<Twig>(kTree) == kTree);
}

TEST_CASE("a model may hold its like by pointers") {
  const std::string text =
      R"({"value":1,"left":{"value":2,"left":null,"right":null},"right":null})";
  CHECK(again<Tree>(text) == text);
  CHECK(again<Tree>(R"({"value":1})") == R"({"value":1,"left":null,"right":null})");
}

TEST_CASE("a set keeps one of each") {
  CHECK(again<std::set<int>>("[3,1,3]") == "[1,3]");
  CHECK(again<std::unordered_set<std::string>>(R"(["a","a"])") == R"(["a"])");
  CHECK(error_of<std::set<int>>("{}") == "set_type|Input should be a valid set|");
  CHECK(again<Field<std::set<int>, MaxItems{1}>>("[3,1]").find(
            R"("msg":"Set should have at most 1 item after validation, not more",)"
            R"("input":[3,1],"ctx":{"field_type":"Set","max_length":1,"actual_length":null})") !=
        std::string::npos);
}

// pydantic ends at the first element beyond the limit, and drops what it has found before.
TEST_CASE("of a list that is too long nothing else is told") {
  using AtMostTwo = Field<std::optional<std::vector<int>>, MaxLength{2}>;
  CHECK(error_of<AtMostTwo>(R"(["x",1,"y"])") ==
        "too_long|List should have at most 2 items after validation, not 3|"
        R"({"field_type":"List","max_length":2,"actual_length":3})");
  CHECK(error_of<AtMostTwo>(R"(["x",1])").starts_with("int_parsing|"));
  using Set = Field<std::set<int>, MaxLength{2}>;
  CHECK(error_of<Set>(R"(["x",1,2,3])").starts_with("too_long|"));
  CHECK(error_of<Set>(R"(["x",1,2,2])").starts_with("int_parsing|"));
  using Lists = std::map<std::string, Field<std::vector<std::string>, MinLength{1}, MaxLength{1}>>;
  CHECK(
      again<Lists>(R"({"a":[1,2],"b":[1],"c":[]})") ==
      R"({"detail":[{"type":"too_long","loc":["body","a"],"msg":"List should have at most 1 item )"
      R"(after validation, not 2","input":[1,2],"ctx":{"field_type":"List","max_length":1,)"
      R"("actual_length":2}},{"type":"string_type","loc":["body","b",0],"msg":"Input should be a )"
      R"(valid string","input":1},{"type":"too_short","loc":["body","c"],"msg":"List should have )"
      R"(at least 1 item after validation, not 0","input":[],"ctx":{"field_type":"List",)"
      R"("min_length":1,"actual_length":0}}]})");
}

TEST_CASE("a model may forbid what it does not have") {
  CHECK(again<Strict>(R"({"a":1,"bee":2})") == R"({"a":1,"bee":2})");
  CHECK(again<Strict>(R"({"c":[1, 2],"a":1})") ==
        R"({"detail":[{"type":"missing","loc":["body","bee"],"msg":"Field required","input":)"
        R"({"c":[1,2],"a":1}},{"type":"extra_forbidden","loc":["body","c"],"msg":)"
        R"("Extra inputs are not permitted","input":[1,2]}]})");
}

TEST_CASE("a model's own check comes when its members are valid") {
  CHECK(again<shop::Booking>(R"({"begin":1,"end":2})") == R"({"begin":1,"end":2})");
  CHECK(again<shop::Booking>(R"({"begin":-1,"end": -2})") ==
        R"({"detail":[{"type":"value_error","loc":["body","end"],"msg":"Value error, end comes )"
        R"(before begin","input":-2,"ctx":{"error":{}}},{"type":"value_error","loc":["body"],)"
        R"("msg":"Value error, too early","input":{"begin":-1,"end":-2},"ctx":{"error":{}}}]})");
  CHECK(error_of<shop::Booking>(R"({"begin":5})").starts_with("missing|"));
  CHECK(error_of<shop::Secret>(R"({"text":"secret"})") ==
        "value_error|Value error, must not be \"secret\"|{\"error\":{}}");
}

TEST_CASE("a std::invalid_argument of a model's validate is what it says") {
  CHECK(again<shop::Range>(R"({"from":1,"until":2})") == R"({"from":1,"until":2,"validate":true})");
  CHECK(error_of<shop::Range>(R"({"from":2,"until":1})") ==
        R"(value_error|Value error, until comes before from|{"error":{}})");
  const std::string both = again<shop::Range>(R"({"from":-1,"until":-2})");
  CHECK(both.contains("Value error, is negative"));
  CHECK(both.contains("Value error, until comes before from"));
}

TEST_CASE("nlohmann's own functions read and write a type") {
  CHECK(again<std::vector<shop::Money>>("[1.5]") == "[1.5]");
  CHECK(error_of<shop::Money>(R"("a")").starts_with("value_error|Value error, [json.exception"));
}

TEST_CASE("constraints have pydantic's messages") {
  CHECK(error_of<Field<std::string, Pattern{"^a+$"}>>(R"("ab")") ==
        "string_pattern_mismatch|String should match pattern '^a+$'|{\"pattern\":\"^a+$\"}");
  CHECK(again<Field<std::string, Pattern{"b"}>>(R"("abc")") == R"("abc")");
  CHECK(error_of<Field<int, MultipleOf{5}, Gt{9}>>("3") ==
        "multiple_of|Input should be a multiple of 5|{\"multiple_of\":5}");
  using Cents = Field<double, MultipleOf{0.01}>;
  for (const char* price : {"0.07", "1.1", "-0.3", "4.35", "123456789.12", "99999999999.99"}) {
    CAPTURE(price);
    CHECK(again<Cents>(price) == price);
    CHECK(again<Field<float, MultipleOf{0.01}>>("0.07") == "0.07");
  }
  for (const char* price : {"0.075", "5000000.005", "123456789.123", "99999999999.994"}) {
    CAPTURE(price);
    CHECK(error_of<Cents>(price) ==
          "multiple_of|Input should be a multiple of 0.01|{\"multiple_of\":0.01}");
  }
  using Tens = Field<std::uint64_t, MultipleOf{10}, Le{9223372036854775807}>;
  CHECK(error_of<Tens>("18446744073709551615").starts_with("multiple_of|"));
  CHECK(error_of<Tens>("18446744073709551610").starts_with("less_than_equal|"));
  CHECK(error_of<Tens>("9223372036854775810").starts_with("less_than_equal|"));
  CHECK(again<Tens>("9223372036854775800") == "9223372036854775800");
  CHECK(error_of<Field<double, MultipleOf{0.5}, Lt{2}>>(R"("nan")") ==
        "less_than|Input should be less than 2|{\"lt\":2.0}");
  CHECK(error_of<Field<std::vector<int>, MinItems{2}>>("[1]") ==
        "too_short|List should have at least 2 items after validation, not 1|"
        "{\"field_type\":\"List\",\"min_length\":2,\"actual_length\":1}");
  CHECK(error_of<Field<std::vector<Point>, UniqueItems{}>>(R"([{"x":1},{"x":1,"y":0}])") ==
        "unique_list|List must be unique|");
  CHECK(error_of<Field<double, AllowInfNan{false}>>(R"("inf")") ==
        "finite_number|Input should be a finite number|");
  CHECK(again<Field<std::optional<int>, Gt{1}>>("null") == "null");
}

TEST_CASE("Required says what a type does not") {
  struct Model {
    Field<std::vector<int>, Required{}> list;
    Field<std::string, Required{false}> text;
  };
  CHECK(type_info<Model>().layout().is_required(0));
  CHECK_FALSE(type_info<Model>().layout().is_required(1));
}

namespace {

enum class Size { small, large };
struct Stock {
  std::array<int, 3> rgb{};
  std::map<Size, int> counts;
};

}  // namespace

TEST_CASE("an array is a list of just so many") {
  using Three = std::array<int, 3>;
  CHECK(again<Three>("[1,2,3]") == "[1,2,3]");
  CHECK(error_of<Three>("[1,2]") ==
        "too_short|List should have at least 3 items after validation, not 2|"
        R"({"field_type":"List","min_length":3,"actual_length":2})");
  CHECK(error_of<Three>("[1,2,3,4]") ==
        "too_long|List should have at most 3 items after validation, not 4|"
        R"({"field_type":"List","max_length":3,"actual_length":4})");
  CHECK(error_of<Three>(R"(["x"])").starts_with("int_parsing|"));
  CHECK_FALSE(again<Three>(R"(["x"])").contains("too_short"));
  CHECK(error_of<Three>("5") == "list_type|Input should be a valid list|");
  CHECK(again<Three>(R"([1,"x",3])").contains(R"("loc":["body",1])"));
  CHECK(again<std::array<std::string, 1>>(R"(["a"])") == R"(["a"])");
}

TEST_CASE("the keys of a map may be an enum") {
  using Counts = std::map<Size, int>;
  CHECK(again<Counts>(R"({"large":2,"small":1})") == R"({"small":1,"large":2})");
  CHECK(again<std::unordered_map<Size, std::string>>(R"({"large":"x"})") == R"({"large":"x"})");
  // As pydantic 2 says it.
  CHECK(again<Counts>(R"({"huge":2})") ==
        R"({"detail":[{"type":"enum","loc":["body","huge","[key]"],"msg":"Input should be )"
        R"('small' or 'large'","input":"huge","ctx":{"expected":"'small' or 'large'"}}]})");
}

TEST_CASE("arrays and maps of enums are members of models") {
  CHECK(again<Stock>(R"({"rgb":[1,2,3],"counts":{"large":5}})") ==
        R"({"rgb":[1,2,3],"counts":{"large":5}})");
  CHECK(again<Stock>("{}") == R"({"rgb":[0,0,0],"counts":{}})");
}
