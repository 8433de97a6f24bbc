// expect: the Discriminator of a std::variant is the name of a Literal<> in each of its models
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <optional>
#include <string>
#include <variant>

using namespace capricorn;

struct Cat {
  Literal<"cat"> kind;
};
struct Dog {
#ifdef CORRECT
  Literal<"dog"> kind;
#else
  std::string kind;
#endif
};
struct Owner {
  Field<std::optional<std::variant<Cat, Dog>>, Discriminator{"kind"}> pet;
};

const TypeInfo& owner = type_info<Owner>();
