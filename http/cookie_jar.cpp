// SPDX-License-Identifier: MIT
#include "cookie_jar.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "../loop/parse_number.hpp"
#include "cookie.hpp"
#include "date.hpp"
#include "field_value.hpp"

namespace capricorn {
namespace {

bool is_secure(const Uri& uri) noexcept { return uri.scheme == "https" || uri.scheme == "wss"; }

/// RFC 6265, 5.1.3. An address of a host has no domains below it.
bool domain_matches(std::string_view host, const CookieJar::Cookie& cookie) noexcept {
  const std::string_view domain = cookie.domain;
  if (domain.empty() || host == domain) return true;
  if (cookie.host_only || !host.ends_with(domain) || host.ends_with(']')) return false;
  const bool is_address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return !is_address && host[host.size() - domain.size() - 1] == '.';
}

/// RFC 6265, 5.1.4.
bool path_matches(std::string_view path, std::string_view of_cookie) noexcept {
  if (!path.starts_with(of_cookie)) return false;
  return path.size() == of_cookie.size() || of_cookie.ends_with('/') ||
         path[of_cookie.size()] == '/';
}

std::string default_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == 0 || slash == std::string_view::npos ? "/" : path.substr(0, slash));
}

constexpr std::int64_t kLongest = 400LL * 24 * 3600;  // seconds; RFC 6265bis, 5.5

/// Not later than that, nor before 1970: the clock's nanoseconds end in 2262, and many a server
/// writes the year 9999.
CookieJar::Time expiry_of_date(std::time_t date, CookieJar::Time now) {
  using std::chrono::system_clock;
  const std::time_t latest = system_clock::to_time_t(now) + kLongest;
  return system_clock::from_time_t(std::clamp<std::time_t>(date, 0, latest));
}

/// RFC 6265, 5.2.2: whatever is no number is ignored; zero and less is at once.
std::optional<CookieJar::Time> expiry_of_age(std::string_view text, CookieJar::Time now) {
  const auto seconds = parse_number<std::int64_t>(text);
  if (!seconds) return std::nullopt;
  return now + std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, kLongest));
}

struct Attributes {
  std::string_view domain = {};
  std::string_view path = {};
  std::optional<CookieJar::Time> expires = {};
  bool has_max_age = false;
  bool secure = false;
};

void take_attribute(Attributes& found, std::string_view name, std::string_view value,
                    CookieJar::Time now) {
  if (equals_ignoring_case(name, "domain")) {
    found.domain = value.starts_with('.') ? value.substr(1) : value;
  } else if (equals_ignoring_case(name, "path")) {
    found.path = value;
  } else if (equals_ignoring_case(name, "secure")) {
    found.secure = true;
  } else if (equals_ignoring_case(name, "max-age")) {
    const auto expiry = expiry_of_age(value, now);
    if (expiry) found.expires = expiry;
    if (expiry) found.has_max_age = true;
  } else if (equals_ignoring_case(name, "expires") && !found.has_max_age) {
    if (const auto date = parse_http_date(value)) found.expires = expiry_of_date(*date, now);
  }
}

/// "name=value" or "name", without the spaces around.
std::pair<std::string_view, std::string_view> split_pair(std::string_view pair) noexcept {
  const std::size_t equals = std::min(pair.find('='), pair.size());
  return {trim_ows(pair.substr(0, equals)),
          trim_ows(pair.substr(std::min(equals + 1, pair.size())))};
}

}  // namespace

void CookieJar::set(std::string_view name, std::string_view value, std::string_view domain,
                    std::string_view path) {
  const auto breaks_out = [](char c) { return c == ';' || is_ascii_control(c); };
  if (name.empty() || name.contains('=') || std::ranges::any_of(name, breaks_out) ||
      std::ranges::any_of(value, breaks_out)) {
    throw std::invalid_argument("\"" + std::string(name) + "=" + std::string(value) +
                                "\" cannot be sent as a cookie");
  }
  keep({.name = std::string(name),
        .value = std::string(value),
        .domain = ascii_lowered(domain),
        .path = std::string(path)});
}

std::optional<std::string> CookieJar::get(std::string_view name) const {
  const Cookie* last = nullptr;
  for (const Cookie& cookie : cookies_) {
    if (cookie.name == name && (!last || cookie.created > last->created)) last = &cookie;
  }
  if (!last) return std::nullopt;
  Cookies read;
  read.parse(last->name + "=" + last->value);
  return std::string(read.get(name).value_or(""));
}

void CookieJar::remove(std::string_view name) {
  std::erase_if(cookies_, [name](const Cookie& cookie) { return cookie.name == name; });
}

/// One that is kept anew keeps its place among the others (RFC 6265, 5.3, 11).
void CookieJar::keep(Cookie cookie) {
  const auto same = std::ranges::find_if(cookies_, [&cookie](const Cookie& other) {
    return other.name == cookie.name && other.domain == cookie.domain && other.path == cookie.path;
  });
  cookie.created = same == cookies_.end() ? ++created_ : same->created;
  if (same == cookies_.end())
    cookies_.push_back(std::move(cookie));
  else
    *same = std::move(cookie);
}

void CookieJar::store(const Uri& from, std::string_view set_cookie, Time now) {
  const auto [name, value] = split_pair(take_member(set_cookie, ';'));
  if (name.empty()) return;
  Attributes found;
  while (!set_cookie.empty()) {
    const auto [attribute, text] = split_pair(take_member(set_cookie, ';'));
    take_attribute(found, attribute, text, now);
  }
  Cookie cookie{
      .name = std::string(name),
      .value = std::string(value),
      .domain = found.domain.empty() ? from.host : ascii_lowered(found.domain),
      .path = found.path.starts_with('/') ? std::string(found.path) : default_path(from.path),
      .host_only = found.domain.empty(),
      .secure = found.secure,
      .expires = found.expires};
  if (!domain_matches(from.host, cookie) || (cookie.secure && !is_secure(from))) return;
  const bool expired = cookie.expires && *cookie.expires <= now;
  keep(std::move(cookie));
  if (expired)
    std::erase_if(cookies_, [now](const Cookie& c) { return c.expires && *c.expires <= now; });
}

std::string CookieJar::header(const Uri& to, Time now) const {
  std::vector<const Cookie*> sent;
  for (const Cookie& cookie : cookies_) {
    const bool lives = !cookie.expires || *cookie.expires > now;
    if (lives && domain_matches(to.host, cookie) && path_matches(to.path, cookie.path) &&
        (!cookie.secure || is_secure(to))) {
      sent.push_back(&cookie);
    }
  }
  std::ranges::sort(sent, [](const Cookie* a, const Cookie* b) {
    return std::pair(b->path.size(), a->created) < std::pair(a->path.size(), b->created);
  });
  std::string out;
  for (const Cookie* cookie : sent) {
    if (!out.empty()) out += "; ";
    out.append(cookie->name).append("=").append(cookie->value);
  }
  return out;
}

}  // namespace capricorn
