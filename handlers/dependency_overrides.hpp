// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "depends.hpp"

namespace capricorn {

/// Puts other functions in the place of dependencies, for tests: wherever they are asked for, also
/// by other dependencies. On the loop's thread, or while nothing is served; requests under way keep
/// what they began with.
/// https://fastapi.tiangolo.com/advanced/testing-dependencies/
class DependencyOverrides {
 public:
  /// `fake` gives the same type; its own parameters may be others. It is kept, captures included.
  template <auto dep, class F>
  void set(F fake) {
    using Original = typename detail::Signature<detail::DependencyFunction<dep>>::Result;
    using Fake = typename detail::Signature<F>::Result;
    static_assert(bool(detail::Handler<F>),
                  "an override is a function or an object with one operator() that is no template");
    static_assert(std::is_same_v<typename detail::DependencyResult<Original>::Type,
                                 typename detail::DependencyResult<Fake>::Type>,
                  "an override gives the same type as the dependency it stands for");
    set(detail::kDependencyOf<dep>, std::make_shared<const Override<F>>(std::move(fake)));
  }
  template <auto dep>
  void erase() {
    erase(detail::kDependencyOf<dep>);
  }
  void clear();

  /// What is called in the place of `dependency`; null: itself.
  std::shared_ptr<const Dependency> find(const Dependency& dependency) const;
  bool empty() const noexcept { return entries_.empty(); }
  /// Another after each change.
  std::uint64_t version() const noexcept { return version_; }

 private:
  template <class F>
  struct KeptFunction {
    mutable F function;
  };
  template <class F>
  class Override final : KeptFunction<F>, public detail::DependencyOf<F> {
   public:
    explicit Override(F fake)
        : KeptFunction<F>{std::move(fake)}, detail::DependencyOf<F>(&this->function) {}
  };
  struct Entry {
    const Dependency* dependency;
    std::shared_ptr<const Dependency> override;
  };
  void set(const Dependency& dependency, std::shared_ptr<const Dependency> override);
  void erase(const Dependency& dependency);

  std::vector<Entry> entries_;
  std::uint64_t version_ = 1;
};

}  // namespace capricorn
