// expect: response_model takes the model's type, and no value: response_model<Item>()
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

#ifdef CORRECT
const RouteOptions options{.response_model = response_model<Item>()};
#else
const RouteOptions options{.response_model = response_model(Item{})};
#endif
