// SPDX-License-Identifier: MIT
#pragma once

#include "errors.hpp"
#include "runnable.hpp"

namespace capricorn {

/// A member function that the loop calls on a later pass, or at the end of this one. Lies in its
/// object, and is forgotten when that goes. Where it throws, for want of memory, the object is
/// aborted: it stopped in the midst of something.
template <class T>
class Deferred final : public Runnable {
 public:
  Deferred(T& object, void (T::*call)()) noexcept : object_(object), call_(call) {}
  /// Calls that one from now on.
  void become(void (T::*call)()) noexcept { call_ = call; }

 private:
  void run() override {
    try {
      (object_.*call_)();
    } catch (const KeyboardInterrupt&) {
      throw;
    } catch (...) {  // passes through: the loop tells it
      object_.abort();
      throw;
    }
  }

  T& object_;
  void (T::*call_)();
};

}  // namespace capricorn
