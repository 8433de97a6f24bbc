// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "../loop/frame_pool.hpp"

namespace capricorn {

/// What frameworks and middleware keep with one request besides the scope's own fields (what they
/// put into ASGI's scope dictionary): one value of each type. They live as long as the scope, which
/// a plain handler's job may keep beyond the request's coroutine. Without any it costs a pointer.
class ScopeExtensions {
 public:
  ScopeExtensions() = default;

  /// The one of that type; null where there is none. Loop's thread, or a job of the request's.
  template <class T>
  T* get() const noexcept {
    for (Node* node = first_.get(); node; node = node->next.get()) {
      if (node->key == &kKey<T>) return &static_cast<Holder<T>*>(node)->value;
    }
    return nullptr;
  }
  /// A new one, which is found in place of one that is there already. Its address stays.
  template <class T, class... A>
  T& emplace(A&&... arguments) {
    auto holder = std::make_unique<Holder<T>>(std::forward<A>(arguments)...);
    T& value = holder->value;
    holder->key = &kKey<T>;
    holder->next = std::move(first_);
    first_ = std::move(holder);
    return value;
  }

 private:
  struct Node {
    virtual ~Node() = default;
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
    const void* key = nullptr;
    std::unique_ptr<Node> next;
  };
  template <class T>
  struct Holder final : Node {
    template <class... A>
    explicit Holder(A&&... arguments) : value(std::forward<A>(arguments)...) {}
    T value;
  };
  template <class T>
  static inline const char kKey = 0;  // its address is the type's name

  std::unique_ptr<Node> first_;
};

}  // namespace capricorn
