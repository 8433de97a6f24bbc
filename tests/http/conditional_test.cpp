// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/conditional.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace capricorn;

namespace {

// 784111777 is Sun, 06 Nov 1994 08:49:37 GMT.
constexpr std::time_t kChanged = 784111777;
constexpr std::string_view kExact = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
using enum Precondition;

Headers make_headers(const Fields& fields) {
  Headers headers;
  for (const auto& [name, value] : fields) headers.append(name, value);
  return headers;
}

struct Case {
  std::string_view section;  // of RFC 9110
  Fields fields;
  Precondition expected;
  Method method = Method::kGet;
};

void check(const std::vector<Case>& cases, const Validators& current) {
  for (const Case& c : cases) {
    std::string text(c.section);
    for (const auto& [name, value] : c.fields)
      text.append(" | ").append(name) += ": ", text += value;
    CAPTURE(text);
    CHECK(check_preconditions(make_headers(c.fields), c.method, current) == c.expected);
  }
}

}  // namespace

TEST_CASE("preconditions of a resource with a strong entity tag and a date") {
  check(
      {
          {"13", {}, kProceed},
          {"13.1.1", {{"if-match", R"("a")"}}, kProceed},
          {"13.1.1", {{"if-match", R"("b")"}}, kFailed},
          {"13.1.1", {{"if-match", "*"}}, kProceed},
          {"13.1.1", {{"if-match", R"("b", "a")"}}, kProceed},
          {"13.1.1", {{"if-match", R"("b")"}, {"if-match", R"("a")"}}, kProceed},
          {"13.1.1 strong comparison", {{"if-match", R"(W/"a")"}}, kFailed},
          {"13.1.1", {{"if-match", R"("b")"}}, kFailed, Method::kPut},
          {"13.1.1 not readable", {{"if-match", "a"}}, kFailed},
          {"13.1.1 empty", {{"if-match", ""}}, kFailed},
          {"13.1.2", {{"if-none-match", R"("a")"}}, kNotModified},
          {"13.1.2", {{"if-none-match", R"("a")"}}, kNotModified, Method::kHead},
          {"13.1.2", {{"if-none-match", R"("a")"}}, kFailed, Method::kPut},
          {"13.1.2", {{"if-none-match", R"("b")"}}, kProceed},
          {"13.1.2", {{"if-none-match", R"("b")"}}, kProceed, Method::kPut},
          {"13.1.2", {{"if-none-match", "*"}}, kNotModified},
          {"13.1.2", {{"if-none-match", "*"}}, kFailed, Method::kPut},
          {"13.1.2 weak comparison", {{"if-none-match", R"(W/"a")"}}, kNotModified},
          {"13.1.2 list", {{"if-none-match", R"("b" , W/"a", "c")"}}, kNotModified},
          {"13.1.2 list", {{"if-none-match", R"(,, "b",,"a",)"}}, kNotModified},
          {"13.1.2 lines",
           {{"if-none-match", R"("b")"}, {"if-none-match", R"("a")"}},
           kNotModified},
          {"8.8.3 case", {{"if-none-match", R"("A")"}}, kProceed},
          {"8.8.3 case", {{"if-none-match", R"(w/"a")"}}, kProceed},
          {"8.8.3 a part", {{"if-none-match", R"("aa", "a)"}}, kProceed},
          {"8.8.3 no quotes", {{"if-none-match", "a"}}, kProceed},
          {"8.8.3 more behind", {{"if-none-match", R"("a"b)"}}, kProceed},
          {"8.8.3 a comma inside", {{"if-none-match", R"("x,"a",y")"}}, kProceed},
          {"5.6.1 * in a list", {{"if-none-match", R"(*, "b")"}}, kProceed},
          {"13.1.3", {{"if-modified-since", kExact}}, kNotModified},
          {"13.1.3", {{"if-modified-since", kAfter}}, kNotModified},
          {"13.1.3", {{"if-modified-since", kBefore}}, kProceed},
          {"13.1.3", {{"if-modified-since", kExact}}, kNotModified, Method::kHead},
          {"13.1.3 neither GET nor HEAD", {{"if-modified-since", kExact}}, kProceed, Method::kPost},
          {"13.1.3 no date", {{"if-modified-since", "yesterday"}}, kProceed},
          {"13.1.3 two", {{"if-modified-since", kExact}, {"if-modified-since", kExact}}, kProceed},
          {"5.6.7", {{"if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT"}}, kNotModified},
          {"5.6.7", {{"if-modified-since", "Sun Nov  6 08:49:37 1994"}}, kNotModified},
          {"13.1.4", {{"if-unmodified-since", kExact}}, kProceed},
          {"13.1.4", {{"if-unmodified-since", kBefore}}, kFailed},
          {"13.1.4", {{"if-unmodified-since", kBefore}}, kFailed, Method::kPut},
          {"13.1.4 no date", {{"if-unmodified-since", "0"}}, kProceed},
      },
      {R"("a")", kChanged});
}

TEST_CASE("preconditions are asked in the order of RFC 9110, 13.2.2") {
  check(
      {
          {"1", {{"if-match", R"("a")"}, {"if-unmodified-since", kBefore}}, kProceed},
          {"1", {{"if-match", R"("b")"}, {"if-none-match", R"("a")"}}, kFailed},
          {"2", {{"if-unmodified-since", kBefore}, {"if-none-match", R"("a")"}}, kFailed},
          {"1 then 3", {{"if-match", R"("a")"}, {"if-none-match", R"("a")"}}, kNotModified},
          {"3 over 4", {{"if-none-match", R"("b")"}, {"if-modified-since", kAfter}}, kProceed},
          {"3 over 4", {{"if-none-match", R"("a")"}, {"if-modified-since", kBefore}}, kNotModified},
          {"3 over 4", {{"if-none-match", "junk"}, {"if-modified-since", kAfter}}, kProceed},
          {"1 then 4", {{"if-match", "*"}, {"if-modified-since", kAfter}}, kNotModified},
      },
      {R"("a")", kChanged});
}

TEST_CASE("preconditions without a validator to compare with") {
  check(
      {
          {"13.1.1", {{"if-match", R"("a")"}}, kFailed},
          {"13.1.1", {{"if-match", "*"}}, kProceed},
          {"13.1.2", {{"if-none-match", R"("a")"}}, kProceed},
          {"13.1.3", {{"if-modified-since", kAfter}}, kProceed},
          {"13.1.4", {{"if-unmodified-since", kBefore}}, kProceed},
      },
      {"", std::nullopt});
  check({{"13.1.1", {{"if-match", "*"}}, kFailed, Method::kPut},
         {"13.1.2", {{"if-none-match", "*"}}, kProceed, Method::kPut}},
        {"", std::nullopt, false});
}

TEST_CASE("a weak entity tag matches weakly only") {
  check({{"13.1.1", {{"if-match", R"(W/"a")"}}, kFailed},
         {"13.1.1", {{"if-match", R"("a")"}}, kFailed},
         {"13.1.2", {{"if-none-match", R"("a")"}}, kNotModified},
         {"13.1.2", {{"if-none-match", R"(W/"a")"}}, kNotModified}},
        {R"(W/"a")", kChanged});
}

TEST_CASE("If-Range wants a strong entity tag or the very date (RFC 9110, 13.1.5)") {
  struct RangeCase {
    std::string_view value;
    bool expected;
  };
  const Validators current{R"("a")", kChanged};
  for (const RangeCase c :
       {RangeCase{R"("a")", true}, RangeCase{R"("b")", false}, RangeCase{R"(W/"a")", false},
        RangeCase{R"("a", "b")", false}, RangeCase{"*", false}, RangeCase{"a", false},
        RangeCase{"", false}, RangeCase{kExact, true}, RangeCase{kBefore, false},
        RangeCase{kAfter, false}, RangeCase{"Sunday, 06-Nov-94 08:49:37 GMT", true}}) {
    CAPTURE(c.value);
    CHECK(if_range_holds({{"if-range", c.value}}, current) == c.expected);
  }
  CHECK(if_range_holds({}, current));
  CHECK_FALSE(if_range_holds({{"if-range", R"("a")"}, {"if-range", R"("a")"}}, current));
  CHECK_FALSE(if_range_holds({{"if-range", R"(W/"a")"}}, {R"(W/"a")", kChanged}));
  CHECK_FALSE(if_range_holds({{"if-range", kExact}}, {R"("a")", std::nullopt}));
}
