// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace capricorn {

/// A link of a doubly linked ring. What is linked may be destroyed at any time: the destructor
/// takes it out, whichever list it is in. Nothing is owned and nothing is allocated.
class ListNode {
 public:
  ListNode() noexcept = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const noexcept { return next_ != nullptr; }

  void unlink() noexcept {
    if (!next_) return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = nullptr;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  ListNode* prev_ = nullptr;
  ListNode* next_ = nullptr;
};

/// A FIFO of `T`, which derives from `ListNode`. Elements outlive their membership or unlink
/// themselves; the list only points. All operations but `clear` and `size` are O(1).
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() noexcept { reset(); }
  ~IntrusiveList() { clear(); }

  bool empty() const noexcept { return head_.next_ == &head_; }
  T& front() const noexcept { return *static_cast<T*>(head_.next_); }
  T& back() const noexcept { return *static_cast<T*>(head_.prev_); }

  void push_back(T& node) noexcept {
    ListNode& n = node;
    n.prev_ = head_.prev_;
    n.next_ = &head_;
    head_.prev_->next_ = &n;
    head_.prev_ = &n;
  }

  T& pop_front() noexcept {
    ListNode& node = *head_.next_;
    head_.next_ = node.next_;
    node.next_->prev_ = &head_;
    node.next_ = node.prev_ = nullptr;
    return static_cast<T&>(node);
  }

  /// Moves everything from `other` to the end of this list, in order.
  void splice_back(IntrusiveList& other) noexcept {
    if (other.empty()) return;
    ListNode* first = other.head_.next_;
    ListNode* last = other.head_.prev_;
    first->prev_ = head_.prev_;
    head_.prev_->next_ = first;
    last->next_ = &head_;
    head_.prev_ = last;
    other.reset();
  }

  void clear() noexcept {
    while (!empty()) pop_front();
  }

  std::size_t size() const noexcept {
    std::size_t n = 0;
    for (const ListNode* p = head_.next_; p != &head_; p = p->next_) ++n;
    return n;
  }

  /// Calls `f(element)` for each; `f` may unlink the element it is given, and no other.
  template <class F>
  void for_each(F&& f) {
    for (ListNode* p = head_.next_; p != &head_;) {
      ListNode* next = p->next_;
      f(*static_cast<T*>(p));
      p = next;
    }
  }

 private:
  void reset() noexcept { head_.next_ = head_.prev_ = &head_; }

  ListNode head_;
};

}  // namespace capricorn
