// expect: the computed_fields of a model are a static constexpr ComputedFields<&T::f...>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Rectangle {
  int width;
  int area() const { return width; }
#ifdef CORRECT
  static constexpr ComputedFields<&Rectangle::area> computed_fields{};
#else
  static constexpr int computed_fields = 1;
#endif
};

const TypeInfo& info = type_info<Rectangle>();
