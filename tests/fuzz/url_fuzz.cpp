// SPDX-License-Identifier: MIT
// Paths, query strings and the dates of header fields.
#include <capricorn/http/date.hpp>
#include <capricorn/http/headers.hpp>
#include <capricorn/http/url.hpp>
#include <stdexcept>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

void check_escapes(std::string_view text) {
  fuzz::require(percent_decode(percent_encode(text)) == text, "what is escaped is read back");
  fuzz::require(percent_decode(text).size() <= text.size(), "decoding does not grow");
}

void check_query(std::string_view text) {
  const QueryParams params(text);
  for (const auto& [name, value] : params) {
    fuzz::require(params.get(name).has_value(), "a name that is listed is found");
    fuzz::require(name.size() + value.size() <= text.size(), "pairs do not grow");
  }
}

void check_date(std::string_view text) {
  if (const auto time = parse_http_date(text)) {
    fuzz::require(parse_http_date(format_http_date(*time)) == *time, "a date is read back");
  }
}

void check_field(std::string_view text) {
  Headers headers;
  const std::size_t middle = text.size() / 2;
  try {
    headers.append(text.substr(0, middle), text.substr(middle));
    headers.set("x-other", text.substr(middle));
    fuzz::require(
        headers.size() >= 1 && headers.get("x-other") == headers[headers.size() - 1].value,
        "a field that was set is found");
  } catch (const std::invalid_argument&) {  // what no field may be
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_escapes(text);
  check_query(text);
  check_date(text);
  check_field(text);
  return 0;
}
