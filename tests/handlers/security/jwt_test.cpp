// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/security/jwt.hpp>
#include <capricorn/handlers/security/jwt_signature.hpp>
#include <capricorn/http/base64.hpp>
#include <nlohmann/json.hpp>

#include "jwt_keys.hpp"

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kSecret = "a secret of more than thirty-two bytes, for all of HS256 to HS512";
constexpr std::chrono::system_clock::time_point kNow(1'700'000'000s);
constexpr std::int64_t kSecond = 1'700'000'000;

std::string sign_text(const std::string& header, const std::string& payload,
                      const std::string& secret = kSecret) {
  const std::string text = base64url_encode(header) + '.' + base64url_encode(payload);
  return text + '.' + base64url_encode(hmac_digest(secret, text, HashAlgorithm::kSha256));
}

/// The name of what decoding these claims throws, "" where they are good.
std::string fault(const json& claims, jwt::DecodeOptions options = {}) {
  if (!options.now) options.now = kNow;
  try {
    jwt::decode(sign_text(R"({"alg":"HS256"})", claims.dump()), kSecret, {"HS256"}, options);
    return "";
  } catch (const jwt::ExpiredSignatureError&) {
    return "expired";
  } catch (const jwt::ImmatureSignatureError&) {
    return "immature";
  } catch (const jwt::InvalidIssuedAtError&) {
    return "issued at";
  } catch (const jwt::InvalidAudienceError&) {
    return "audience";
  } catch (const jwt::InvalidIssuerError&) {
    return "issuer";
  } catch (const jwt::InvalidSubjectError&) {
    return "subject";
  } catch (const jwt::InvalidJTIError&) {
    return "jti";
  } catch (const jwt::MissingRequiredClaimError& error) {
    return "missing " + error.claim();
  } catch (const jwt::DecodeError&) {
    return "decode";
  }
}

struct Claims {
  std::string sub;
  std::int64_t exp;
  std::vector<std::string> scopes;
};

}  // namespace

TEST_CASE("a token is what PyJWT makes of the same claims") {
  CHECK(jwt::encode({{"some", "payload"}}, jwt::Key::short_secret("secret"), "HS256") ==
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzb21lIjoicGF5bG9hZCJ9."
        "4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg");
}

TEST_CASE("a header too deep to be copied is none") {
  // Nobody has signed what the header says.
  std::string deep;
  for (int i = 0; i < 1'000; ++i) deep += R"({"a":)";
  deep += '1' + std::string(1'000, '}');
  CHECK_THROWS_WITH_AS(jwt::get_unverified_header(sign_text(deep, "{}")),
                       "Invalid header string: must be a json object", jwt::DecodeError);
}

TEST_CASE("every algorithm signs and verifies, and only with its own key") {
  struct Case {
    jwt::Algorithm algorithm;
    jwt::Key signer;
    jwt::Key verifier;
  };
  const PemKey rsa = rsa_key();
  const auto pair = [](jwt::Algorithm algorithm, const PemKey& pem) {
    return Case{algorithm, jwt::Key::from_pem(pem.private_pem), jwt::Key::from_pem(pem.public_pem)};
  };
  const Case cases[] = {{"HS256", kSecret, kSecret},
                        {"HS384", kSecret, kSecret},
                        {"HS512", kSecret, kSecret},
                        pair("RS256", rsa),
                        pair("RS384", rsa),
                        pair("RS512", rsa),
                        pair("PS256", rsa),
                        pair("PS384", rsa),
                        pair("PS512", rsa),
                        pair("ES256", ec_key("P-256")),
                        pair("ES384", ec_key("P-384")),
                        pair("ES512", ec_key("P-521")),
                        pair("EdDSA", edwards_key("ED25519")),
                        pair("EdDSA", edwards_key("ED448"))};
  const json claims = {{"sub", "alice"}, {"n", 1}};
  for (const Case& one : cases) {
    CAPTURE(one.algorithm.name());
    const std::string token = jwt::encode(claims, one.signer, one.algorithm);
    CHECK(jwt::get_unverified_header(token) == json{{"alg", one.algorithm.name()}, {"typ", "JWT"}});
    CHECK(jwt::decode(token, one.verifier, std::span(&one.algorithm, 1)) == claims);
    for (const Case& other : cases) {
      if (other.algorithm == one.algorithm) continue;
      CHECK_THROWS_AS(jwt::decode(token, other.verifier, std::span(&other.algorithm, 1)),
                      jwt::InvalidTokenError);
    }
    const std::size_t dot = token.rfind('.');
    for (const std::size_t at : {std::size_t{3}, dot - 3, dot + 5}) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      CHECK_THROWS_AS(jwt::decode(changed, one.verifier, std::span(&one.algorithm, 1)),
                      jwt::InvalidTokenError);
    }
    std::string changed = token;
    changed[dot + 5] = changed[dot + 5] == 'A' ? 'B' : 'A';
    CHECK_THROWS_AS(jwt::decode(changed, one.verifier, std::span(&one.algorithm, 1)),
                    jwt::InvalidSignatureError);
    CHECK_THROWS_AS(
        jwt::decode(token.substr(0, dot + 1), one.verifier, std::span(&one.algorithm, 1)),
        jwt::InvalidSignatureError);
  }
}

TEST_CASE("the examples of RFC 7515 and RFC 8037 verify") {
  const jwt::DecodeOptions then{
      .now = std::chrono::system_clock::time_point(std::chrono::seconds(1300819379))};
  const std::string payload =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const json claims = {{"iss", "joe"}, {"exp", 1300819380}, {"http://example.com/is_root", true}};

  const auto secret = jwt::Key::from_jwk(
      {{"kty", "oct"},
       {"k",
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}});
  const std::string a1 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload +
                         ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  CHECK(jwt::decode(a1, secret, {"HS256"}, then) == claims);
  CHECK_THROWS_AS(jwt::decode(a1, secret, {"HS256"}), jwt::ExpiredSignatureError);

  const auto rsa = jwt::Key::from_jwk(
      {{"kty", "RSA"},
       {"n",
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt"
        "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX"
        "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5"
        "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
       {"e", "AQAB"}});
  const std::string a2 =
      "eyJhbGciOiJSUzI1NiJ9." + payload +
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2"
      "Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQB"
      "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI"
      "2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
  CHECK(jwt::decode(a2, rsa, {"RS256"}, then) == claims);
  CHECK_FALSE(rsa.can_sign());

  json curve = {{"kty", "EC"},
                {"crv", "P-256"},
                {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
  const std::string a3 =
      "eyJhbGciOiJFUzI1NiJ9." + payload +
      ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  CHECK(jwt::decode(a3, jwt::Key::from_jwk(curve), {"ES256"}, then) == claims);
  curve["d"] = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
  const auto signer = jwt::Key::from_jwk(curve);
  CHECK(signer.can_sign());
  curve.erase("d");
  CHECK(jwt::decode(jwt::encode({{"a", 1}}, signer, "ES256"), jwt::Key::from_jwk(curve),
                    {"ES256"}) == json{{"a", 1}});

  // RFC 8037, A.4: its payload is no claims, hence it ends as a DecodeError, but not for the
  // signature; A.5 with another payload would.
  const auto edwards = jwt::Key::from_jwk(
      {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
  const std::string a4 =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
      "09PGcvMg"
      "3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  CHECK_THROWS_WITH_AS(jwt::decode(a4, edwards, {"EdDSA"}),
                       "Invalid payload string: must be a json object", jwt::DecodeError);
  CHECK_THROWS_AS(
      jwt::decode("eyJhbGciOiJFZERTQSJ9.e30" + a4.substr(a4.rfind('.')), edwards, {"EdDSA"}),
      jwt::InvalidSignatureError);
}

TEST_CASE("EdDSA signs as RFC 8037, A.4") {
  const auto key = jwt::Key::from_jwk({{"kty", "OKP"},
                                       {"crv", "Ed25519"},
                                       {"d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
                                       {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
  CHECK(base64url_encode(jwt::detail::sign(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", key, "EdDSA")) ==
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  const std::string token = jwt::encode({{"a", 1}}, key, "EdDSA");
  const auto verifier = jwt::Key::from_jwk(
      {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
  CHECK(jwt::decode(token, verifier, {"EdDSA"}) == json{{"a", 1}});
}

TEST_CASE("a token that says none is refused, however it writes it") {
  for (const std::string_view alg :
       {"\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\"", "\"\"", "null", "1", "[\"HS256\"]"}) {
    CAPTURE(alg);
    const std::string header = "{\"alg\":" + std::string(alg) + "}";
    const std::string text = base64url_encode(header) + '.' + base64url_encode("{}") + '.';
    CHECK_THROWS_AS(jwt::decode(text, kSecret, {"HS256"}), jwt::InvalidAlgorithmError);
    CHECK_THROWS_AS(jwt::decode(sign_text(header, "{}"), kSecret, {"HS256"}),
                    jwt::InvalidAlgorithmError);
  }
  CHECK_THROWS_AS(jwt::decode(sign_text("{}", "{}"), kSecret, {"HS256"}),
                  jwt::InvalidAlgorithmError);
  CHECK_FALSE(jwt::Algorithm::find("none"));
}

TEST_CASE("a public key is never a secret") {
  // 1. The server verifies RS256 with its public key, which everybody knows.
  // 2. An attacker signs a token by HS256, with the text of that public key as the secret.
  // 3. A library that only looks at the token's `alg` accepts it.
  const PemKey pem = rsa_key();
  const std::string forged =
      sign_text(R"({"alg":"HS256","typ":"JWT"})", R"({"sub":"admin"})", pem.public_pem);
  const auto key = jwt::Key::from_pem(pem.public_pem);
  CHECK_THROWS_AS(jwt::decode(forged, key, {"RS256"}), jwt::InvalidAlgorithmError);
  CHECK_THROWS_AS(jwt::decode(forged, key, {"RS256", "HS256"}), jwt::InvalidAlgorithmError);
  CHECK_THROWS_AS(jwt::decode(forged, key, {"HS256"}), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::decode(forged, pem.public_pem, {"HS256"}), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::Key("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::Key(R"({"kty":"RSA"})"), jwt::InvalidKeyError);
}

TEST_CASE("a key says why it does not fit") {
  const auto p256 = jwt::Key::from_pem(ec_key("P-256").private_pem);
  CHECK(p256.misfit("ES256").empty());
  CHECK(p256.misfit("ES384") == "The key is of another kind than ES384 takes.");
  CHECK(jwt::Key("too short").misfit("HS256") ==
        "The secret has 9 bytes; HS256 needs 32 (RFC 7518, 3.2).");
  CHECK(jwt::Key::short_secret("too short").misfit("HS256").empty());
  CHECK(jwt::Key::from_pem(rsa_key(1024).private_pem).misfit("RS256") ==
        "The RSA key has fewer than 2048 bits (RFC 7518, 3.3).");
  CHECK_THROWS_AS(jwt::encode(json::object(), "too short"), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::decode("a.b.c", kSecret, {}), jwt::DecodeError);
  const std::string token = jwt::encode(json::object(), kSecret);
  CHECK_THROWS_AS(jwt::decode(token, kSecret, {}), std::invalid_argument);
  CHECK_THROWS_AS(jwt::Key(""), jwt::InvalidKeyError);
}

TEST_CASE("keys are read from PEM") {
  const PemKey rsa = rsa_key();
  CHECK(jwt::Key::from_pem(rsa.private_pem).can_sign());
  CHECK_FALSE(jwt::Key::from_pem(rsa.public_pem).can_sign());
  CHECK(jwt::Key::from_pem(rsa.encrypted_pem, "secret").can_sign());
  CHECK_THROWS_AS(jwt::Key::from_pem(rsa.encrypted_pem, "wrong"), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::Key::from_pem(rsa.encrypted_pem), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::Key::from_pem(""), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::Key::from_pem("secret"), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::Key::from_pem(edwards_key("X25519").private_pem), jwt::InvalidKeyError);
  CHECK_THROWS_AS(jwt::encode(json::object(), jwt::Key::from_pem(rsa.public_pem), "RS256"),
                  jwt::InvalidKeyError);
  CHECK(jwt::Key::from_pem(rsa.public_pem).kind() == jwt::KeyKind::kRsa);
}

TEST_CASE("keys are read from JWK, strictly") {
  const json good = {{"kty", "EC"},
                     {"crv", "P-256"},
                     {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                     {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
  const auto with = [&](const char* name, json value) {
    json changed = good;
    changed[name] = std::move(value);
    return changed;
  };
  CHECK(jwt::Key::from_jwk(with("alg", "ES256")).misfit("ES256").empty());
  CHECK_FALSE(jwt::Key::from_jwk(with("alg", "ES384")).misfit("ES256").empty());
  for (const json& wrong :
       {json(), json::array(), json::object(), with("kty", "XX"), with("kty", 1),
        with("crv", "P-224"), with("x", ""), with("x", "AAAA"), with("x", nullptr),
        with("y", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), with("use", "enc"),
        with("d", "=")}) {
    CAPTURE(wrong.dump());
    CHECK_THROWS_AS(jwt::Key::from_jwk(wrong), jwt::InvalidKeyError);
  }
}

TEST_CASE("what is no token is a DecodeError") {
  const std::string good = jwt::encode(json::object(), kSecret);
  const std::size_t dot = good.find('.');
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"),
        std::string("a.b.c.d"), good + ".", good + "=", " " + good, good + "\n",
        good.substr(0, dot) + "=" + good.substr(dot), sign_text("", "{}"), sign_text("[]", "{}"),
        sign_text(R"({"alg":"HS256"})", ""), sign_text(R"({"alg":"HS256"})", "[]"),
        sign_text(R"({"alg":"HS256"})", "1"), sign_text(R"({"alg":"HS256"})", "{\"a\":\"\xff\"}"),
        sign_text(R"({"alg":"HS256"})", R"({"exp":1e999})"),
        sign_text(R"({"alg":"HS256"})", "{} {}")}) {
    CAPTURE(text);
    CHECK_THROWS_AS(jwt::decode(text, kSecret, {"HS256"}), jwt::DecodeError);
  }
}

TEST_CASE("one signature has one text") {
  // The last digit of 32 bytes has two bits that mean nothing: strict decoding wants them zero.
  const std::string good = jwt::encode(json::object(), kSecret);
  int accepted = 0;
  for (const char last : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789-_")) {
    std::string token = good;
    token.back() = last;
    try {
      jwt::decode(token, kSecret, {"HS256"});
      ++accepted;
    } catch (const jwt::DecodeError&) {
      CHECK(last != good.back());
    }
  }
  CHECK(accepted == 1);
}

TEST_CASE("a header that asks for what we do not know is refused") {
  for (const std::string_view header :
       {R"({"alg":"HS256","crit":["b64"],"b64":false})", R"({"alg":"HS256","crit":[]})",
        R"({"alg":"HS256","kid":1})"}) {
    CAPTURE(header);
    CHECK_THROWS_AS(jwt::decode(sign_text(std::string(header), "{}"), kSecret, {"HS256"}),
                    jwt::InvalidTokenError);
  }
  const std::string token = jwt::encode({{"a", 1}}, kSecret, "HS256",
                                        {{"kid", "first"}, {"alg", "none"}, {"typ", "at+jwt"}});
  CHECK(jwt::get_unverified_header(token) ==
        json{{"alg", "HS256"}, {"kid", "first"}, {"typ", "at+jwt"}});
  CHECK(jwt::decode(token, kSecret, {"HS256"}) == json{{"a", 1}});
}

TEST_CASE("a long token is refused before it is read") {
  const std::string token = jwt::encode({{"a", std::string(20000, 'x')}}, kSecret);
  CHECK_THROWS_WITH_AS(jwt::decode(token, kSecret, {"HS256"}), "Token longer than 16384 bytes",
                       jwt::DecodeError);
  CHECK_THROWS_AS(jwt::get_unverified_header(token), jwt::DecodeError);
  CHECK(jwt::decode(token, kSecret, {"HS256"}, {.max_size = 100'000})["a"].is_string());
}

TEST_CASE("times are checked as PyJWT does") {
  CHECK(fault({{"exp", kSecond + 1}}) == "");
  CHECK(fault({{"exp", kSecond}}) == "expired");
  CHECK(fault({{"exp", kSecond}}, {.leeway = 1s}) == "");
  CHECK(fault({{"exp", kSecond - 10}}, {.leeway = 10s}) == "expired");
  CHECK(fault({{"exp", kSecond - 10}}, {.verify_exp = false}) == "");
  CHECK(fault({{"exp", kSecond + 0.9}}) == "expired");  // whole seconds count
  CHECK(fault({{"exp", "soon"}}) == "decode");
  CHECK(fault({{"exp", nullptr}}) == "decode");
  CHECK(fault({{"exp", true}}) == "decode");
  CHECK(fault({{"exp", 18446744073709551615ULL}}) == "");
  CHECK(fault({{"nbf", kSecond}}) == "");
  CHECK(fault({{"nbf", kSecond + 1}}) == "immature");
  CHECK(fault({{"nbf", kSecond + 1}}, {.leeway = 1s}) == "");
  CHECK(fault({{"nbf", kSecond + 1}}, {.verify_nbf = false}) == "");
  CHECK(fault({{"nbf", "now"}}) == "decode");
  CHECK(fault({{"iat", kSecond}}) == "");
  CHECK(fault({{"iat", kSecond + 1}}) == "immature");
  CHECK(fault({{"iat", "now"}}) == "issued at");
  CHECK(fault({{"iat", "now"}}, {.verify_iat = false}) == "");
}

TEST_CASE("the audience has to name us, and nobody else's token is ours") {
  CHECK(fault({{"aud", "shop"}}, {.audience = {"shop"}}) == "");
  CHECK(fault({{"aud", {"other", "shop"}}}, {.audience = {"shop"}}) == "");
  CHECK(fault({{"aud", "shop"}}, {.audience = {"a", "shop"}}) == "");
  CHECK(fault({{"aud", "other"}}, {.audience = {"shop"}}) == "audience");
  CHECK(fault({{"aud", {"other"}}}, {.audience = {"shop"}}) == "audience");
  CHECK(fault({{"aud", "shop"}}) == "audience");
  CHECK(fault({{"aud", "shop"}}, {.verify_aud = false}) == "");
  CHECK(fault(json::object(), {.audience = {"shop"}}) == "missing aud");
  CHECK(fault({{"aud", nullptr}}, {.audience = {"shop"}}) == "missing aud");
  CHECK(fault({{"aud", json::array()}}, {.audience = {"shop"}}) == "missing aud");
  CHECK(fault({{"aud", json::array({"shop", 1})}}, {.audience = {"shop"}}) == "audience");
  CHECK(fault({{"aud", 1}}, {.audience = {"shop"}}) == "audience");
  CHECK(fault({{"aud", nullptr}}) == "");
}

TEST_CASE("issuer, subject, id and required claims are checked") {
  CHECK(fault({{"iss", "a"}}, {.issuer = {"a", "b"}}) == "");
  CHECK(fault({{"iss", "c"}}, {.issuer = {"a", "b"}}) == "issuer");
  CHECK(fault({{"iss", 1}}, {.issuer = {"a"}}) == "issuer");
  CHECK(fault(json::object(), {.issuer = {"a"}}) == "missing iss");
  CHECK(fault({{"iss", "a"}}) == "");
  CHECK(fault({{"sub", "a"}}, {.subject = "a"}) == "");
  CHECK(fault({{"sub", "a"}}, {.subject = "b"}) == "subject");
  CHECK(fault(json::object(), {.subject = "b"}) == "missing sub");
  CHECK(fault({{"sub", 1}}) == "subject");
  CHECK(fault({{"sub", 1}}, {.verify_sub = false}) == "");
  CHECK(fault({{"jti", 1}}) == "jti");
  CHECK(fault({{"exp", kSecond + 1}}, {.require = {"exp", "sub"}}) == "missing sub");
  CHECK(fault({{"sub", nullptr}}, {.require = {"sub"}}) == "missing sub");
}

TEST_CASE("claims are written and read as a model") {
  const Claims claims{"alice", kSecond + 60, {"me", "items"}};
  const std::string token = jwt::encode(claims, kSecret);
  CHECK(jwt::decode(token, kSecret, {"HS256"}, {.now = kNow})["scopes"] == json{"me", "items"});
  const auto read = jwt::decode<Claims>(token, kSecret, {"HS256"}, {.now = kNow});
  CHECK(read.sub == "alice");
  CHECK(read.exp == kSecond + 60);
  CHECK(read.scopes == claims.scopes);
  const std::string lacking = jwt::encode({{"sub", "alice"}, {"exp", kSecond + 60}}, kSecret);
  CHECK(jwt::decode<Claims>(lacking, kSecret, {"HS256"}, {.now = kNow}).scopes.empty());
  CHECK_THROWS_WITH_AS(jwt::decode<Claims>(jwt::encode({{"exp", kSecond + 60}}, kSecret), kSecret,
                                           {"HS256"}, {.now = kNow}),
                       "claims.sub: Field required", jwt::DecodeError);
  CHECK_THROWS_AS(jwt::decode<Claims>(token, kSecret, {"HS256"}, {.now = kNow + 1min}),
                  jwt::ExpiredSignatureError);
}

TEST_CASE("what cannot be a payload is refused") {
  CHECK_THROWS_AS(jwt::encode(json::array(), kSecret), std::invalid_argument);
  CHECK_THROWS_AS(jwt::encode({{"iss", 1}}, kSecret), std::invalid_argument);
  CHECK_THROWS_AS(jwt::encode(json::object(), kSecret, "HS256", json::array()),
                  std::invalid_argument);
  CHECK(jwt::numeric_date(kNow + 999ms) == kSecond);
}
