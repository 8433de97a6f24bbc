// expect: the models of a std::variant with a Discriminator have different texts in that Literal<>
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <variant>

using namespace capricorn;

struct Cat {
  Literal<"cat", "lion"> kind;
};
struct Dog {
#ifdef CORRECT
  Literal<"dog"> kind;
#else
  Literal<"dog", "cat"> kind;
#endif
};
struct Owner {
  Field<std::variant<Cat, Dog>, Discriminator{"kind"}> pet;
};

const TypeInfo& owner = type_info<Owner>();
