// SPDX-License-Identifier: MIT
#include "ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <stdexcept>
#include <string_view>

namespace capricorn {
namespace {

using Secret = std::array<unsigned char, 32>;

Secret derive(const Secret& from, std::string_view label) {
  Secret made{};
  unsigned int size = made.size();
  if (!HMAC(EVP_sha256(), from.data(), static_cast<int>(from.size()),
            reinterpret_cast<const unsigned char*>(label.data()), label.size(), made.data(),
            &size)) {
    throw std::runtime_error("no HMAC-SHA256 for session tickets");
  }
  return made;
}

TicketKeys::Key key_of(const Secret& period) {
  TicketKeys::Key key{};
  const Secret name = derive(period, "name");
  std::copy_n(name.begin(), key.name.size(), key.name.begin());
  key.cipher = derive(period, "cipher");
  key.mac = derive(period, "mac");
  return key;
}

constexpr char kDigits[] = "0123456789abcdef";

}  // namespace

struct TicketKeys::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    OPENSSL_cleanse(secret.data(), secret.size());
    OPENSSL_cleanse(keys.data(), sizeof keys);
  }

  void make_keys() {
    Secret period = secret;
    for (Key& key : keys) {
      key = key_of(period);
      period = derive(period, "next");
    }
    OPENSSL_cleanse(period.data(), period.size());
    made_for = oldest;
  }
  /// A clock that was set back changes nothing. One that found no memory is begun again.
  void advance(std::time_t now) {
    const std::int64_t first = now / kPeriod - static_cast<std::int64_t>(kAccepted) + 1;
    for (; oldest < first; ++oldest) secret = derive(secret, "next");
    if (made_for != oldest) make_keys();
  }

  std::mutex mutex;
  std::int64_t oldest = 0;  // period of which a ticket is still good
  std::int64_t made_for = -1;
  Secret secret{};  // of that one
  std::array<Key, kAccepted> keys{};
};

TicketKeys::TicketKeys(std::time_t now) : state_(std::make_unique<State>()) {
  if (RAND_bytes(state_->secret.data(), static_cast<int>(state_->secret.size())) != 1) {
    throw std::runtime_error("no random numbers for session tickets");
  }
  state_->oldest = now / kPeriod - static_cast<std::int64_t>(kAccepted) + 1;
  state_->make_keys();
}

TicketKeys::TicketKeys(const std::string& text) : state_(std::make_unique<State>()) {
  const std::size_t colon = text.find(':');
  const char* end = text.data() + text.size();
  const char* at = text.data() + std::min(colon, text.size());
  const bool period = std::from_chars(text.data(), at, state_->oldest).ptr == at;
  if (!period || end - at != 1 + 2 * static_cast<std::ptrdiff_t>(state_->secret.size())) {
    throw std::invalid_argument("Expected the text of ticket keys.");
  }
  ++at;
  for (unsigned char& byte : state_->secret) {
    if (std::from_chars(at, at + 2, byte, 16).ptr != at + 2) {
      throw std::invalid_argument("Expected the text of ticket keys.");
    }
    at += 2;
  }
  state_->make_keys();
}

TicketKeys::~TicketKeys() = default;

std::string TicketKeys::text(std::time_t now) {
  const std::lock_guard lock(state_->mutex);
  state_->advance(now);
  std::string text = std::to_string(state_->oldest) + ":";
  for (const unsigned char byte : state_->secret) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

TicketKeys::Key TicketKeys::current(std::time_t now) {
  const std::lock_guard lock(state_->mutex);
  state_->advance(now);
  return state_->keys.back();
}

TicketKeys::Found TicketKeys::find(const unsigned char* name, Key& key, std::time_t now) {
  const std::lock_guard lock(state_->mutex);
  state_->advance(now);
  for (std::size_t i = kAccepted; i-- > 0;) {
    if (!std::equal(state_->keys[i].name.begin(), state_->keys[i].name.end(), name)) continue;
    key = state_->keys[i];
    return i + 1 == kAccepted ? Found::kCurrent : Found::kOlder;
  }
  return Found::kNone;
}

}  // namespace capricorn
