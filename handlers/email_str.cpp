// SPDX-License-Identifier: MIT
#include "email_str.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

#include "../http/utf8.hpp"
#include "../loop/ascii.hpp"
#include "idna.hpp"
#include "json_write.hpp"
#include "validation.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kMaxInput = 2048;
constexpr std::size_t kMaxAddress = 254;  // RFC 3696, erratum 1690
constexpr std::size_t kMaxLocal = 64;     // RFC 5321, 4.5.3.1
constexpr std::size_t kMaxDomain = 253;   // RFC 1035, 2.3.4
constexpr std::size_t kMaxLabel = 63;

bool is_international(char c) { return static_cast<unsigned char>(c) >= 0x80; }
/// RFC 5322, 3.2.3 (atext), and the period between.
bool may_stand_before(char c) {
  constexpr std::string_view kOther = "_!#$%&'*+-/=?^`{|}~.";
  return is_ascii_alnum(c) || is_international(c) || kOther.contains(c);
}
bool may_stand_behind(char c) {
  return is_ascii_alnum(c) || is_international(c) || c == '-' || c == '.';
}

/// What nobody sees, or sees in another place than it has: Unicode's spaces, controls and formats
/// (its categories Z and C, of which those not assigned are left out).
struct CodePoints {
  char32_t first;
  char32_t last;
};
constexpr CodePoints kUnseen[] = {
    {0x80, 0xa0},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
    {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
    {0x205f, 0x206f},   {0x3000, 0x3000},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};

std::string_view strip(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// As Python's `repr` has what can be seen.
std::string display(char c) {
  if (c == ' ') return "SPACE";
  if (c == '\\') return "'\\\\'";
  if (c > ' ' && c < 0x7f) return std::string{'\'', c, '\''};
  constexpr char kHex[] = "0123456789ABCDEF";
  return std::string{"U+00"} + kHex[c >> 4] + kHex[c & 15];
}

/// Those that may not be, once each; "" where there are none.
std::string bad_characters(std::string_view text, bool (*may_stand)(char)) {
  std::set<std::string> bad;
  for (const char c : text) {
    if (!may_stand(c)) bad.insert(display(c));
  }
  std::string all;
  for (const std::string& each : bad) all += (all.empty() ? "" : ", ") + each;
  return all;
}

/// Those of them that the text has, once each, and U+FFFD where it is no UTF-8; "" where there are
/// none.
std::string unsafe_characters(std::string_view text) {
  std::set<char32_t> unsafe;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    const auto lead = static_cast<unsigned char>(*at);
    const std::size_t size = lead < 0x80 ? 1 : detail::utf8_sequence(at, end);
    char32_t code = size < 2 ? lead : lead & (0xff >> (size + 1));
    for (std::size_t i = 1; i < size; ++i)
      code = code << 6 | (static_cast<unsigned char>(at[i]) & 63);
    const auto is_it = [code](CodePoints range) {
      return code >= range.first && code <= range.last;
    };
    if (size == 0)
      unsafe.insert(0xfffd);
    else if (std::ranges::any_of(kUnseen, is_it))
      unsafe.insert(code);
    at += std::max<std::size_t>(size, 1);
  }
  std::string all;
  for (const char32_t code : unsafe) {
    char name[16];
    std::snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(code));
    all.append(all.empty() ? "" : ", ").append(name);
  }
  return all;
}

std::string too_many(std::size_t size, std::size_t limit) {
  const std::size_t more = size - limit;
  return "(" + std::to_string(more) + " character" + (more == 1 ? "" : "s") + " too many)";
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Each function gives what is wrong, "" where nothing is.
std::string fault_unseen(std::string_view text) {
  const std::string unsafe = unsafe_characters(text);
  return unsafe.empty() ? "" : "The email address contains unsafe characters: " + unsafe + ".";
}

std::string fault_before(std::string_view local) {
  if (local.empty()) return "There must be something before the @-sign.";
  const std::size_t size = count_characters(local);
  if (size > kMaxLocal) {
    return "The email address is too long before the @-sign " + too_many(size, kMaxLocal) + ".";
  }
  if (const std::string bad = bad_characters(local, may_stand_before); !bad.empty()) {
    return "The email address contains invalid characters before the @-sign: " + bad + ".";
  }
  if (local.ends_with('.')) {
    return "An email address cannot have a period immediately before the @-sign.";
  }
  if (local.starts_with('.')) return "An email address cannot start with a period.";
  if (local.contains("..")) return "An email address cannot have two periods in a row.";
  return fault_unseen(local);
}

std::string fault_of_dots(std::string_view domain) {
  for (const auto& [mark, name] : {std::pair('.', "period"), std::pair('-', "hyphen")}) {
    if (domain.ends_with(mark))
      return std::string("An email address cannot end with a ") + name + ".";
    if (domain.starts_with(mark)) {
      return std::string("An email address cannot have a ") + name +
             " immediately after the @-sign.";
    }
    if (mark == '.' && domain.contains("..")) {
      return "An email address cannot have two periods in a row.";
    }
  }
  if (domain.contains(".-") || domain.contains("-.")) {
    return "An email address cannot have a period and a hyphen next to each other.";
  }
  return "";
}

/// Names that nobody can be written to (RFC 6761 and others).
bool is_special(std::string_view domain) {
  for (const std::string_view name : {"arpa", "invalid", "local", "localhost", "onion", "test"}) {
    if (domain == name ||
        (domain.ends_with(name) && domain[domain.size() - name.size() - 1] == '.')) {
      return true;
    }
  }
  return false;
}

std::string fault_of_labels(std::string_view domain) {
  for (std::size_t begin = 0; begin <= domain.size();) {
    const std::size_t end = std::min(domain.find('.', begin), domain.size());
    if (end - begin > kMaxLabel) {
      return "After the @-sign, periods cannot be separated by so many characters " +
             too_many(end - begin, kMaxLabel) + ".";
    }
    begin = end + 1;
  }
  return "";
}

/// Of a domain as DNS has it.
std::string fault_of_name(std::string_view domain) {
  if (domain.size() > kMaxDomain) {
    return "The email address is too long after the @-sign " + too_many(domain.size(), kMaxDomain) +
           ".";
  }
  if (std::string fault = fault_of_labels(domain); !fault.empty()) return fault;
  if (!domain.contains('.')) {
    return "The part after the @-sign is not valid. It should have a period.";
  }
  if (domain.back() < 'a' || domain.back() > 'z') {
    return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
  }
  if (is_special(domain)) {
    return "The part after the @-sign is a special-use or reserved name that cannot be used with "
           "email.";
  }
  return "";
}

/// `domain` is left as DNS has it.
std::string fault_behind(std::string& domain) {
  if (domain.empty()) return "There must be something after the @-sign.";
  if (const std::string bad = bad_characters(domain, may_stand_behind); !bad.empty()) {
    return "The part after the @-sign contains invalid characters: " + bad + ".";
  }
  if (std::string fault = fault_unseen(domain); !fault.empty()) return fault;
  if (std::string fault = fault_of_dots(domain); !fault.empty()) return fault;
  std::optional<std::string> ascii = detail::idna_to_ascii(domain);
  if (!ascii) return "The part after the @-sign contains invalid characters.";
  domain = *std::move(ascii);
  // It has put "@" for the fullwidth "＠", and ";" for the Greek question mark.
  if (const std::string bad = bad_characters(domain, may_stand_behind); !bad.empty()) {
    return "The part after the @-sign contains invalid characters after Unicode normalization: " +
           bad + ".";
  }
  if (std::string fault = fault_of_dots(domain); !fault.empty()) return fault;
  return fault_of_name(domain);
}

/// "Me <me@example.com>": the address in it, as pydantic takes it.
std::string_view address_in(std::string_view text) {
  const std::size_t open = text.find('<');
  if (open == text.npos || !text.ends_with('>')) return text;
  const bool plain = std::ranges::all_of(text.substr(0, open), [](char c) {
    return is_ascii_alnum(c) || is_international(c) || c == '_' || c == ' ';
  });
  return plain ? strip(text.substr(open + 1, text.size() - open - 2)) : text;
}

}  // namespace

std::optional<EmailStr> EmailStr::parse(std::string_view text, std::string* reason) {
  const auto refuse = [&](std::string why) {
    if (reason) *reason = std::move(why);
    return std::nullopt;
  };
  if (text.size() > kMaxInput) return refuse("Length must not exceed 2048 characters");
  text = address_in(strip(text));
  const std::size_t at = text.find('@');
  if (at == text.npos) return refuse("An email address must have an @-sign.");
  const std::string_view local = text.substr(0, at);
  std::string domain(text.substr(at + 1));
  if (std::string fault = fault_before(local); !fault.empty()) return refuse(std::move(fault));
  if (std::string fault = fault_behind(domain); !fault.empty()) return refuse(std::move(fault));
  if (const std::size_t size = local.size() + 1 + domain.size(); size > kMaxAddress) {
    return refuse("The email address is too long " + too_many(size, kMaxAddress) + ".");
  }
  return EmailStr(std::string(local) + "@" + detail::idna_to_unicode(domain));
}

bool TextTraits<EmailStr>::parse(std::string_view text, void* value, ErrorDetail& error) {
  std::string reason;
  if (auto email = EmailStr::parse(text, &reason)) {
    *static_cast<EmailStr*>(value) = *std::move(email);
    return true;
  }
  error.type = "value_error";
  error.msg = "value is not a valid email address: " + reason;
  error.ctx_json = "{\"reason\":" + json_quote(reason) + "}";
  return false;
}

void TextTraits<EmailStr>::write(Buffer& out, const void* value) {
  write_json_string(out, static_cast<const EmailStr*>(value)->str());
}

bool TextTraits<EmailStr>::is_unset(const void* value, unsigned char) {
  return static_cast<const EmailStr*>(value)->str().empty();
}

}  // namespace capricorn
