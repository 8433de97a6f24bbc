// SPDX-License-Identifier: MIT
#include "conditional.hpp"

#include "date.hpp"
#include "field_value.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kWeakMark = "W/";

/// The size of the entity tag that `text` begins with, 0 where there is none. A comma may stand
/// inside the quotes, so that a list cannot be cut at its commas.
std::size_t etag_size(std::string_view text) noexcept {
  const std::size_t open = text.starts_with(kWeakMark) ? kWeakMark.size() : 0;
  if (open >= text.size() || text[open] != '"') return 0;
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"') return at + 1;
    if (c < 0x21 || c == 0x7f) return 0;
  }
  return 0;
}

/// Calls `matches` with each entity tag of a list until it says true.
template <class F>
bool any_etag(std::string_view list, F matches) {
  while (!(list = trim_ows(list)).empty()) {
    const std::size_t size = etag_size(list);
    const std::string_view etag = list.substr(0, size);
    list.remove_prefix(size);
    // What follows up to the comma belongs to the member: `"a"b` is no entity tag.
    const bool alone = take_member(list).empty();
    if (size > 0 && alone && matches(etag)) return true;
  }
  return false;
}

template <class F>
bool any_etag(const Headers& request, std::string_view name, F matches) {
  for (const Headers::Field field : request) {
    if (field.name == name && any_etag(field.value, matches)) return true;
  }
  return false;
}

std::string_view opaque(std::string_view etag) noexcept {
  return is_weak_etag(etag) ? etag.substr(kWeakMark.size()) : etag;
}

bool has(const Headers& request, std::string_view name) { return request.get(name).has_value(); }

/// "*" stands alone: in a list it is nothing.
bool asks_for_any(const Headers& request, std::string_view name) {
  const auto value = single_value(request, name);
  return value && trim_ows(*value) == "*";
}

bool if_match_holds(const Headers& request, const Validators& current) {
  if (asks_for_any(request, "if-match")) return current.exists;
  if (current.etag.empty() || is_weak_etag(current.etag)) return false;
  return any_etag(request, "if-match", [&](std::string_view etag) { return etag == current.etag; });
}

bool if_none_match_holds(const Headers& request, const Validators& current) {
  if (asks_for_any(request, "if-none-match")) return !current.exists;
  if (current.etag.empty()) return true;
  return !any_etag(request, "if-none-match",
                   [&](std::string_view etag) { return opaque(etag) == opaque(current.etag); });
}

/// A date that stands twice is a list, which is ignored like one that cannot be read.
std::optional<std::time_t> date_of(const Headers& request, std::string_view name) {
  const auto value = single_value(request, name);
  return value ? parse_http_date(trim_ows(*value)) : std::nullopt;
}

}  // namespace

bool is_weak_etag(std::string_view etag) noexcept { return etag.starts_with(kWeakMark); }

bool lists_etag(const Headers& request, std::string_view name, std::string_view etag) {
  return any_etag(request, name, [&](std::string_view listed) { return listed == etag; });
}

Precondition check_preconditions(const Headers& request, Method method, const Validators& current) {
  const bool safe = method == Method::kGet || method == Method::kHead;
  if (has(request, "if-match")) {
    if (!if_match_holds(request, current)) return Precondition::kFailed;
  } else if (const auto since = date_of(request, "if-unmodified-since")) {
    if (current.last_modified && *current.last_modified > *since) return Precondition::kFailed;
  }
  if (has(request, "if-none-match")) {
    if (if_none_match_holds(request, current)) return Precondition::kProceed;
    return safe ? Precondition::kNotModified : Precondition::kFailed;
  }
  if (!safe || !current.last_modified) return Precondition::kProceed;
  const auto since = date_of(request, "if-modified-since");
  const bool unchanged = since && *current.last_modified <= *since;
  return unchanged ? Precondition::kNotModified : Precondition::kProceed;
}

bool if_range_holds(const Headers& request, const Validators& current) {
  if (!has(request, "if-range")) return true;
  const auto value = single_value(request, "if-range");
  if (!value) return false;
  const std::string_view wanted = trim_ows(*value);
  // A double quote among the first three characters tells an entity tag from a date.
  if (wanted.substr(0, 3).find('"') != std::string_view::npos) {
    return etag_size(wanted) == wanted.size() && !is_weak_etag(wanted) && wanted == current.etag;
  }
  const auto date = parse_http_date(wanted);
  return date && current.last_modified && *date == *current.last_modified;
}

}  // namespace capricorn
