// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "depends.hpp"
#include "on_loop.hpp"

namespace capricorn {

namespace detail {
/// Whether it may be asked for as `on_loop(dep)`, too.
template <auto dep>
inline constexpr bool has_on_loop_twin = std::is_function_v<std::remove_pointer_t<decltype(dep)>> &&
                                         kDependencyOf<dep>.kMode == Dependency::Mode::kPool;
}  // namespace detail

/// Puts other functions in the place of dependencies, for tests: wherever they are asked for, also
/// by other dependencies. On the loop's thread, or while nothing is served; requests under way keep
/// what they began with.
/// https://fastapi.tiangolo.com/advanced/testing-dependencies/
class DependencyOverrides {
 public:
  /// `fake` gives the same type; its own parameters may be others. It is kept, captures included.
  /// Of a plain function it stands for `on_loop(dep)` as well.
  template <auto dep, class F>
  void set(F fake) {
    using Original = typename detail::Signature<detail::DependencyFunction<dep>>::Result;
    using Fake = typename detail::Signature<F>::Result;
    static_assert(bool(detail::Handler<F>),
                  "an override is a function or an object with one operator() that is no template");
    static_assert(std::is_same_v<typename detail::DependencyResult<Original>::Type,
                                 typename detail::DependencyResult<Fake>::Type>,
                  "an override gives the same type as the dependency it stands for");
    const auto override = std::make_shared<const Override<F>>(std::move(fake));
    if constexpr (detail::has_on_loop_twin<dep>) {
      set(detail::kDependencyOf<on_loop(dep)>, override);
    }
    set(detail::kDependencyOf<dep>, override);
  }
  template <auto dep>
  void erase() {
    if constexpr (detail::has_on_loop_twin<dep>) erase(detail::kDependencyOf<on_loop(dep)>);
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
