// SPDX-License-Identifier: MIT
#include "log_masking.hpp"

#include <algorithm>
#include <array>

#include "../http/url.hpp"
#include "../loop/ascii.hpp"

namespace capricorn {
namespace {

constexpr std::array<std::string_view, 8> kSecretHeaders{
    "authorization", "proxy-authorization", "cookie",       "set-cookie",
    "x-api-key",     "x-auth-token",        "x-csrf-token", "x-amz-security-token"};
constexpr std::array<std::string_view, 10> kSecretWords{
    "token",     "secret",     "password", "passwd", "apikey",
    "signature", "credential", "session",  "jwt",    "authorization"};
// Too short to be looked for within other names.
constexpr std::array<std::string_view, 8> kSecretNames{"key",  "sig",  "pwd", "auth",
                                                       "code", "pass", "otp", "sid"};

/// Lower case, and without what stands between words.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == '.') continue;
    plain += ascii_lower(c);
  }
  return plain;
}

}  // namespace

bool is_secret_header(std::string_view name) noexcept {
  return std::ranges::find(kSecretHeaders, name) != kSecretHeaders.end();
}

bool is_secret_name(std::string_view name) {
  const std::string plain = plain_name(name);
  return std::ranges::find(kSecretNames, plain) != kSecretNames.end() || plain == "accesskey" ||
         plain == "privatekey" || std::ranges::any_of(kSecretWords, [&](std::string_view word) {
           return plain.find(word) != plain.npos;
         });
}

void append_masked_query(std::string& out, std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != pair.npos && is_secret_name(percent_decode(pair.substr(0, equals)))) {
      out.append(pair.substr(0, equals + 1)).append(kMasked);
    } else {
      out.append(pair);
    }
    if (end < query.size()) out += query[end];
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

std::string masked_url(std::string_view url) {
  const std::size_t mark = std::min(url.find('?'), url.size());
  std::string out(url.substr(0, mark));
  const std::size_t host = out.find("://");
  const std::size_t at = out.rfind('@', out.find('/', host == out.npos ? 0 : host + 3));
  if (host != out.npos && at != out.npos && at > host) {
    out.replace(host + 3, at - host - 3, kMasked);
  }
  if (mark == url.size()) return out;
  out += '?';
  append_masked_query(out, url.substr(mark + 1));
  return out;
}

}  // namespace capricorn
