// SPDX-License-Identifier: MIT
#include "multipart.hpp"

#include <algorithm>

#include "field_value.hpp"
#include "header_parameters.hpp"
#include "url.hpp"

namespace capricorn {
namespace {

// FastAPI's words, and Starlette's.
constexpr std::string_view kMalformed = "There was an error parsing the body";
constexpr std::string_view kNameMissing =
    "The Content-Disposition header field \"name\" must be provided.";

constexpr bool is_padding(char c) { return c == ' ' || c == '\t'; }

/// Undoes what browsers do to names (WHATWG HTML, 4.10.21.8): three escapes and no other.
std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view escape = text.substr(i, 3);
    const char c = escape == "%22"                       ? '"'
                   : equals_ignoring_case(escape, "%0D") ? '\r'
                   : equals_ignoring_case(escape, "%0A") ? '\n'
                                                         : '\0';
    out += c ? c : text[i];
    if (c) i += 2;
  }
  return out;
}

/// Of `filename*=UTF-8''…` (RFC 8187), which RFC 7578 forbids and some clients send: .NET's sends
/// it beside a `filename` of MIME's encoded words, which nobody wants to see.
std::optional<std::string> extended_value(std::string_view text) {
  const std::size_t charset = text.find('\'');
  if (charset == std::string_view::npos) return std::nullopt;
  const std::size_t language = text.find('\'', charset + 1);
  if (language == std::string_view::npos) return std::nullopt;
  if (!equals_ignoring_case(text.substr(0, charset), "utf-8")) return std::nullopt;
  std::string value = percent_decode(text.substr(language + 1));
  if (std::ranges::any_of(value, is_ascii_control)) return std::nullopt;
  return value;
}

/// Some programs of Windows send the file's whole path, which is the sender's own affair.
void drop_windows_path(std::string& filename) {
  if (filename.size() < 3 || filename.compare(1, 2, ":\\") != 0) return;
  filename.erase(0, filename.rfind('\\') + 1);
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, std::size_t max_head)
    : delimiter_("\r\n--" + std::string(boundary)), max_head_(max_head) {
  begin_content(State::kPreamble);
}

/// The line end before it, which is no part of it, may be the one that a delimiter begins with.
void MultipartParser::begin_content(State state) noexcept {
  state_ = state;
  matched_ = assumed_ = 2;
}

bool MultipartParser::complete() const noexcept {
  return state_ == State::kClosed || state_ == State::kEpilogue;
}

MultipartParser::Event MultipartParser::next() {
  while (state_ != State::kFailed) {
    switch (state_) {
      case State::kPreamble:
      case State::kBody: {
        const bool in_part = state_ == State::kBody;
        if (scan()) {
          state_ = State::kDelimiter;
          if (in_part) return Event::kPartEnd;
          break;
        }
        if (in_part && !data_.empty()) return Event::kData;
        if (rest_.empty()) return Event::kMore;
        break;
      }
      case State::kHead:
        if (read_head()) return Event::kPart;
        if (state_ == State::kHead) return Event::kMore;
        break;
      case State::kEpilogue: rest_ = {}; return Event::kMore;
      default: {
        if (rest_.empty()) return Event::kMore;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (!follow(c)) fail(kMalformed);
      }
    }
  }
  return Event::kError;
}

/// Sets `data_` to bytes that belong to no delimiter. True where a delimiter stood instead, which
/// is taken then.
bool MultipartParser::scan() {
  const std::string_view delimiter = delimiter_;
  data_ = {};
  if (matched_ > 0) {
    const std::size_t size = std::min(rest_.size(), delimiter.size() - matched_);
    if (rest_.substr(0, size) == delimiter.substr(matched_, size)) {
      matched_ += size;
      rest_.remove_prefix(size);
      if (matched_ < delimiter.size()) return false;
      matched_ = 0;
      return true;
    }
    // No other delimiter can begin in what was matched.
    data_ = delimiter.substr(assumed_, matched_ - assumed_);
    matched_ = assumed_ = 0;
    if (!data_.empty()) return false;
  }
  const std::size_t at = rest_.find(delimiter);
  if (at == 0) {
    rest_.remove_prefix(delimiter.size());
    return true;
  }
  std::size_t end = std::min(at, rest_.size());
  if (at == std::string_view::npos) {
    const std::size_t cr = rest_.rfind('\r');
    if (cr != std::string_view::npos && delimiter.starts_with(rest_.substr(cr))) end = cr;
    matched_ = rest_.size() - end;
    assumed_ = 0;
  }
  data_ = rest_.substr(0, end);
  rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : end);
  return false;
}

/// What may stand behind a boundary, byte by byte: padding and a line end, or "--" before them.
bool MultipartParser::follow(char c) {
  switch (state_) {
    case State::kDelimiter:
      if (c == '-') {
        state_ = State::kDash;
        return true;
      }
      state_ = State::kPadding;
      [[fallthrough]];
    case State::kPadding:
      if (is_padding(c)) return true;
      state_ = State::kDelimiterCr;
      return c == '\r';
    case State::kDelimiterCr:
      state_ = State::kHead;
      head_.clear();
      return c == '\n';
    case State::kDash: state_ = State::kClosed; return c == '-';
    case State::kClosed:
      if (is_padding(c)) return true;
      state_ = State::kClosedCr;
      return c == '\r';
    default: state_ = State::kEpilogue; return c == '\n';
  }
}

/// True once the whole head was read; the state is another where it failed.
bool MultipartParser::read_head() {
  const std::size_t before = head_.size();
  head_.append(rest_.substr(0, max_head_ - before));
  const std::string_view head = head_.view();
  std::size_t end = 0;
  if (head.starts_with("\r\n")) {
    end = 2;
  } else {
    const std::size_t blank = head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (blank != std::string_view::npos) end = blank + 4;
  }
  if (end == 0) {
    if (head.size() == max_head_) return fail(kMalformed);
    rest_ = {};
    return false;
  }
  rest_.remove_prefix(end - before);
  begin_content(State::kBody);
  return parse_head(head.substr(0, end - 2));
}

/// `head` is lines that each end with CRLF.
bool MultipartParser::parse_head(std::string_view head) {
  part_ = {};
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return fail(kMalformed);  // a folded line, too (RFC 9112, 5.2)
    }
    const std::string_view value = trim_ows(line.substr(colon + 1));
    if (std::ranges::any_of(value, [](char c) { return is_ascii_control(c) && c != '\t'; })) {
      return fail(kMalformed);
    }
    part_.headers.append(line.substr(0, colon), value);
  }
  return parse_disposition();
}

bool MultipartParser::parse_disposition() {
  std::optional<std::string_view> field;
  for (const Headers::Field header : part_.headers) {
    if (header.name != "content-disposition") continue;
    if (field) return fail(kMalformed);
    field = header.value;
  }
  if (!field) return fail(kNameMissing);
  HeaderParameters parameters(*field);
  std::optional<std::string> name;
  std::optional<std::string> extended;
  while (parameters.next()) {
    const auto is = [&](std::string_view known) {
      return equals_ignoring_case(parameters.name(), known);
    };
    if (is("filename*")) extended = extended_value(parameters.value());
    std::optional<std::string>* place = is("name")       ? &name
                                        : is("filename") ? &part_.filename
                                                         : nullptr;
    if (!place) continue;
    if (*place) return fail(kMalformed);
    *place = unescape(parameters.value());
  }
  if (parameters.malformed() || !equals_ignoring_case(parameters.type(), "form-data")) {
    return fail(kMalformed);
  }
  if (!name) return fail(kNameMissing);
  part_.name = std::move(*name);
  if (extended) part_.filename = std::move(extended);
  if (part_.filename) drop_windows_path(*part_.filename);
  return true;
}

bool MultipartParser::fail(std::string_view sentence) noexcept {
  state_ = State::kFailed;
  error_ = sentence;
  return false;
}

}  // namespace capricorn
