// SPDX-License-Identifier: MIT
#include "jwt_claims.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace capricorn::jwt::detail {
namespace {

using Json = nlohmann::json;

const Json* find(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  return found == claims.end() ? nullptr : &*found;
}

/// Whole seconds since 1970, nothing where it is no number.
std::optional<double> read_date(const Json& claim) {
  if (!claim.is_number()) return std::nullopt;
  return std::trunc(claim.get<double>());
}

bool contains(const std::vector<std::string>& texts, const Json& text) {
  return std::ranges::find(texts, text.get_ref<const std::string&>()) != texts.end();
}

void check_times(const Json& claims, const DecodeOptions& options) {
  const auto time = options.now.value_or(std::chrono::system_clock::now());
  const double now = std::chrono::duration<double>(time.time_since_epoch()).count();
  const auto leeway = static_cast<double>(options.leeway.count());
  if (const Json* claim = find(claims, "iat"); claim && options.verify_iat) {
    const auto issued = read_date(*claim);
    if (!issued) throw InvalidIssuedAtError("Issued At claim (iat) must be an integer.");
    if (*issued > now + leeway) throw ImmatureSignatureError("The token is not yet valid (iat)");
  }
  if (const Json* claim = find(claims, "nbf"); claim && options.verify_nbf) {
    const auto begin = read_date(*claim);
    if (!begin) throw DecodeError("Not Before claim (nbf) must be an integer.");
    if (*begin > now + leeway) throw ImmatureSignatureError("The token is not yet valid (nbf)");
  }
  if (const Json* claim = find(claims, "exp"); claim && options.verify_exp) {
    const auto end = read_date(*claim);
    if (!end) throw DecodeError("Expiration Time claim (exp) must be an integer.");
    if (*end <= now - leeway) throw ExpiredSignatureError("Signature has expired");
  }
}

void check_issuer(const Json& claims, const DecodeOptions& options) {
  if (options.issuer.empty()) return;
  const Json* claim = find(claims, "iss");
  if (!claim) throw MissingRequiredClaimError("iss");
  if (!claim->is_string()) throw InvalidIssuerError("Payload Issuer (iss) must be a string");
  if (!contains(options.issuer, *claim)) throw InvalidIssuerError("Invalid issuer");
}

/// RFC 7519, 4.1.3: one text or a list of them; nobody is named by null or an empty one.
void check_audience(const Json& claims, const DecodeOptions& options) {
  const Json* claim = find(claims, "aud");
  const bool named = claim && !claim->is_null() && !(claim->is_array() && claim->empty()) &&
                     !(claim->is_string() && claim->get_ref<const std::string&>().empty());
  if (!named) {
    if (options.audience.empty()) return;
    throw MissingRequiredClaimError("aud");
  }
  if (options.audience.empty()) throw InvalidAudienceError("Invalid audience");
  const bool one = claim->is_string();
  if (!one && !(claim->is_array() && std::ranges::all_of(*claim, &Json::is_string))) {
    throw InvalidAudienceError("Invalid claim format in token");
  }
  const auto ours = [&](const Json& text) { return contains(options.audience, text); };
  if (one ? !ours(*claim) : std::ranges::none_of(*claim, ours)) {
    throw InvalidAudienceError("Audience doesn't match");
  }
}

void check_subject(const Json& claims, const DecodeOptions& options) {
  const Json* claim = find(claims, "sub");
  if (!claim) {
    if (options.subject) throw MissingRequiredClaimError("sub");
    return;
  }
  if (!claim->is_string()) throw InvalidSubjectError("Subject must be a string");
  if (options.subject && claim->get_ref<const std::string&>() != *options.subject) {
    throw InvalidSubjectError("Invalid subject");
  }
}

}  // namespace

void check_claims(const Json& claims, const DecodeOptions& options) {
  for (const std::string& name : options.require) {
    const Json* claim = find(claims, name.c_str());
    if (!claim || claim->is_null()) throw MissingRequiredClaimError(name);
  }
  check_times(claims, options);
  check_issuer(claims, options);
  if (options.verify_aud) check_audience(claims, options);
  if (options.verify_sub) check_subject(claims, options);
  if (const Json* id = find(claims, "jti"); id && options.verify_jti && !id->is_string()) {
    throw InvalidJTIError("JWT ID must be a string");
  }
}

}  // namespace capricorn::jwt::detail
