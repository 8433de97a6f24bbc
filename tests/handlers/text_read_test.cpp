// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/text_read.hpp>
#include <cmath>
#include <limits>

using namespace capricorn;

namespace {

enum class Net { alexnet, resnet, lenet };

template <class T>
std::string error_of(std::string_view text, T& value,
                     std::span<const FieldConstraint> constraints = {}) {
  ValidationErrors errors;
  if (read_text(text, type_info<T>(), &value, constraints, "path", "id", errors)) return "";
  Buffer out;
  write_errors_json(out, errors);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("text becomes values") {
  int number = 0;
  CHECK(error_of(" +42 ", number).empty());
  CHECK(number == 42);
  bool flag = false;
  CHECK(error_of("YES", flag).empty());
  CHECK(flag);
  std::optional<double> real;
  CHECK(error_of("1.5", real).empty());
  CHECK(real == 1.5);
  Net model{};
  CHECK(error_of("lenet", model).empty());
  CHECK(model == Net::lenet);
}

TEST_CASE("a text that is no integer is answered like FastAPI does") {
  int value = 0;
  CHECK(error_of("abc", value) ==
        R"({"detail":[{"type":"int_parsing","loc":["path","id"],"msg":"Input should be a valid )"
        R"(integer, unable to parse string as an integer","input":"abc"}]})");
  CHECK(error_of("", value).find("int_parsing\"") != std::string::npos);
  CHECK(error_of("99999999999", value).find("int_parsing_size") != std::string::npos);
}

TEST_CASE("constraints are checked") {
  int value = 0;
  const FieldConstraint positive[] = {Gt{0}.describe(), Le{10}.describe()};
  CHECK(error_of("5", value, positive).empty());
  CHECK(error_of("0", value, positive).find(R"("ctx":{"gt":0})") != std::string::npos);
  CHECK(error_of("11", value, positive).find("less than or equal to 10") != std::string::npos);
  std::string text;
  const FieldConstraint longer[] = {MinLength{3}.describe()};
  CHECK(error_of("é", text, longer).find("String should have at least 3 characters") !=
        std::string::npos);
  Net model{};
  CHECK(error_of("x", model).find("'alexnet', 'resnet' or 'lenet'") != std::string::npos);
}

TEST_CASE("a number beyond double is infinity, and one too small is zero") {
  double number = 0;
  for (const char* const text : {"1e400", "1.5e400", "0.001e312", "1e99999999999999999999"}) {
    CHECK(error_of(text, number).empty());
    CHECK(number == HUGE_VAL);
  }
  CHECK(error_of("-" + std::string(400, '9') + ".5", number).empty());
  CHECK(number == -HUGE_VAL);
  for (const char* const text : {"1e-400", "123.5e-400", "1e-99999999999999999999"}) {
    CHECK(error_of(text, number).empty());
    CHECK(number == 0);
  }
  CHECK(error_of("1e-310", number).empty());
  CHECK(number == 1e-310);
  float narrow = 0;
  CHECK(error_of("3.4028235e+38", narrow).empty());
  CHECK(narrow == std::numeric_limits<float>::max());
  CHECK(error_of("nan", narrow).empty());
  CHECK(std::isnan(narrow));
}
