// SPDX-License-Identifier: MIT
#include "session.hpp"

#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "../../http/base64.hpp"
#include "session_middleware.hpp"
#include "timestamp_signer.hpp"

namespace capricorn {

struct CookieSession::State {
  /// The values, which are read from the cookie the first time. The lock is held.
  nlohmann::json& values();

  const TimestampSigner& signer;
  std::optional<std::chrono::seconds> max_age;
  std::string cookie;
  mutable std::mutex mutex;  // a job that outlives its request may still look
  nlohmann::json loaded = nullptr;
  bool accessed = false;
  bool modified = false;
  bool was_there = false;
};

nlohmann::json& CookieSession::State::values() {
  if (std::exchange(accessed, true)) return loaded;
  if (const auto value = signer.unsign(cookie, std::time(nullptr), max_age)) {
    const auto text = base64_decode(*value);
    if (text) loaded = nlohmann::json::parse(*text, nullptr, false);
  }
  was_there = loaded.is_object();
  if (!was_there) loaded = nlohmann::json::object();
  return loaded;
}

CookieSession::CookieSession(const TimestampSigner& signer, const SessionOptions& options,
                             std::string cookie)
    : state_(new State{
          .signer = signer, .max_age = options.max_age, .cookie = std::move(cookie), .mutex = {}}) {
}
CookieSession::~CookieSession() = default;

bool CookieSession::read(std::string_view name, const TypeInfo& type, void* value) const {
  std::string text;
  {
    const std::lock_guard lock(state_->mutex);
    const nlohmann::json& values = state_->values();
    const auto found = values.find(name);
    if (found == values.end()) return false;
    text = found->dump();
  }
  ValidationErrors errors;
  return read_json(text, type, value, errors);
}

void CookieSession::set_json(std::string_view name, std::string_view json) {
  nlohmann::json value = nlohmann::json::parse(json);
  const std::lock_guard lock(state_->mutex);
  state_->values()[std::string(name)] = std::move(value);
  state_->modified = true;
}

bool CookieSession::contains(std::string_view name) const {
  const std::lock_guard lock(state_->mutex);
  return state_->values().contains(name);
}

bool CookieSession::erase(std::string_view name) {
  const std::lock_guard lock(state_->mutex);
  if (state_->values().erase(std::string(name)) == 0) return false;
  return state_->modified = true;
}

void CookieSession::clear() {
  const std::lock_guard lock(state_->mutex);
  state_->values().clear();
  state_->modified = true;
}

bool CookieSession::empty() const {
  const std::lock_guard lock(state_->mutex);
  return state_->values().empty();
}

std::string CookieSession::json() const {
  const std::lock_guard lock(state_->mutex);
  // A name that is not UTF-8, as a path may have brought it, is U+FFFD in its place, as a value is.
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return state_->values().dump(-1, ' ', false, kReplace);
}

bool CookieSession::accessed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->accessed;
}

bool CookieSession::modified() const {
  const std::lock_guard lock(state_->mutex);
  return state_->modified;
}

bool CookieSession::was_there() const {
  const std::lock_guard lock(state_->mutex);
  return state_->was_there;
}

}  // namespace capricorn
