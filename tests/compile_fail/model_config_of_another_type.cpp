// expect: the model_config of a model is a static constexpr ModelConfig
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

struct Item {
#ifdef CORRECT
  static constexpr ModelConfig model_config{.extra = Extra::kForbid};
#else
  static constexpr Extra model_config = Extra::kForbid;
#endif
  int id;
};

const TypeInfo& item = type_info<Item>();
