// expect: a Discriminator is for a std::variant of models, or an optional of one
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <variant>
#include <vector>

using namespace capricorn;

struct Cat {
  Literal<"cat"> kind;
};
struct Dog {
  Literal<"dog"> kind;
};
struct Owner {
#ifdef CORRECT
  std::vector<Field<std::variant<Cat, Dog>, Discriminator{"kind"}>> pets;
#else
  Field<std::vector<std::variant<Cat, Dog>>, Discriminator{"kind"}> pets;
#endif
};

const TypeInfo& owner = type_info<Owner>();
