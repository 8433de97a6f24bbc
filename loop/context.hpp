// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "errors.hpp"

namespace capricorn {

/// The values of context variables: a snapshot that costs a counted pointer. `create_task`,
/// `call_soon`, `add_done_callback` and `to_thread` take one and run in it; a plain await shares
/// its caller's. https://docs.python.org/3/library/contextvars.html
class Context {
 public:
  constexpr Context() noexcept = default;
  Context(const Context& other) noexcept : values_(other.values_) {
    if (values_) values_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Context(Context&& other) noexcept : values_(std::exchange(other.values_, nullptr)) {}
  Context& operator=(Context other) noexcept {
    std::swap(values_, other.values_);
    return *this;
  }
  ~Context() {
    if (values_) drop();
  }

  /// This thread's: Python's copy_context().
  static Context copy_current() noexcept { return current(); }
  /// Calls `f` in this context; what it sets stays in it.
  template <class F>
  decltype(auto) run(F&& f);

  void swap(Context& other) noexcept { std::swap(values_, other.values_); }

  // For ContextVar
  using Key = std::uint64_t;
  using Value = std::shared_ptr<const void>;
  static Context& current() noexcept;
  static Key next_key() noexcept;
  const void* find(Key key) const noexcept;
  Value get(Key key) const noexcept;
  /// A null value removes it.
  void set(Key key, Value value);

 private:
  struct Values {
    std::atomic<int> references{1};
    std::vector<std::pair<Key, Value>> entries;
  };
  void drop() noexcept;
  Values& own();

  Values* values_ = nullptr;
};

/// Makes `context` this thread's for a scope; what is set meanwhile stays in `context`.
class ContextScope {
 public:
  explicit ContextScope(Context& context) noexcept
      : context_(context), current_(Context::current()) {
    context_.swap(current_);
  }
  ContextScope(const ContextScope&) = delete;
  ~ContextScope() { context_.swap(current_); }

 private:
  Context& context_;
  Context& current_;
};

template <class F>
decltype(auto) Context::run(F&& f) {
  ContextScope scope(*this);
  return std::forward<F>(f)();
}

/// A variable whose value belongs to the running task. Made once, at namespace scope or static.
template <class T>
class ContextVar {
 public:
  /// What `reset` needs to bring the value before back; used once.
  class Token {
   private:
    friend class ContextVar;
    Context::Key key = 0;
    Context::Value before;
    bool used = false;
  };

  explicit ContextVar(std::string name, std::optional<T> default_value = std::nullopt)
      : name_(std::move(name)), default_(std::move(default_value)), key_(Context::next_key()) {}
  ContextVar(const ContextVar&) = delete;

  const std::string& name() const noexcept { return name_; }
  /// Throws LookupError where it has neither value nor default.
  T get() const {
    if (const void* value = Context::current().find(key_)) return *static_cast<const T*>(value);
    if (default_) return *default_;
    throw LookupError("context variable '" + name_ + "' has no value");
  }
  T get(T otherwise) const {
    const void* value = Context::current().find(key_);
    return value ? *static_cast<const T*>(value) : std::move(otherwise);
  }
  Token set(T value) {
    Context& current = Context::current();
    Token token;
    token.key = key_;
    token.before = current.get(key_);
    current.set(key_, std::make_shared<const T>(std::move(value)));
    return token;
  }
  void reset(Token& token) {
    if (token.key != key_) throw std::invalid_argument("the token is of another ContextVar");
    if (std::exchange(token.used, true)) throw RuntimeError("the token has already been used once");
    Context::current().set(key_, std::move(token.before));
  }
  void reset(Token&& token) { reset(token); }

 private:
  std::string name_;
  std::optional<T> default_;
  Context::Key key_;
};

}  // namespace capricorn
