// SPDX-License-Identifier: MIT
#include "password_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <optional>

#include "../../http/base64.hpp"
#include "../../loop/parse_number.hpp"
#include "openssl_errors.hpp"
#include "secrets.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;
constexpr unsigned kArgon2Version = 19;  // 1.3, RFC 9106

struct FreeKdf {
  void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
};

unsigned char* data_of(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// RFC 7914, 2: N above 1 and below 2^(128 r / 8), r p below 2^30; and a cost that ends today. How
/// long it takes goes with N r p.
bool is_sane(const ScryptCost& cost) noexcept {
  constexpr std::size_t kMaxWork = std::size_t{1} << 24;
  if (cost.log_n < 1 || cost.log_n > 24 || cost.r < 1 || cost.r > 64 || cost.p < 1 || cost.p > 64) {
    return false;
  }
  const std::size_t work = (std::size_t{1} << cost.log_n) * cost.r;
  return cost.log_n < 16 * cost.r && 128 * work <= PasswordHash::kMaxMemory &&
         work * cost.p <= kMaxWork;
}

/// RFC 9106, 3.1: eight KiB at least for each lane.
bool is_sane(const Argon2Cost& cost) noexcept {
  constexpr std::size_t kMaxWork = std::size_t{1} << 21;  // KiB passed over
  return cost.lanes >= 1 && cost.lanes <= 64 && cost.passes >= 1 && cost.passes <= 1024 &&
         cost.memory_kib >= 8 * cost.lanes &&
         std::size_t{cost.memory_kib} * 1024 <= PasswordHash::kMaxMemory &&
         std::size_t{cost.memory_kib} * cost.passes <= kMaxWork;
}

std::string derive(const ScryptCost& cost, std::string_view password, std::string_view salt,
                   std::size_t size) {
  std::string key(size, '\0');
  // OpenSSL wants room for a little more than the blocks that kMaxMemory speaks of.
  constexpr std::size_t kRoom = PasswordHash::kMaxMemory + (std::size_t{1} << 20);
  const capricorn::detail::OpenSslErrors errors;
  if (EVP_PBE_scrypt(password.data(), password.size(),
                     reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                     std::uint64_t{1} << cost.log_n, cost.r, cost.p, kRoom, data_of(key),
                     key.size()) != 1) {
    throw std::runtime_error("OpenSSL could not compute scrypt");
  }
  return key;
}

std::unique_ptr<EVP_KDF, FreeKdf> fetch_argon2id() {
  const capricorn::detail::OpenSslErrors errors;
  return std::unique_ptr<EVP_KDF, FreeKdf>(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
}

// The parameters' names are those of OpenSSL 3.2; headers of 3.0 have no macros for them.
std::string derive(Argon2Cost cost, std::string_view password, std::string_view salt,
                   std::size_t size) {
  const auto kdf = fetch_argon2id();
  if (!kdf) throw UnknownHashError("This OpenSSL has no Argon2id; 3.2 and later have it.");
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> context(EVP_KDF_CTX_new(kdf.get()));
  std::string secret(password);
  std::string salt_bytes(salt);
  unsigned version = kArgon2Version;
  unsigned threads = 1;
  const std::array<OSSL_PARAM, 8> parameters = {
      OSSL_PARAM_construct_octet_string("pass", secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string("salt", salt_bytes.data(), salt_bytes.size()),
      OSSL_PARAM_construct_uint("iter", &cost.passes),
      OSSL_PARAM_construct_uint("lanes", &cost.lanes),
      OSSL_PARAM_construct_uint("memcost", &cost.memory_kib),
      OSSL_PARAM_construct_uint("threads", &threads),
      OSSL_PARAM_construct_uint("version", &version),
      OSSL_PARAM_construct_end()};
  std::string key(size, '\0');
  const capricorn::detail::OpenSslErrors errors;
  const bool derived =
      context && EVP_KDF_derive(context.get(), data_of(key), key.size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!derived) throw std::runtime_error("OpenSSL could not compute Argon2id");
  return key;
}

/// The PHC format's base64 has no padding.
std::string encode(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}
std::optional<std::string> decode(std::string_view text) {
  if (text.contains('=')) return std::nullopt;
  std::string padded(text);
  padded.resize((text.size() + 3) / 4 * 4, '=');
  return base64_decode(padded);
}

/// Takes what stands before the next `separator` off the text, and the separator.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(part.size() < text.size() ? part.size() + 1 : text.size());
  return part;
}

/// `name=12`, without a sign or leading zeros.
std::optional<unsigned> take_number(std::string_view& text, std::string_view name) {
  std::string_view part = take(text, ',');
  if (!part.starts_with(name) || !part.substr(name.size()).starts_with('=')) return std::nullopt;
  part.remove_prefix(name.size() + 1);
  const bool leading_zero = part.size() > 1 && part.front() == '0';
  return leading_zero ? std::nullopt : parse_number<unsigned>(part);
}

std::optional<ScryptCost> parse_scrypt_cost(std::string_view text) {
  const auto log_n = take_number(text, "ln");
  const auto r = take_number(text, "r");
  const auto p = take_number(text, "p");
  if (!log_n || !r || !p || !text.empty()) return std::nullopt;
  return ScryptCost{*log_n, *r, *p};
}
std::optional<Argon2Cost> parse_argon2_cost(std::string_view text) {
  const auto memory = take_number(text, "m");
  const auto passes = take_number(text, "t");
  const auto lanes = take_number(text, "p");
  if (!memory || !passes || !lanes || !text.empty()) return std::nullopt;
  return Argon2Cost{*memory, *passes, *lanes};
}

std::string format(const ScryptCost& cost) {
  return "$scrypt$ln=" + std::to_string(cost.log_n) + ",r=" + std::to_string(cost.r) +
         ",p=" + std::to_string(cost.p);
}
std::string format(const Argon2Cost& cost) {
  return "$argon2id$v=" + std::to_string(kArgon2Version) + "$m=" + std::to_string(cost.memory_kib) +
         ",t=" + std::to_string(cost.passes) + ",p=" + std::to_string(cost.lanes);
}

}  // namespace

UnknownHashError::~UnknownHashError() = default;

/// A hash taken apart: `$algorithm[$v=version]$costs$salt$hash`.
struct PasswordHash::Phc {
  Algorithm algorithm = Algorithm::kScrypt;
  ScryptCost scrypt = {};
  Argon2Cost argon2 = {};
  std::string salt = {};
  std::string hash = {};

  std::string derive_from(std::string_view password) const {
    return algorithm == Algorithm::kScrypt ? derive(scrypt, password, salt, hash.size())
                                           : derive(argon2, password, salt, hash.size());
  }
};

PasswordHash::Phc PasswordHash::parse(std::string_view text) {
  constexpr std::size_t kMinSalt = 8;
  constexpr std::size_t kMinHash = 16;
  constexpr std::size_t kMaxSize = 512;
  const UnknownHashError unknown("This is no hash of scrypt or Argon2id in the PHC string format.");
  if (text.size() > kMaxSize || !text.starts_with('$')) throw unknown;
  text.remove_prefix(1);
  const std::string_view name = take(text, '$');
  Phc phc;
  if (name == "scrypt") {
    const auto cost = parse_scrypt_cost(take(text, '$'));
    if (!cost || !is_sane(*cost)) throw unknown;
    phc.scrypt = *cost;
  } else if (name == "argon2id") {
    phc.algorithm = Algorithm::kArgon2id;
    std::string_view version = take(text, '$');
    const auto cost = parse_argon2_cost(take(text, '$'));
    if (take_number(version, "v") != kArgon2Version || !cost || !is_sane(*cost)) throw unknown;
    phc.argon2 = *cost;
  } else {
    throw unknown;
  }
  auto salt = decode(take(text, '$'));
  auto hash = decode(text);
  if (!salt || salt->size() < kMinSalt || !hash || hash->size() < kMinHash) throw unknown;
  phc.salt = *std::move(salt);
  phc.hash = *std::move(hash);
  return phc;
}

PasswordHash PasswordHash::recommended() { return has_argon2id() ? argon2id() : scrypt(); }

PasswordHash PasswordHash::scrypt(ScryptCost cost) {
  if (!is_sane(cost)) throw std::invalid_argument("scrypt cannot be had at this cost");
  PasswordHash made;
  made.scrypt_ = cost;
  return made;
}

PasswordHash PasswordHash::argon2id(Argon2Cost cost) {
  if (!is_sane(cost)) throw std::invalid_argument("Argon2id cannot be had at this cost");
  if (!has_argon2id()) throw std::runtime_error("This OpenSSL has no Argon2id.");
  PasswordHash made;
  made.algorithm_ = Algorithm::kArgon2id;
  made.argon2_ = cost;
  return made;
}

bool PasswordHash::has_argon2id() noexcept { return fetch_argon2id() != nullptr; }

std::string PasswordHash::hash(std::string_view password) const {
  const Phc made{algorithm_, scrypt_, argon2_, secrets::token_bytes(kSaltSize),
                 std::string(kHashSize, '\0')};
  return (algorithm_ == Algorithm::kScrypt ? format(scrypt_) : format(argon2_)) + '$' +
         encode(made.salt) + '$' + encode(made.derive_from(password));
}

bool PasswordHash::verify(std::string_view password, std::string_view hash) {
  const Phc phc = parse(hash);
  return secrets::compare_digest(phc.derive_from(password), phc.hash);
}

bool PasswordHash::needs_rehash(std::string_view hash) const {
  const Phc phc = parse(hash);
  if (phc.algorithm != algorithm_ || phc.hash.size() < kHashSize) return true;
  return algorithm_ == Algorithm::kScrypt ? phc.scrypt != scrypt_ : phc.argon2 != argon2_;
}

}  // namespace capricorn
