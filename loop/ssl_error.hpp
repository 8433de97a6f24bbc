// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <system_error>

namespace capricorn {

/// Python's ssl.SSLError, and as there an error of the system's kind: who catches
/// std::system_error catches it. `what()` is in Python's words, without the line of its source:
/// "[SSL: WRONG_VERSION_NUMBER] wrong version number".
/// https://docs.python.org/3/library/ssl.html#ssl.SSLError
struct SSLError : std::system_error {
  SSLError(std::error_code code, std::string text);
  ~SSLError() override;
  const char* what() const noexcept override { return text_.c_str(); }
  /// "SSL", "X509", "PEM"; "" where it is none of OpenSSL's.
  std::string library() const;
  /// "CERTIFICATE_VERIFY_FAILED".
  std::string reason() const;

 private:
  std::string text_;
};

/// The peer's certificate is not trusted, or is another host's.
struct SSLCertVerificationError : SSLError {
  SSLCertVerificationError(std::error_code code, std::string text, int verify_code,
                           std::string verify_message);
  ~SSLCertVerificationError() override;
  int verify_code;             // X.509's, as OpenSSL counts them
  std::string verify_message;  // "self-signed certificate"
};

/// A certificate was given without its key, or an encrypted key without its password.
struct SSLKeyError : SSLError {
  enum class Missing : unsigned char { kKey, kPassword };
  SSLKeyError(std::error_code code, std::string text, Missing missing);
  ~SSLKeyError() override;
  Missing missing;
};

/// Codes are OpenSSL's packed ones; messages are what an SSLError says.
const std::error_category& ssl_category() noexcept;

/// How TLS failed, as a value: a server meets many who speak something else.
struct SSLFailure {
  std::error_code code;  // of ssl_category(), or of what lies below
  std::string text;
  int verify_code = 0;
  std::string verify_message;
  explicit operator bool() const noexcept { return static_cast<bool>(code); }
  /// SSLCertVerificationError, SSLError, or std::system_error for what is none of OpenSSL's.
  [[noreturn]] void raise() const;
};

}  // namespace capricorn
