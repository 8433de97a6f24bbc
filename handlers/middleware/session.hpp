// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "../json_read.hpp"
#include "../response.hpp"

namespace capricorn {

struct SessionOptions;
class TimestampSigner;

/// What an application remembers of one browser, by name: JSON values in a signed cookie. The
/// browser can read them and cannot change them. Got by `request.session()`, where a
/// SessionMiddleware stands around the application. It is read from the cookie when it is first
/// looked at, and sent when it was changed before the answer began. Any thread.
class CookieSession {
 public:
  /// Nothing where there is none of that name, or it is no `T`.
  template <class T>
    requires Describable<T>
  std::optional<T> get(std::string_view name) const {
    T value{};
    if (!read(name, type_info<T>(), &value)) return std::nullopt;
    return value;
  }
  template <JsonValue T>
  void set(std::string_view name, const T& value) {
    Buffer json;
    if constexpr (Describable<T>)
      write_json(json, value);
    else
      write_json_string(json, value);
    set_json(name, json.view());
  }
  bool contains(std::string_view name) const;
  /// False where there was none.
  bool erase(std::string_view name);
  /// The browser is told to forget the cookie.
  void clear();
  bool empty() const;
  /// All of it, as JSON.
  std::string json() const;

  // For the middleware
  /// `signer` outlives it. `cookie` is what came, "" where none did.
  CookieSession(const TimestampSigner& signer, const SessionOptions& options, std::string cookie);
  CookieSession(const CookieSession&) = delete;
  CookieSession& operator=(const CookieSession&) = delete;
  ~CookieSession();
  bool accessed() const;
  bool modified() const;
  /// Whether a good cookie came.
  bool was_there() const;

 private:
  struct State;
  bool read(std::string_view name, const TypeInfo& type, void* value) const;
  void set_json(std::string_view name, std::string_view json);

  std::unique_ptr<State> state_;
};

}  // namespace capricorn
