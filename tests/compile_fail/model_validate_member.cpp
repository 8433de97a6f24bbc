// expect: the validate of a model is a free function: void validate(const Item&, Validation&), or
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

struct Booking {
  int from;
  int until;
#ifndef CORRECT
  void validate() const;
#endif
};

const TypeInfo& booking = type_info<Booking>();
