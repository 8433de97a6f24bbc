// SPDX-License-Identifier: MIT
#include "union_tag.hpp"

#include "json_write.hpp"

namespace capricorn {

std::span<const EnumeratorInfo> tags_of(const TypeInfo& model, std::string_view member) {
  for (const FieldInfo& field : model.fields) {
    if (field.name != member) continue;
    const TypeInfo& type = without_field(*field.type);
    return type.enumerators;
  }
  return {};
}

std::string text_of_tag(std::string json) {
  if (json == "null") return "None";
  if (json == "true") return "True";
  return json == "false" ? "False" : json;
}

ErrorDetail tag_error(const TypeInfo& type, std::string_view discriminator, std::string_view tag) {
  const std::string quoted = "'" + std::string(discriminator) + "'";
  std::string expected;
  for (const TypeInfo* alternative : type.alternatives) {
    for (const EnumeratorInfo& text : tags_of(*alternative, discriminator)) {
      expected += (expected.empty() ? "'" : ", '") + std::string(text.name) + "'";
    }
  }
  return {"union_tag_invalid",
          {},
          "Input tag '" + std::string(tag) + "' found using " + quoted +
              " does not match any of the expected tags: " + expected,
          {},
          "{\"discriminator\":" + json_quote(quoted) + ",\"tag\":" + json_quote(tag) +
              ",\"expected_tags\":" + json_quote(expected) + "}"};
}

}  // namespace capricorn
