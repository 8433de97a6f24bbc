// SPDX-License-Identifier: MIT
#include "jwt_errors.hpp"

#include <utility>

namespace capricorn::jwt {

JWTError::JWTError(std::string message) : message_(std::move(message)) {}
JWTError::~JWTError() = default;
InvalidKeyError::~InvalidKeyError() = default;
InvalidTokenError::~InvalidTokenError() = default;
DecodeError::~DecodeError() = default;
InvalidSignatureError::~InvalidSignatureError() = default;
InvalidAlgorithmError::~InvalidAlgorithmError() = default;
ExpiredSignatureError::~ExpiredSignatureError() = default;
ImmatureSignatureError::~ImmatureSignatureError() = default;
InvalidIssuedAtError::~InvalidIssuedAtError() = default;
InvalidAudienceError::~InvalidAudienceError() = default;
InvalidIssuerError::~InvalidIssuerError() = default;
InvalidSubjectError::~InvalidSubjectError() = default;
InvalidJTIError::~InvalidJTIError() = default;

MissingRequiredClaimError::MissingRequiredClaimError(std::string claim)
    : InvalidTokenError("Token is missing the \"" + claim + "\" claim"), claim_(std::move(claim)) {}
MissingRequiredClaimError::~MissingRequiredClaimError() = default;

}  // namespace capricorn::jwt
