// SPDX-License-Identifier: MIT
#include "parameters.hpp"

#include "../http/field_value.hpp"

namespace capricorn::detail {

ErrorDetail missing_parameter(std::string_view where, std::string_view name) {
  return missing_error({std::string(where), std::string(name)});
}

bool is_json_media_type(std::string_view content_type) noexcept {
  const std::string_view type = trim_ows(content_type.substr(0, content_type.find(';')));
  constexpr std::string_view kPrefix = "application/";
  constexpr std::string_view kSuffix = "+json";
  if (!equals_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) return false;
  const std::string_view subtype = type.substr(kPrefix.size());
  return equals_ignoring_case(subtype, "json") ||
         (subtype.size() > kSuffix.size() &&
          equals_ignoring_case(subtype.substr(subtype.size() - kSuffix.size()), kSuffix));
}

std::string_view json_body(const Request& request, ValidationErrors& errors) {
  const std::string_view text = request.loaded_body();
  if (text.empty()) {
    errors.push_back(missing_error({std::string("body")}));
    return {};
  }
  const auto type = request.headers().get(HeaderId::kContentType);
  if (!type || is_json_media_type(*type)) return text;
  // FastAPI then validates the body's bytes as they are, and says so in these words.
  errors.push_back({"model_attributes_type",
                    {std::string("body")},
                    "Input should be a valid dictionary or object to extract fields from",
                    json_quote(text),
                    ""});
  return {};
}

}  // namespace capricorn::detail
