// SPDX-License-Identifier: MIT
#include "ssl_error.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "ascii.hpp"

namespace capricorn {
namespace {

unsigned long packed(int code) noexcept { return static_cast<unsigned int>(code); }

std::string library_of(int code) {
  switch (ERR_GET_LIB(packed(code))) {
    case ERR_LIB_SSL: return "SSL";
    case ERR_LIB_X509: return "X509";
    case ERR_LIB_PEM: return "PEM";
    default: break;
  }
  const char* name = ERR_lib_error_string(packed(code));  // "digital envelope routines"
  const std::string_view words = name ? name : "";
  std::string first(words.substr(0, words.find(' ')));
  std::ranges::transform(first, first.begin(), ascii_upper);
  return first;
}

/// OpenSSL's names are its sentences, written large.
std::string reason_of(int code) {
  const char* sentence = ERR_reason_error_string(packed(code));
  std::string name = sentence ? sentence : "";
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c == ' ' || c == '-' ? '_' : ascii_upper(c); });
  return name;
}

class SslCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "ssl"; }
  std::string message(int code) const override {
    const char* sentence = ERR_reason_error_string(packed(code));
    if (!sentence) return "[" + library_of(code) + "] " + "unknown error";
    return "[" + library_of(code) + ": " + reason_of(code) + "] " + sentence;
  }
};
constinit SslCategory the_ssl_category;

}  // namespace

const std::error_category& ssl_category() noexcept { return the_ssl_category; }

SSLError::SSLError(std::error_code code, std::string text)
    : std::system_error(code), text_(std::move(text)) {}
SSLError::~SSLError() = default;

std::string SSLError::library() const {
  return code().category() == ssl_category() && code() ? library_of(code().value()) : "";
}
std::string SSLError::reason() const {
  return code().category() == ssl_category() && code() ? reason_of(code().value()) : "";
}

SSLCertVerificationError::SSLCertVerificationError(std::error_code code, std::string text,
                                                   int number, std::string message)
    : SSLError(code, std::move(text)), verify_code(number), verify_message(std::move(message)) {}
SSLCertVerificationError::~SSLCertVerificationError() = default;

SSLKeyError::SSLKeyError(std::error_code code, std::string text, Missing what)
    : SSLError(code, std::move(text)), missing(what) {}
SSLKeyError::~SSLKeyError() = default;

void SSLFailure::raise() const {
  if (code.category() != ssl_category()) throw std::system_error(code, text);
  if (verify_code == 0) throw SSLError(code, text);
  throw SSLCertVerificationError(code, text, verify_code, verify_message);
}

}  // namespace capricorn
