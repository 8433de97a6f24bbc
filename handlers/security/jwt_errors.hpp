// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>

/// What is wrong with a token or a key, by PyJWT's names. Who only wants to know whether a token
/// counts catches InvalidTokenError. Messages are for logs: a client learns no more than 401.
namespace capricorn::jwt {

/// The base of all: PyJWT's PyJWTError.
class JWTError : public std::exception {
 public:
  explicit JWTError(std::string message);
  ~JWTError() override;
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// The key is none, does not fit the algorithm, or is too weak for it: a mistake of ours, not of
/// the token's.
class InvalidKeyError : public JWTError {
 public:
  using JWTError::JWTError;
  ~InvalidKeyError() override;
};

class InvalidTokenError : public JWTError {
 public:
  using JWTError::JWTError;
  ~InvalidTokenError() override;
};

/// It is no token, or a claim has not the type it must have.
class DecodeError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~DecodeError() override;
};
class InvalidSignatureError : public DecodeError {
 public:
  using DecodeError::DecodeError;
  ~InvalidSignatureError() override;
};
/// The token's `alg` is none of those that were named.
class InvalidAlgorithmError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~InvalidAlgorithmError() override;
};
/// `exp` has passed.
class ExpiredSignatureError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~ExpiredSignatureError() override;
};
/// `nbf` or `iat` has not come yet.
class ImmatureSignatureError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~ImmatureSignatureError() override;
};
class InvalidIssuedAtError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~InvalidIssuedAtError() override;
};
class InvalidAudienceError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~InvalidAudienceError() override;
};
class InvalidIssuerError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~InvalidIssuerError() override;
};
class InvalidSubjectError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~InvalidSubjectError() override;
};
class InvalidJTIError : public InvalidTokenError {
 public:
  using InvalidTokenError::InvalidTokenError;
  ~InvalidJTIError() override;
};
class MissingRequiredClaimError : public InvalidTokenError {
 public:
  explicit MissingRequiredClaimError(std::string claim);
  ~MissingRequiredClaimError() override;
  const std::string& claim() const noexcept { return claim_; }

 private:
  std::string claim_;
};

}  // namespace capricorn::jwt
