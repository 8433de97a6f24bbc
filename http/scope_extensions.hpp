// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "../loop/frame_pool.hpp"

namespace capricorn {

/// What frameworks and middleware keep with one request besides the scope's own fields (what they
/// put into ASGI's scope dictionary): one value of each type. They live as long as the scope, which
/// a plain handler's job may keep beyond the request's coroutine. Without any it costs a pointer.
class ScopeExtensions {
 public:
  ScopeExtensions() = default;
  ScopeExtensions(const ScopeExtensions&) = delete;
  ScopeExtensions& operator=(const ScopeExtensions&) = delete;
  ~ScopeExtensions() {
    for (Node* node = first_.load(std::memory_order_relaxed); node;) {
      delete std::exchange(node, node->next);
    }
  }

  /// The one of that type; null where there is none. Loop's thread, or a job of the request's, also
  /// while the loop adds others.
  template <class T>
  T* get() const noexcept {
    for (Node* node = first_.load(std::memory_order_acquire); node; node = node->next) {
      if (node->key == &kKey<T>) return &static_cast<Holder<T>*>(node)->value;
    }
    return nullptr;
  }
  /// A new one, which is found in place of one that is there already. Its address stays. Loop's
  /// thread.
  template <class T, class... A>
  T& emplace(A&&... arguments) {
    auto* const holder = new Holder<T>(std::forward<A>(arguments)...);
    holder->key = &kKey<T>;
    holder->next = first_.load(std::memory_order_relaxed);
    first_.store(holder, std::memory_order_release);
    return holder->value;
  }

 private:
  struct Node {
    virtual ~Node() = default;
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
    const void* key = nullptr;
    Node* next = nullptr;
  };
  template <class T>
  struct Holder final : Node {
    template <class... A>
    explicit Holder(A&&... arguments) : value(std::forward<A>(arguments)...) {}
    T value;
  };
  template <class T>
  static inline const char kKey = 0;  // its address is the type's name

  std::atomic<Node*> first_{nullptr};  // owned, as each owns the next
};

}  // namespace capricorn
