// expect: the validate of a model is a free function: void validate(const Item&, Validation&), or
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

struct Booking {
  int from;
  int until;
};
#ifdef CORRECT
std::optional<std::string> validate(const Booking&) { return std::nullopt; }
#else
bool validate(const Booking& booking) { return booking.from < booking.until; }
#endif

const TypeInfo& booking = type_info<Booking>();
