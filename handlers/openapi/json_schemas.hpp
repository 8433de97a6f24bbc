// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../type_info.hpp"

namespace capricorn {

/// The JSON schemas (2020-12) of the types of one document, as pydantic writes them. Models and
/// enums are components that the others refer to by name; a name that two of them have is
/// lengthened for both by their namespaces.
class JsonSchemas {
 public:
  /// Of these types, and of all that they are made of.
  explicit JsonSchemas(std::span<const TypeInfo* const> types);

  /// Of a value of the type, without a title.
  nlohmann::ordered_json schema(const TypeInfo& type) const;
  /// The same with what a parameter or a part of a body has besides: its title, from the name where
  /// the field has none of its own, and its default where it is not required.
  nlohmann::ordered_json field_schema(const TypeInfo& field, std::string_view name,
                                      bool required) const;

  /// The members of a model, as parameters that are read one by one: an array of objects with
  /// `name`, `required` and `schema`.
  nlohmann::ordered_json members(const TypeInfo& model) const;

  /// Of all models and enums.
  std::map<std::string, nlohmann::ordered_json> components() const;

 private:
  void collect(const TypeInfo& type);
  void name_components();
  nlohmann::ordered_json model(const TypeInfo& type) const;
  nlohmann::ordered_json field(const TypeInfo& type) const;
  nlohmann::ordered_json variant(const TypeInfo& type, std::string_view discriminator) const;

  std::vector<const TypeInfo*> components_;  // in the order in which they were met
  std::unordered_map<const TypeInfo*, std::string> names_;
};

/// "item_id" as "Item Id": Python's `title()`, which capitalises each run of letters.
std::string title_of(std::string_view name);
/// A type's printed name without namespaces, also in its template arguments.
std::string unqualified_name(std::string_view printed);

}  // namespace capricorn
