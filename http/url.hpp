// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../loop/buffer.hpp"

namespace capricorn {

/// Appends `in` to `out` with its percent escapes decoded; an invalid escape stays as it is, as in
/// Python's unquote. True where anything was decoded.
bool percent_decode(std::string_view in, Buffer& out);
std::string percent_decode(std::string_view in);
/// Escapes all but unreserved characters (RFC 3986, 2.3) and those kept.
std::string percent_encode(std::string_view in, std::string_view kept = "/");
/// The opposite of `decode_pair`: "name=value", escaped.
std::string encode_pair(std::string_view name, std::string_view value);
/// "name=value" of a query string or a form, decoded: "+" is a space.
std::pair<std::string, std::string> decode_pair(std::string_view pair);

/// The (name, value) pairs of a query string, in order, decoded: "+" is a space. Owns its strings.
class QueryParams {
 public:
  using Pair = std::pair<std::string, std::string>;

  QueryParams() = default;
  explicit QueryParams(std::string_view query_string);

  /// The last value of that name, as in Starlette.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  std::vector<std::string_view> get_all(std::string_view name) const;

  std::size_t size() const noexcept { return pairs_.size(); }
  auto begin() const noexcept { return pairs_.begin(); }
  auto end() const noexcept { return pairs_.end(); }

 private:
  std::vector<Pair> pairs_;
};

}  // namespace capricorn
