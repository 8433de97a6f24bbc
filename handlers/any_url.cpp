// SPDX-License-Identifier: MIT
#include "any_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "../http/authority.hpp"
#include "../http/url.hpp"
#include "../loop/ascii.hpp"
#include "../loop/parse_number.hpp"
#include "idna.hpp"
#include "json_write.hpp"
#include "validation.hpp"

namespace capricorn {
namespace {

struct SpecialScheme {
  std::string_view name;
  int port;  // -1: none
};
constexpr SpecialScheme kSpecial[] = {{"http", 80}, {"https", 443}, {"ws", 80},
                                      {"wss", 443}, {"ftp", 21},    {"file", -1}};
const SpecialScheme* find_special(std::string_view scheme) {
  const auto* const found = std::ranges::find(kSpecial, scheme, &SpecialScheme::name);
  return found == std::end(kSpecial) ? nullptr : found;
}

// What is escaped in each part, besides what is no visible ASCII.
constexpr std::string_view kInFragment = " \"<>`";
constexpr std::string_view kInQuery = " \"#<>";
constexpr std::string_view kInSpecialQuery = " \"#<>'";
constexpr std::string_view kInPath = " \"<>`#?{}";
constexpr std::string_view kInUser = " \"<>`#?{}/:;=@[\\]^|";

void append_escaped(std::string& out, std::string_view text, std::string_view escaped) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x1f && byte < 0x7f && !escaped.contains(c)) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
}

/// One number of an IPv4 address: decimal, octal or hexadecimal.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  } else if (text.size() > 1 && text.front() == '0') {
    text.remove_prefix(1);
    base = 8;
  }
  if (text.empty()) return 0;
  return parse_number<std::uint64_t>(text, base);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Whether the last label is a number: then the host is an IPv4 address, or none.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (!last.empty() && std::ranges::all_of(last, is_ascii_digit)) return true;
  return last.size() >= 2 && last.starts_with("0x") && ipv4_number(last);
}

std::optional<std::string> ipv4_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::vector<std::string_view> parts = split(host, '.');
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::optional<std::uint64_t> number =
        parts[i].empty() ? std::nullopt : ipv4_number(parts[i]);
    const bool last = i + 1 == parts.size();
    const std::uint64_t limit = last ? std::uint64_t{1} << (8 * (4 - i)) : 256;
    if (!number || *number >= limit) return std::nullopt;
    address += last ? *number : *number << (8 * (3 - i));
  }
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += (text.empty() ? "" : ".") + std::to_string(address >> shift & 255);
  }
  return text;
}

std::optional<std::string> ipv6_host(const std::string& inside) {
  in6_addr address;
  if (inet_pton(AF_INET6, inside.c_str(), &address) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &address, text.data(), text.size());
  std::string host(text.data());
  // The system shows an IPv4 address in it as one, a URL does not (WHATWG URL, 3.5).
  if (host.contains('.')) {
    host.resize(host.rfind(':'));
    for (const std::size_t at : {12, 14}) {
      const auto group = static_cast<unsigned>(address.s6_addr[at] << 8 | address.s6_addr[at + 1]);
      const auto end = std::to_chars(text.data(), text.data() + text.size(), group, 16).ptr;
      host.append(":").append(text.data(), end);
    }
  }
  return "[" + host + "]";
}

/// What stands between slashes, escaped or not.
bool is_dots(std::string_view segment, std::size_t count) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.starts_with("%2e") || segment.starts_with("%2E")) {
      segment.remove_prefix(3);
    } else {
      return false;
    }
    ++dots;
  }
  return dots == count;
}

}  // namespace

/// One text that is taken apart and put together again.
struct AnyUrl::Parser {
  struct Fault {
    const char* reason;
  };

  std::string input;
  std::string_view rest{};
  AnyUrl url{};
  const SpecialScheme* special = nullptr;

  explicit Parser(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    for (const char c : text) {
      if (c != '\t' && c != '\n' && c != '\r') input += c;
    }
    rest = input;
  }

  std::uint32_t here() const { return static_cast<std::uint32_t>(url.text_.size()); }
  bool is_slash(char c) const { return c == '/' || (special && c == '\\'); }

  /// Throws a Fault.
  AnyUrl parse() {
    if (rest.empty()) throw Fault{"input is empty"};
    parse_scheme();
    const std::size_t hash = std::min(rest.find('#'), rest.size());
    const std::string_view fragment = rest.substr(hash);
    rest = rest.substr(0, hash);
    const std::size_t mark = std::min(rest.find('?'), rest.size());
    const std::string_view query = rest.substr(mark);
    rest = rest.substr(0, mark);
    const bool authority = parse_authority();
    url.path_ = here();
    if (special || authority || rest.starts_with('/')) {
      parse_path();
    } else {
      append_escaped(url.text_, rest, "");
    }
    url.path_end_ = here();
    append_tail(query, special ? kInSpecialQuery : kInQuery, url.query_);
    url.query_end_ = here();
    append_tail(fragment, kInFragment, url.fragment_);
    return std::move(url);
  }

  void parse_scheme() {
    const std::size_t colon = rest.find(':');
    const std::string_view scheme = rest.substr(0, colon);
    const bool good = colon != rest.npos && !scheme.empty() && is_ascii_alpha(scheme.front()) &&
                      std::ranges::all_of(scheme, [](char c) {
                        return is_ascii_alnum(c) || c == '+' || c == '-' || c == '.';
                      });
    if (!good) throw Fault{"relative URL without a base"};
    url.text_ += ascii_lowered(scheme);
    url.scheme_end_ = here();
    special = find_special(url.scheme());
    url.text_ += ':';
    rest.remove_prefix(colon + 1);
  }

  /// False where there is none: "mailto:me@example.com".
  bool parse_authority() {
    const bool file = special && special->name == "file";
    if (!special || file) {
      const bool there = rest.size() >= 2 && is_slash(rest[0]) && is_slash(rest[1]);
      if (!there && !file) return false;
      if (there) rest.remove_prefix(2);
      url.text_ += "//";
      if (!there) {
        url.host_ = url.host_end_ = here();
        return true;
      }
    } else {
      while (!rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);
      url.text_ += "//";
    }
    const auto end = std::ranges::find_if(rest, [this](char c) { return is_slash(c); });
    std::string_view authority = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(authority.size());
    if (const std::size_t at = authority.rfind('@'); at != authority.npos && !file) {
      append_user(authority.substr(0, at));
      authority.remove_prefix(at + 1);
      if (authority.empty()) throw Fault{"empty host"};
    }
    append_host_and_port(authority);
    return true;
  }

  void append_user(std::string_view user) {
    const std::size_t colon = std::min(user.find(':'), user.size());
    url.user_ = here();
    append_escaped(url.text_, user.substr(0, colon), kInUser);
    url.user_end_ = here();
    if (colon + 1 < user.size()) {
      url.text_ += ':';
      url.password_ = here();
      append_escaped(url.text_, user.substr(colon + 1), kInUser);
      url.password_end_ = here();
    }
    if (url.user_ != here()) url.text_ += '@';
  }

  void append_host_and_port(std::string_view authority) {
    const std::size_t bracket = authority.rfind(']');
    const bool has_port = !special || special->port >= 0;
    const std::size_t colon =
        has_port ? authority.find(':', bracket == authority.npos ? 0 : bracket) : authority.npos;
    const std::string_view host = authority.substr(0, colon);
    if (host.empty() && colon != authority.npos) throw Fault{"empty host"};
    url.host_ = here();
    url.text_ += host_of(host);
    url.host_end_ = here();
    if (colon == authority.npos || colon + 1 == authority.size()) return;
    const std::string_view digits = authority.substr(colon + 1);
    const std::optional<std::uint16_t> port = parse_port(digits);
    if (!port) throw Fault{"invalid port number"};
    if (special && special->port == *port) return;
    url.port_ = *port;
    url.text_ += ":" + std::to_string(*port);
  }

  std::string host_of(std::string_view host) const {
    if (host.empty()) {
      if (special && special->name != "file") throw Fault{"empty host"};
      return "";
    }
    if (host.starts_with('[')) {
      if (!host.ends_with(']')) throw Fault{"invalid IPv6 address"};
      if (auto address = ipv6_host(std::string(host.substr(1, host.size() - 2)))) return *address;
      throw Fault{"invalid IPv6 address"};
    }
    if (!special) {
      if (host.find_first_of(" #/<>?@[\\]^|") != host.npos) throw Fault{"invalid domain character"};
      std::string opaque;
      append_escaped(opaque, host, "");
      return opaque;
    }
    const std::optional<std::string> domain = detail::idna_to_ascii(percent_decode(host));
    constexpr Fault kNoName{"invalid international domain name"};
    if (!domain || domain->empty()) throw kNoName;
    for (const char c : *domain) {
      constexpr std::string_view kForbidden = " #/:<>?@[\\]^|%";
      if (static_cast<unsigned char>(c) <= 0x1f || c == 0x7f || kForbidden.contains(c))
        throw kNoName;
    }
    if (special->port < 0 && *domain == "localhost") return "";
    if (!ends_in_number(*domain)) return *domain;
    if (auto address = ipv4_host(*domain)) return *address;
    throw Fault{"invalid IPv4 address"};
  }

  void parse_path() {
    std::vector<std::string_view> segments;
    const bool rooted = special || !rest.empty();
    bool folder = true;  // the path ends with a slash
    while (!rest.empty()) {
      rest.remove_prefix(is_slash(rest.front()) ? 1 : 0);
      const auto end = std::ranges::find_if(rest, [this](char c) { return is_slash(c); });
      const std::string_view segment = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
      rest.remove_prefix(segment.size());
      folder = false;
      if (is_dots(segment, 2)) {
        if (!segments.empty()) segments.pop_back();
        folder = true;
      } else if (is_dots(segment, 1)) {
        folder = true;
      } else {
        segments.push_back(segment);
      }
    }
    for (const std::string_view segment : segments) {
      url.text_ += '/';
      append_escaped(url.text_, segment, kInPath);
    }
    if (folder && rooted) url.text_ += '/';
    // It would be read as a host.
    if (url.host_ == 0 && std::string_view(url.text_).substr(url.path_).starts_with("//")) {
      url.text_.insert(url.path_, "/.");
      url.path_ += 2;
    }
  }

  /// `part` begins with its mark; the place behind that is kept.
  void append_tail(std::string_view part, std::string_view escaped, std::uint32_t& place) {
    if (part.empty()) {
      place = here();
      return;
    }
    url.text_ += part.front();
    place = here();
    append_escaped(url.text_, part.substr(1), escaped);
  }
};

std::optional<AnyUrl> AnyUrl::parse(std::string_view text, std::string* reason) {
  try {
    return Parser(text).parse();
  } catch (const Parser::Fault& fault) {
    if (reason) *reason = fault.reason;
    return std::nullopt;
  }
}

AnyUrl::AnyUrl(std::string_view text) {
  std::string reason;
  auto parsed = parse(text, &reason);
  if (!parsed) throw std::invalid_argument("\"" + std::string(text) + "\" is no URL: " + reason);
  *this = *std::move(parsed);
}

std::optional<int> AnyUrl::port() const noexcept {
  if (port_ >= 0) return port_;
  const SpecialScheme* special = find_special(scheme());
  return special && special->port >= 0 ? std::optional(special->port) : std::nullopt;
}

namespace {

bool is_http(const AnyUrl& url) { return url.scheme() == "http" || url.scheme() == "https"; }

}  // namespace

HttpUrl::HttpUrl(std::string_view text) : AnyUrl(text) {
  if (!is_http(*this)) {
    throw std::invalid_argument("\"" + std::string(text) +
                                "\" is no URL: its scheme should be 'http' or 'https'");
  }
}

bool TextTraits<AnyUrl>::parse(std::string_view text, void* value, ErrorDetail& error) {
  std::string reason;
  if (auto url = AnyUrl::parse(text, &reason)) {
    *static_cast<AnyUrl*>(value) = *std::move(url);
    return true;
  }
  error.type = "url_parsing";
  error.msg = "Input should be a valid URL, " + reason;
  error.ctx_json = "{\"error\":" + json_quote(reason) + "}";
  return false;
}

void TextTraits<AnyUrl>::write(Buffer& out, const void* value) {
  write_json_string(out, static_cast<const AnyUrl*>(value)->str());
}

bool TextTraits<AnyUrl>::is_unset(const void* value, unsigned char) {
  return static_cast<const AnyUrl*>(value)->str().empty();
}

bool TextTraits<HttpUrl>::parse(std::string_view text, void* value, ErrorDetail& error) {
  if (text.size() > kMaxLength) {
    error.type = "url_too_long";
    error.msg = "URL should have at most 2083 characters";
    error.ctx_json = "{\"max_length\":2083}";
    return false;
  }
  auto* const url = static_cast<HttpUrl*>(value);
  if (!TextTraits<AnyUrl>::parse(text, static_cast<AnyUrl*>(url), error)) return false;
  if (is_http(*url)) return true;
  error.type = "url_scheme";
  error.msg = "URL scheme should be 'http' or 'https'";
  error.ctx_json = R"({"expected_schemes":"'http' or 'https'"})";
  return false;
}

}  // namespace capricorn
