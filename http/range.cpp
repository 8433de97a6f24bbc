// SPDX-License-Identifier: MIT
#include "range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "field_value.hpp"

namespace capricorn {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

/// Digits alone; what does not fit into 64 bits is as good as endless.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || at != end || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc::result_out_of_range ? kHuge : value;
}

enum class Read { kGood, kUnsatisfiable, kBad };

/// One range-spec: "0-499", "500-" or "-500".
Read read_spec(std::string_view text, std::uint64_t size, ByteRange& range) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return Read::kBad;
  const std::string_view last_text = text.substr(dash + 1);
  const auto last = parse_position(last_text);
  if (!last && !last_text.empty()) return Read::kBad;
  if (dash == 0) {
    if (!last) return Read::kBad;
    if (*last == 0) return Read::kUnsatisfiable;
    const std::uint64_t length = std::min(*last, size);
    range = {size - length, length};
    return Read::kGood;
  }
  const auto first = parse_position(text.substr(0, dash));
  if (!first || (last && *last < *first)) return Read::kBad;
  if (*first >= size) return Read::kUnsatisfiable;
  const std::uint64_t end = last && *last < size ? *last + 1 : size;
  range = {*first, end - *first};
  return Read::kGood;
}

bool overlap(ByteRange a, ByteRange b) { return a.offset < b.end() && b.offset < a.end(); }

/// Adds a range, and makes one of it and of all that it overlaps, in the place of the first: bytes
/// asked for twice are sent once.
void add(std::vector<ByteRange>& ranges, ByteRange range) {
  std::size_t place = ranges.size();
  for (std::size_t i = 0; i < ranges.size();) {
    if (!overlap(ranges[i], range)) {
      ++i;
      continue;
    }
    const std::uint64_t end = std::max(ranges[i].end(), range.end());
    range.offset = std::min(ranges[i].offset, range.offset);
    range.size = end - range.offset;
    ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(i));
    place = std::min(place, i);
    i = 0;  // what has grown may reach another
  }
  ranges.insert(ranges.begin() + static_cast<std::ptrdiff_t>(place), range);
}

}  // namespace

RangeRequest parse_range(const Headers& request, Method method, std::uint64_t size) {
  using Answer = RangeRequest::Answer;
  if (method != Method::kGet) return {};
  const auto field = single_value(request, "range");
  if (!field) return {};
  const std::size_t equals = field->find('=');
  if (equals == std::string_view::npos) return {};
  if (!equals_ignoring_case(field->substr(0, equals), "bytes")) return {};
  RangeRequest out;
  std::size_t specs = 0;
  for (std::string_view set = field->substr(equals + 1); !set.empty();) {
    const std::string_view spec = take_member(set);
    if (spec.empty()) continue;
    ByteRange range;
    const Read read = read_spec(spec, size, range);
    if (read == Read::kBad || ++specs > kMaxRanges) return {};
    // The end of an empty file is the whole of it, which no Content-Range can say.
    if (read == Read::kGood && range.size == 0) return {};
    if (read == Read::kGood) add(out.ranges, range);
  }
  if (specs == 0) return {};
  out.answer = out.ranges.empty() ? Answer::kUnsatisfiable : Answer::kPartial;
  return out;
}

std::string content_range(ByteRange range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + '-' + std::to_string(range.end() - 1) + '/' +
         std::to_string(size);
}

std::string unsatisfied_range(std::uint64_t size) { return "bytes */" + std::to_string(size); }

MultipartRanges::MultipartRanges(std::vector<ByteRange> ranges, std::uint64_t size,
                                 std::string_view media_type, std::string boundary)
    : ranges_(std::move(ranges)),
      size_(size),
      media_type_(media_type),
      boundary_(std::move(boundary)) {}

std::string MultipartRanges::content_type() const {
  return "multipart/byteranges; boundary=" + boundary_;
}

std::uint64_t MultipartRanges::content_length() const {
  std::uint64_t length = end().size();
  for (std::size_t i = 0; i < ranges_.size(); ++i) length += head(i).size() + ranges_[i].size;
  return length;
}

std::string MultipartRanges::head(std::size_t index) const {
  std::string out = index == 0 ? "--" : "\r\n--";
  out += boundary_;
  out += "\r\n";
  if (!media_type_.empty()) out.append("Content-Type: ").append(media_type_).append("\r\n");
  out.append("Content-Range: ").append(content_range(ranges_[index], size_)).append("\r\n\r\n");
  return out;
}

std::string MultipartRanges::end() const { return "\r\n--" + boundary_ + "--\r\n"; }

}  // namespace capricorn
