// SPDX-License-Identifier: MIT
#include "header_parameters.hpp"

#include <algorithm>

#include "field_value.hpp"

namespace capricorn {

HeaderParameters::HeaderParameters(std::string_view field) noexcept
    : type_(trim_ows(field.substr(0, field.find(';')))),
      rest_(field.substr(std::min(field.size(), field.find(';')))) {}

bool HeaderParameters::next() {
  // ";" OWS may stand alone, also more than once (5.6.6).
  rest_ = trim_ows(rest_);
  while (rest_.starts_with(';')) rest_ = trim_ows(rest_.substr(1));
  if (rest_.empty() || malformed_) return false;
  const std::size_t equals = rest_.find('=');
  if (equals == std::string_view::npos || !is_token(rest_.substr(0, equals))) return fail();
  name_ = rest_.substr(0, equals);
  rest_.remove_prefix(equals + 1);
  value_.clear();
  if (rest_.starts_with('"')) return read_quoted();
  // Wider than a token: boundaries with "/" or "=" come without quotes.
  const std::string_view text = trim_ows(rest_.substr(0, rest_.find(';')));
  if (text.empty() || text.find_first_of("\" \t") != std::string_view::npos) return fail();
  value_ = text;
  rest_.remove_prefix(std::min(rest_.size(), rest_.find(';')));
  return true;
}

bool HeaderParameters::read_quoted() {
  std::size_t at = 1;
  for (; at < rest_.size() && rest_[at] != '"'; ++at) {
    const bool pair = rest_[at] == '\\' && at + 1 < rest_.size() &&
                      (rest_[at + 1] == '"' || rest_[at + 1] == '\\');
    if (pair) ++at;
    value_ += rest_[at];
  }
  if (at == rest_.size()) return fail();
  rest_ = trim_ows(rest_.substr(at + 1));
  return rest_.empty() || rest_.starts_with(';') || fail();
}

namespace {

/// RFC 2046, 5.1.1, and the other signs that clients use: "*****" is in many an example.
bool is_boundary(std::string_view text) {
  const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         std::ranges::all_of(text, allowed);
}

}  // namespace

std::string multipart_boundary(std::string_view content_type) {
  HeaderParameters parameters(content_type);
  std::string boundary;
  int count = 0;
  while (parameters.next()) {
    if (!equals_ignoring_case(parameters.name(), "boundary")) continue;
    boundary = parameters.value();
    ++count;
  }
  return count == 1 && !parameters.malformed() && is_boundary(boundary) ? boundary : "";
}

}  // namespace capricorn
