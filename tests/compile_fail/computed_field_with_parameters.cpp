// expect: a computed field is a const member function without parameters
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Rectangle {
  int width;
#ifdef CORRECT
  int area() const { return width; }
#else
  int area(int length) const { return width * length; }
#endif
  static constexpr ComputedFields<&Rectangle::area> computed_fields{};
};

const TypeInfo& info = type_info<Rectangle>();
