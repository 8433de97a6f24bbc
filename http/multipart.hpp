// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../loop/buffer.hpp"
#include "headers.hpp"

namespace capricorn {

/// The head of one part of a form.
struct MultipartPart {
  Headers headers;
  std::string name;
  std::optional<std::string> filename;  // of a file; "" where the browser's user chose none
};

/// Reads a multipart/form-data body (RFC 7578, RFC 2046) as its bytes come. However they are split,
/// the events are the same, but for where the data is cut. It holds one part's head and copies no
/// data. What two parsers could read differently is an error.
class MultipartParser {
 public:
  enum class Event : unsigned char {
    kMore,     // the bytes are used up: feed it
    kPart,     // a part begins
    kData,     // of that part
    kPartEnd,  // it is complete
    kError,    // for ever after
  };

  /// `boundary` as `multipart_boundary` gives it; a part's head has at most `max_head` bytes.
  MultipartParser(std::string_view boundary, std::size_t max_head);

  /// The next bytes; they stay where they are until `next` gives kMore.
  void feed(std::string_view bytes) noexcept { rest_ = bytes; }
  Event next();
  /// Whether the last boundary came: what else the body's end means is that it was cut.
  bool complete() const noexcept;

  /// From kPart until the next one; it may be moved out.
  MultipartPart& part() noexcept { return part_; }
  /// Of kData, until the next call.
  std::string_view data() const noexcept { return data_; }
  /// Of kError: a sentence for the client.
  std::string_view error() const noexcept { return error_; }

 private:
  enum class State : unsigned char {
    kPreamble,
    kDelimiter,  // the boundary's last byte was read
    kDash,
    kPadding,
    kDelimiterCr,
    kHead,
    kBody,
    kClosed,  // "--" was read
    kClosedCr,
    kEpilogue,
    kFailed,
  };

  bool scan();
  bool follow(char c);
  bool read_head();
  void begin_content(State state) noexcept;
  bool parse_head(std::string_view head);
  bool parse_disposition();
  bool fail(std::string_view sentence) noexcept;

  const std::string delimiter_;  // "\r\n--boundary": CR stands nowhere but at its begin
  const std::size_t max_head_;

  // Body
  State state_;
  std::string_view rest_;
  std::size_t matched_;  // of delimiter_, at the end of what was fed before
  std::size_t assumed_;  // of these, what is no byte of the content if it is no delimiter after all

  // Part
  Buffer head_;
  MultipartPart part_;
  std::string_view data_;
  std::string_view error_;
};

}  // namespace capricorn
