// SPDX-License-Identifier: MIT
// What a client asks of a file: ranges, conditions, codings.
#include <capricorn/http/conditional.hpp>
#include <capricorn/http/content_coding.hpp>
#include <capricorn/http/content_disposition.hpp>
#include <capricorn/http/range.hpp>

#include <array>
#include <stdexcept>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

void check_ranges(const Headers& request, std::uint64_t size) {
  const RangeRequest asked = parse_range(request, Method::kGet, size);
  const bool partial = asked.answer == RangeRequest::Answer::kPartial;
  fuzz::require(partial == !asked.ranges.empty(), "only a partial answer has ranges");
  fuzz::require(asked.ranges.size() <= kMaxRanges, "the ranges are bounded");
  std::uint64_t total = 0;
  for (const ByteRange range : asked.ranges) {
    fuzz::require(range.size > 0, "a range has bytes");
    fuzz::require(range.offset < size && range.size <= size - range.offset, "a range lies inside");
    total += range.size;
  }
  fuzz::require(total <= size, "no byte is sent twice");
  const MultipartRanges parts(asked.ranges, size, "text/plain", "boundary");
  fuzz::require(!partial || parts.content_length() > total, "the parts have heads");
}

void check_conditions(const Headers& request) {
  const Validators current{"\"a,b\"", 784111777};
  const Precondition get = check_preconditions(request, Method::kGet, current);
  const Precondition put = check_preconditions(request, Method::kPut, current);
  fuzz::require(put != Precondition::kNotModified, "only what is safe is not modified");
  fuzz::require(get != Precondition::kFailed || put == Precondition::kFailed,
                "what fails for GET fails for PUT");
  static_cast<void>(if_range_holds(request, current));
}

void check_codings(const Headers& request) {
  constexpr std::array kOffered = {ContentCoding::kZstd, ContentCoding::kGzip};
  const AcceptEncoding accepted(request);
  fuzz::require(accepted.best(kOffered) != ContentCoding::kBrotli,
                "what is not offered is not chosen");
  fuzz::require(accepted.best({}) == ContentCoding::kIdentity, "of nothing comes identity");
}

void check_disposition(std::string_view name) {
  for (const char c : content_disposition("attachment", name)) {
    fuzz::require(c >= 0x20 && c < 0x7f, "a field's value is printable ASCII");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kNames = {"range",          "if-range",          "if-match",
                                 "if-none-match",  "if-modified-since", "if-unmodified-since",
                                 "accept-encoding"};
  fuzz::Input input(data, size);
  const std::uint64_t file_size = std::uint64_t{1} << input.choose(64);
  const char* name = kNames[input.choose(kNames.size())];
  const char* other = kNames[input.choose(kNames.size())];
  const std::string_view text = input.rest();
  check_disposition(text);
  Headers request;
  try {
    request.append(name, text.substr(0, text.size() / 2));
    request.append(other, text.substr(text.size() / 2));
    request.append(name, text);
    request.remove(other);
    request.append(other, text);
  } catch (const std::invalid_argument&) {
    return 0;  // what no field may be
  }
  check_ranges(request, file_size);
  check_conditions(request);
  check_codings(request);
  return 0;
}
