// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

/// Walks the parameters of a field such as Content-Type: `type; name=value; name="quoted text"`
/// (RFC 9110, 5.6.6). In quotes `\"` and `\\` stand for the second character, any other backslash
/// for itself: old browsers send Windows paths as they are.
class HeaderParameters {
 public:
  /// The field's value outlives this.
  explicit HeaderParameters(std::string_view field) noexcept;

  /// What stands before the first ";".
  std::string_view type() const noexcept { return type_; }
  /// Goes to the next one; false after the last, and where the text is none.
  bool next();
  bool malformed() const noexcept { return malformed_; }

  std::string_view name() const noexcept { return name_; }
  const std::string& value() const noexcept { return value_; }

 private:
  bool fail() noexcept {
    malformed_ = true;
    return false;
  }
  bool read_quoted();

  std::string_view type_;
  std::string_view rest_;
  std::string_view name_;
  std::string value_;
  bool malformed_ = false;
};

/// The `boundary` of a `multipart/form-data` field's value; "" where it has none, has two, or has
/// one that is longer than RFC 2046 (5.1.1) allows, or not made of printable characters.
std::string multipart_boundary(std::string_view content_type);

}  // namespace capricorn
