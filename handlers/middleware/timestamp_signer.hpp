// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../http/hash.hpp"

namespace capricorn {

/// Signs texts that go to a client and come back: `value.time.signature`, itsdangerous' format with
/// its salt and its way from the secret to a key. The value can be read by everybody, and changed
/// by nobody.
class TimestampSigner {
 public:
  /// The first secret signs; a text that any of them has signed is good. Throws
  /// std::invalid_argument where there is none, or an empty one.
  TimestampSigner(const std::vector<std::string>& secrets, HashAlgorithm algorithm);

  std::string sign(std::string_view value, std::time_t now) const;
  /// The value; nothing where it was changed, is older than `max_age` or from the future. It points
  /// into `text`.
  std::optional<std::string_view> unsign(std::string_view text, std::time_t now,
                                         std::optional<std::chrono::seconds> max_age) const;

 private:
  std::string signature(std::string_view value, const std::string& key) const;

  std::vector<std::string> keys_;
  HashAlgorithm algorithm_;
};

}  // namespace capricorn
