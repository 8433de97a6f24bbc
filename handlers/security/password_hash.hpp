// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace capricorn {

/// The text is no hash that can be computed here: of another algorithm, cut off, or of a cost that
/// nobody meant.
class UnknownHashError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~UnknownHashError() override;
};

struct ScryptCost {  // RFC 7914, 2: N is 2^log_n
  unsigned log_n = 14;
  unsigned r = 8;
  unsigned p = 5;
  friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

struct Argon2Cost {  // RFC 9106, 3.1
  unsigned memory_kib = 19456;
  unsigned passes = 2;
  unsigned lanes = 1;
  friend bool operator==(const Argon2Cost&, const Argon2Cost&) = default;
};

/// Hashes passwords for storing them, as texts in the PHC string format, which name algorithm and
/// cost: what was hashed at another cost still verifies. `hash` and `verify` block their thread for
/// a tenth of a second or so and take 16 to 19 MiB meanwhile, on purpose. Call them from plain
/// handlers, which run in the pool, and give a login that strangers may try a small pool of its
/// own. Any thread.
class PasswordHash {
 public:
  /// Argon2id where the OpenSSL that is loaded offers it (3.2 and later), else scrypt, at the costs
  /// that OWASP names.
  static PasswordHash recommended();
  /// Both throw std::invalid_argument for a cost that is none or beyond kMaxMemory, and argon2id
  /// std::runtime_error where OpenSSL has none.
  static PasswordHash scrypt(ScryptCost cost = {});
  static PasswordHash argon2id(Argon2Cost cost = {});
  static bool has_argon2id() noexcept;

  /// `$scrypt$ln=14,r=8,p=5$…$…` or `$argon2id$v=19$m=19456,t=2,p=1$…$…`, each time with another
  /// salt. Throws std::runtime_error where the memory or the randomness is not to be had.
  std::string hash(std::string_view password) const;
  /// Of a hash of either algorithm, whatever this object makes. Throws UnknownHashError for what is
  /// none, costs more than kMaxMemory, or is Argon2id where OpenSSL has none.
  static bool verify(std::string_view password, std::string_view hash);
  /// Whether this object would make another kind of hash, so that one which just verified is better
  /// made anew. Throws UnknownHashError.
  bool needs_rehash(std::string_view hash) const;

  /// What hashing may take, in bytes: a hash comes from a database, but nobody has to believe it.
  static constexpr std::size_t kMaxMemory = std::size_t{256} << 20;

 private:
  enum class Algorithm : std::uint8_t { kScrypt, kArgon2id };
  struct Phc;
  static Phc parse(std::string_view hash);

  Algorithm algorithm_ = Algorithm::kScrypt;
  ScryptCost scrypt_ = {};
  Argon2Cost argon2_ = {};
};

}  // namespace capricorn
