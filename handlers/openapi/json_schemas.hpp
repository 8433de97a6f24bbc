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

/// What a schema is of: what is read, or what is written, which has computed fields besides and
/// Decimals only as texts.
enum class SchemaMode : unsigned char { kValidation, kSerialization };

/// The JSON schemas (2020-12) of the types of one document, as pydantic writes them. Models and
/// enums are components that the others refer to by name; a name that two of them have is
/// lengthened for both by their namespaces. A model that is read and written, and not the same in
/// both, is two components: "Item-Input" and "Item-Output".
class JsonSchemas {
 public:
  /// Of these types, and of all that they are made of: `inputs` are read, `outputs` are written.
  explicit JsonSchemas(std::span<const TypeInfo* const> inputs,
                       std::span<const TypeInfo* const> outputs = {});

  /// Of a value of the type, without a title.
  nlohmann::ordered_json schema(const TypeInfo& type,
                                SchemaMode mode = SchemaMode::kValidation) const;
  /// The same with what a parameter or a part of a body has besides: its title, from the name where
  /// the field has none of its own, and its default where it is not required.
  nlohmann::ordered_json field_schema(const TypeInfo& field, std::string_view name,
                                      bool required) const;

  /// The members of a model, as parameters that are read one by one: an array of objects with
  /// `name`, `required` and `schema`.
  nlohmann::ordered_json members(const TypeInfo& model,
                                 SchemaMode mode = SchemaMode::kValidation) const;

  /// Of all models and enums.
  std::map<std::string, nlohmann::ordered_json> components() const;

 private:
  struct Component {
    std::string name;
    bool read = false;
    bool written = false;
    bool differs = false;  // what is written from what is read
  };

  void collect(const TypeInfo& type, SchemaMode mode);
  bool differs(const TypeInfo& type) const;
  void find_differences();
  void name_components();
  std::string name_of(const TypeInfo& type, SchemaMode mode) const;
  nlohmann::ordered_json reference(const TypeInfo& type, SchemaMode mode) const;
  nlohmann::ordered_json model(const TypeInfo& type, SchemaMode mode) const;
  nlohmann::ordered_json tuple(const TypeInfo& type, SchemaMode mode) const;
  nlohmann::ordered_json field(const TypeInfo& type, SchemaMode mode) const;
  nlohmann::ordered_json tagged(const TypeInfo& type, std::string_view discriminator,
                                SchemaMode mode) const;
  nlohmann::ordered_json variant(const TypeInfo& type, std::string_view discriminator,
                                 SchemaMode mode) const;

  std::vector<const TypeInfo*> order_;  // in which they were met
  std::unordered_map<const TypeInfo*, Component> components_;
};

/// Adds what people read of a field, beside its constraints: title, description, deprecated.
void annotate(nlohmann::ordered_json& schema, const FieldMetadata& metadata);
/// "item_id" as "Item Id": Python's `title()`, which capitalises each run of letters.
std::string title_of(std::string_view name);
/// A type's printed name without namespaces, also in its template arguments.
std::string unqualified_name(std::string_view printed);

}  // namespace capricorn
