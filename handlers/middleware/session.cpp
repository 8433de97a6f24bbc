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

struct Session::State {
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

nlohmann::json& Session::State::values() {
  if (std::exchange(accessed, true)) return loaded;
  if (const auto value = signer.unsign(cookie, std::time(nullptr), max_age)) {
    const auto text = base64_decode(*value);
    if (text) loaded = nlohmann::json::parse(*text, nullptr, false);
  }
  was_there = loaded.is_object();
  if (!was_there) loaded = nlohmann::json::object();
  return loaded;
}

Session::Session(const TimestampSigner& signer, const SessionOptions& options, std::string cookie)
    : state_(new State{
          .signer = signer, .max_age = options.max_age, .cookie = std::move(cookie), .mutex = {}}) {
}
Session::~Session() = default;

bool Session::read(std::string_view name, const TypeInfo& type, void* value) const {
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

void Session::set_json(std::string_view name, std::string_view json) {
  nlohmann::json value = nlohmann::json::parse(json);
  const std::lock_guard lock(state_->mutex);
  state_->values()[std::string(name)] = std::move(value);
  state_->modified = true;
}

bool Session::contains(std::string_view name) const {
  const std::lock_guard lock(state_->mutex);
  return state_->values().contains(name);
}

bool Session::erase(std::string_view name) {
  const std::lock_guard lock(state_->mutex);
  if (state_->values().erase(std::string(name)) == 0) return false;
  return state_->modified = true;
}

void Session::clear() {
  const std::lock_guard lock(state_->mutex);
  state_->values().clear();
  state_->modified = true;
}

bool Session::empty() const {
  const std::lock_guard lock(state_->mutex);
  return state_->values().empty();
}

std::string Session::json() const {
  const std::lock_guard lock(state_->mutex);
  return state_->values().dump();
}

bool Session::accessed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->accessed;
}

bool Session::modified() const {
  const std::lock_guard lock(state_->mutex);
  return state_->modified;
}

bool Session::was_there() const {
  const std::lock_guard lock(state_->mutex);
  return state_->was_there;
}

}  // namespace capricorn
