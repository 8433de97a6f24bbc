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
  static Context copy_current() noexcept {
    Context copy;
    copy.values_ = current_;
    if (current_) current_->references.fetch_add(1, std::memory_order_relaxed);
    return copy;
  }
  /// Calls `f` in this context; what it sets stays in it.
  template <class F>
  decltype(auto) run(F&& f);

  // For ContextScope and ContextVar: this thread's.
  using Key = std::uint64_t;
  using Value = std::shared_ptr<const void>;
  static Key next_key() noexcept;
  void swap_with_current() noexcept { std::swap(values_, current_); }
  static Value get(Key key) noexcept;
  /// Null where it has no value; valid until the next change.
  static const void* find(Key key) noexcept;
  /// A null value removes it.
  static void set(Key key, Value value);

 private:
  struct Values {
    std::atomic<int> references{1};
    std::vector<std::pair<Key, Value>> entries;
  };
  void drop() noexcept;
  static Values& own_current();

  // A bare pointer, because a thread_local with a destructor costs a check at each access.
  static constinit thread_local Values* current_;

  Values* values_ = nullptr;
};

/// Makes `context` this thread's for a scope; what is set meanwhile stays in `context`.
class ContextScope {
 public:
  explicit ContextScope(Context& context) noexcept : context_(context) {
    context_.swap_with_current();
  }
  ContextScope(const ContextScope&) = delete;
  ~ContextScope() { context_.swap_with_current(); }

 private:
  Context& context_;
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
    if (const void* value = Context::find(key_)) return *static_cast<const T*>(value);
    if (default_) return *default_;
    throw LookupError("context variable '" + name_ + "' has no value");
  }
  T get(T otherwise) const {
    const void* value = Context::find(key_);
    return value ? *static_cast<const T*>(value) : std::move(otherwise);
  }
  Token set(T value) {
    Token token;
    token.key = key_;
    token.before = Context::get(key_);
    Context::set(key_, std::make_shared<const T>(std::move(value)));
    return token;
  }
  void reset(Token& token) {
    if (token.key != key_) throw std::invalid_argument("the token is of another ContextVar");
    if (std::exchange(token.used, true)) throw RuntimeError("the token has already been used once");
    Context::set(key_, std::move(token.before));
  }
  void reset(Token&& token) { reset(token); }

 private:
  std::string name_;
  std::optional<T> default_;
  Context::Key key_;
};

}  // namespace capricorn
