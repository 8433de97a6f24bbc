// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <typeinfo>
#include <utility>
#include <vector>

namespace capricorn {

/// Values of any type, one of each: what an application keeps between its start and its end
/// (`app.state()`), or a middleware tells to a handler (`request.state()`).
///
/// It is changed on the loop's thread only; plain handlers may read what was there before them. The
/// values are destroyed with it, the last one first.
class StateMap {
 public:
  StateMap() = default;
  StateMap(StateMap&&) noexcept = default;
  StateMap& operator=(StateMap&&) = delete;
  ~StateMap() {
    while (!values_.empty()) values_.pop_back();
  }

  /// Makes the value of type T, in the place of one that was there.
  template <class T, class... A>
  T& emplace(A&&... arguments) {
    auto made = std::make_unique<Value<T>>(std::forward<A>(arguments)...);
    T& value = made->value;
    erase<T>();
    values_.push_back(std::move(made));
    return value;
  }
  /// Null where there is none.
  template <class T>
  T* find() const noexcept {
    const std::size_t index = index_of(typeid(T));
    return index < values_.size() ? &static_cast<Value<T>&>(*values_[index]).value : nullptr;
  }
  /// Throws LookupError where there is none.
  template <class T>
  T& get() const {
    T* value = find<T>();
    if (!value) throw_missing(typeid(T));
    return *value;
  }
  template <class T>
  bool contains() const noexcept {
    return index_of(typeid(T)) < values_.size();
  }
  template <class T>
  void erase() {
    const std::size_t index = index_of(typeid(T));
    if (index < values_.size()) values_.erase(values_.begin() + static_cast<std::ptrdiff_t>(index));
  }

 private:
  struct AnyValue {
    explicit AnyValue(const std::type_info& value_type) noexcept : type(value_type) {}
    virtual ~AnyValue() = default;
    const std::type_info& type;
  };
  template <class T>
  struct Value final : AnyValue {
    template <class... A>
    explicit Value(A&&... arguments) : AnyValue(typeid(T)), value(std::forward<A>(arguments)...) {}
    T value;
  };
  std::size_t index_of(const std::type_info& type) const noexcept;
  [[noreturn]] static void throw_missing(const std::type_info& type);

  std::vector<std::unique_ptr<AnyValue>> values_;
};

}  // namespace capricorn
