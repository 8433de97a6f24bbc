// SPDX-License-Identifier: MIT
#include "cookie.hpp"

#include <algorithm>
#include <stdexcept>

#include "date.hpp"
#include "field_value.hpp"

namespace capricorn {
namespace {

constexpr bool is_octal(char c, char highest) { return c >= '0' && c <= highest; }

/// As Python's http.cookies does it, "\054" being a comma.
std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (i + 3 < text.size() && is_octal(text[i + 1], '3') && is_octal(text[i + 2], '7') &&
               is_octal(text[i + 3], '7')) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[++i];
    }
  }
  return out;
}

std::string quote(std::string_view value) {
  const auto stands = [](char c) { return c == ':' || is_token({&c, 1}); };
  if (!value.empty() && std::ranges::all_of(value, stands)) return std::string(value);
  constexpr std::string_view kInQuotes = " ()/<=>?@[]{}";
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (stands(c) || kInQuotes.contains(c)) {
      out += c;
    } else {
      out += {'\\', static_cast<char>('0' + byte / 64), static_cast<char>('0' + byte / 8 % 8),
              static_cast<char>('0' + byte % 8)};
    }
  }
  return out += '"';
}

/// RFC 6265, 4.1.1: cookie-octet.
bool needs_no_quotes(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    return is_ascii_control(c) || static_cast<unsigned char>(c) > 0x7e ||
           std::string_view(" \",;\\").contains(c);
  });
}

void check_value(std::string_view value, bool verbatim) {
  if (std::ranges::any_of(value, is_ascii_control)) {
    throw std::invalid_argument("a cookie's value must not contain control characters");
  }
  if (verbatim && !needs_no_quotes(value)) {
    throw std::invalid_argument("a cookie's verbatim value must not need quotes");
  }
}

void check_attribute(std::string_view text, const char* what) {
  const auto breaks_out = [](char c) { return c == ';' || is_ascii_control(c); };
  if (std::ranges::any_of(text, breaks_out)) {
    throw std::invalid_argument(std::string("a cookie's ") + what +
                                " must not contain ';' or control characters");
  }
}

bool begins_with(std::string_view name, std::string_view prefix) {
  return equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

/// What browsers refuse without a word (RFC 6265bis, 5.7).
void check_rules(std::string_view name, const CookieOptions& options) {
  const auto need = [](bool holds, const char* sentence) {
    if (!holds) throw std::invalid_argument(sentence);
  };
  const auto same_site = [&](std::string_view known) {
    return equals_ignoring_case(options.samesite, known);
  };
  need(options.samesite.empty() || same_site("strict") || same_site("lax") || same_site("none"),
       "samesite must be either 'strict', 'lax' or 'none'");
  need(options.secure || !same_site("none"), "a cookie with samesite 'none' must be secure");
  need(options.secure || !options.partitioned, "a partitioned cookie must be secure");
  need(options.secure || !begins_with(name, "__Secure-"), "a cookie '__Secure-…' must be secure");
  if (!begins_with(name, "__Host-")) return;
  need(options.secure && options.path == "/" && options.domain.empty(),
       "a cookie '__Host-…' must be secure, have the path '/' and no domain");
}

}  // namespace

void Cookies::parse(std::string_view field) {
  while (!field.empty()) {
    const std::string_view cookie = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(field.size(), cookie.size() + 1));
    const std::size_t equals = cookie.find('=');
    const bool named = equals != std::string_view::npos;
    const std::string_view name = named ? trim_ows(cookie.substr(0, equals)) : std::string_view();
    const std::string_view value = trim_ows(named ? cookie.substr(equals + 1) : cookie);
    if (!name.empty() || !value.empty()) pairs_.emplace_back(name, unquote(value));
  }
}

std::optional<std::string_view> Cookies::get(std::string_view name) const noexcept {
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
    if (pair->first == name) return pair->second;
  }
  return std::nullopt;
}

std::string format_set_cookie(std::string_view name, std::string_view value,
                              const CookieOptions& options) {
  if (!is_token(name)) {
    throw std::invalid_argument("a cookie's name must be a token, got '" + std::string(name) + "'");
  }
  check_value(value, options.verbatim);
  check_attribute(options.path, "path");
  check_attribute(options.domain, "domain");
  check_rules(name, options);
  const std::string quoted = options.verbatim ? std::string(value) : quote(value);
  if (name.size() + quoted.size() > 4096) {
    throw std::invalid_argument("a cookie's name and value have at most 4096 bytes");
  }
  std::string out = std::string(name) + "=" + quoted;
  // In Python's order.
  if (!options.domain.empty()) out.append("; Domain=").append(options.domain);
  if (options.expires) {
    const std::time_t time = std::chrono::system_clock::to_time_t(*options.expires);
    out.append("; expires=").append(format_http_date(time));
  }
  if (options.httponly) out += "; HttpOnly";
  if (options.max_age) out += "; Max-Age=" + std::to_string(options.max_age->count());
  if (options.partitioned) out += "; Partitioned";
  if (!options.path.empty()) out.append("; Path=").append(options.path);
  if (!options.samesite.empty()) out.append("; SameSite=").append(options.samesite);
  if (options.secure) out += "; Secure";
  return out;
}

}  // namespace capricorn
