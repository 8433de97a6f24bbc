// SPDX-License-Identifier: MIT
#include "parameters.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

#include "../http/field_value.hpp"
#include "../http/media_type.hpp"
#include "error_log.hpp"
#include "held_value.hpp"
#include "json_read.hpp"
#include "json_write.hpp"
#include "text_read.hpp"

namespace capricorn::detail {

namespace {

using Texts = std::vector<std::string_view>;

std::string_view word(ParameterPlace place) {
  switch (place) {
    case ParameterPlace::kPath: return "path";
    case ParameterPlace::kQuery: return "query";
    case ParameterPlace::kHeader: return "header";
    case ParameterPlace::kCookie: return "cookie";
    default: return "body";
  }
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const Headers::Field field : headers) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> find_text(Request& request, const ParameterInfo& parameter) {
  switch (parameter.place) {
    case ParameterPlace::kPath: return request.path_params().get(parameter.name);
    case ParameterPlace::kQuery: return request.query_params().get(parameter.name);
    case ParameterPlace::kHeader: return find_header(request.headers(), parameter.name);
    default: return request.cookies().get(parameter.name);
  }
}

Texts find_texts(Request& request, const ParameterInfo& parameter) {
  if (parameter.place == ParameterPlace::kQuery) {
    return request.query_params().get_all(parameter.name);
  }
  Texts texts;
  for (const Headers::Field field : request.headers()) {
    if (equals_ignoring_case(field.name, parameter.name)) texts.push_back(field.value);
  }
  return texts;
}

}  // namespace

void read_parameter(Request& request, const ParameterInfo& parameter, void* field,
                    ValidationErrors& errors) {
  const TypeInfo& type = *parameter.field->element;
  const LocPath place{nullptr, word(parameter.place)};
  const LocPath loc{&place, parameter.name};
  const auto constraints = parameter.field->constraints;
  if (reads_texts(type)) {
    const Texts texts = find_texts(request, parameter);
    if (texts.empty() && parameter.required) {
      return errors.push_back(missing_error(loc.items()));
    }
    // As in FastAPI an empty list is checked, too.
    const bool checked = type.kind != TypeKind::kOptional && !has_places(type);
    if (texts.empty() && (!checked || have_default(constraints))) return;
    read_texts(texts, type, field, constraints, loc, errors);
  } else if (const auto text = find_text(request, parameter)) {
    read_text(*text, type, field, constraints, loc, errors);
  } else if (parameter.required) {
    errors.push_back(missing_error(loc.items()));
  }
}

// --- at registration

namespace {

/// Looks for the Patterns below one parameter, for Defaults that are texts, and for what can only
/// be written.
struct OptionChecker {
  std::string_view route;
  std::vector<const TypeInfo*> seen{};  // a model may hold itself

  [[noreturn]] void refuse(const LocPath& loc, const std::string& reason) const {
    throw std::invalid_argument("\"" + std::string(route) + "\", " + join_loc(loc.items()) + ": " +
                                reason);
  }

  void compile(const FieldConstraint& constraint, const LocPath& loc) const {
    try {
      constraint.pattern();
    } catch (const std::invalid_argument& error) {
      refuse(loc, error.what());
    }
  }

  void make_default(const TypeInfo& field, const FieldConstraint& constraint,
                    const LocPath& loc) const {
    try {
      HeldValue object(field);
    } catch (const std::exception& error) {
      refuse(loc, "the Default \"" + std::string(constraint.text) + "\": " + error.what());
    }
  }

  void visit(const TypeInfo* type, const LocPath& loc) {
    if (!type || std::ranges::find(seen, type) != seen.end()) return;
    seen.push_back(type);
    if (type->kind == TypeKind::kCustom && type->from_json == nullptr) {
      refuse(loc, std::string(type->name) + " has a to_json and no from_json: it cannot be read");
    }
    for (const FieldConstraint& constraint : type->constraints) {
      if (constraint.kind == ConstraintKind::kPattern) compile(constraint, loc);
      const bool text = constraint.value == ConstraintValue::kText;
      if (constraint.kind == ConstraintKind::kDefault && text) make_default(*type, constraint, loc);
    }
    for (const FieldInfo& field : type->fields) visit(field.type, LocPath{&loc, field.name});
    for (const TypeInfo* alternative : type->alternatives) visit(alternative, loc);
    visit(type->element, loc);
  }
};

}  // namespace

void check_options(const ParameterInfo& parameter, std::string_view route) {
  const LocPath place{nullptr, word(parameter.place)};
  const LocPath loc{&place, parameter.name};
  check_options(parameter.field, parameter.name.empty() ? place : loc, route);
}

void check_options(const TypeInfo* type, const LocPath& loc, std::string_view route) {
  OptionChecker{route}.visit(type, loc);
}

// --- groups

namespace {

/// The parameters of one place as they came, and what a model makes of them.
class GroupReader {
 public:
  GroupReader(Request& request, const ParameterInfo& group, const FieldMetadata& metadata)
      : place_(group.place), type_(*group.field), metadata_(metadata) {
    if (place_ == ParameterPlace::kQuery) {
      for (const auto& [name, value] : request.query_params()) pairs_.push_back({name, value});
    } else if (place_ == ParameterPlace::kCookie) {
      for (const auto& [name, value] : request.cookies()) pairs_.push_back({name, value});
    } else {
      for (const Headers::Field field : request.headers()) {
        pairs_.push_back({field.name, field.value});
      }
    }
  }

  void read(void* model, ValidationErrors& errors) {
    const std::size_t errors_before = errors.size();
    const ModelLayout& layout = type_.layout();
    ErrorLog missing(errors);  // each shows all that came
    const LocPath root{nullptr, word(place_)};
    for (std::size_t i = 0; i < type_.fields.size(); ++i) {
      const FieldInfo& field = type_.fields[i];
      const LocPath loc{&root, field.name};
      const Texts texts = texts_of(field);
      void* const value = static_cast<char*>(model) + layout.offsets[i];
      if (!texts.empty()) {
        read_member(texts, *field.type, value, loc, errors);
      } else if (layout.is_required(i)) {
        missing.note([&] { return missing_error(loc.items(), input_json(model)); });
      } else {
        check_absent(*field.type, value, loc, errors);
      }
    }
    if (forbids()) refuse_extra(root, errors);
    if (errors.size() == errors_before && type_.validate != nullptr) {
      Validation validation(root, input_json(model), errors);
      check_model(type_, model, validation);
    }
  }

 private:
  struct Pair {
    std::string_view name;
    std::string_view value;
  };
  struct Named {
    std::string_view name;
    Texts texts;
  };

  static void read_member(const Texts& texts, const TypeInfo& type, void* value, const LocPath& loc,
                          ValidationErrors& errors) {
    if (reads_texts(type)) {
      read_texts(texts, type, value, {}, loc, errors);
    } else {
      read_text(texts.front(), type, value, {}, loc, errors);
    }
  }

  /// As in FastAPI the length of a list is checked where it is empty, too.
  static void check_absent(const TypeInfo& type, const void* value, const LocPath& loc,
                           ValidationErrors& errors) {
    const bool list = type.kind == TypeKind::kField && reads_texts(type) &&
                      type.element->kind != TypeKind::kOptional;
    if (!list || type.constraints.empty() || have_default(type.constraints)) return;
    Buffer input;
    write_json(input, type, value);
    check_constraints(type, value, type.constraints, loc, input.view(), errors);
  }

  bool forbids() const {
    return metadata_.extra == Extra::kForbid ||
           (type_.config != nullptr && type_.config->extra == Extra::kForbid);
  }

  /// As the client names it.
  bool matches(const FieldInfo& field, std::string_view name) const {
    if (place_ != ParameterPlace::kHeader) return field.name == name;
    const bool own_name = field.type->metadata != nullptr && !field.type->metadata->alias.empty();
    if (own_name || !metadata_.convert_underscores) return equals_ignoring_case(field.name, name);
    return std::ranges::equal(field.name, name, [](char a, char b) {
      return (a == '_' ? '-' : ascii_lower(a)) == ascii_lower(b);
    });
  }

  /// One for a member that is no list: the last, of a header the first, as Starlette has it.
  Texts texts_of(const FieldInfo& field) const {
    Texts texts;
    for (const Pair& pair : pairs_) {
      if (matches(field, pair.name)) texts.push_back(pair.value);
    }
    if (texts.size() > 1 && !reads_texts(*field.type)) {
      const bool first = place_ == ParameterPlace::kHeader;
      texts = {first ? texts.front() : texts.back()};
    }
    return texts;
  }

  /// Whether the model has it; a header also by the member's own spelling.
  bool is_known(std::string_view name) const {
    return std::ranges::any_of(type_.fields, [&](const FieldInfo& field) {
      return matches(field, name) || field.name == name;
    });
  }

  /// The names that the model does not have, in the order in which they came. A client may send
  /// thousands.
  std::vector<Named> extras() const {
    std::vector<Named> all;
    std::map<std::string_view, std::size_t> places;
    for (const Pair& pair : pairs_) {
      if (is_known(pair.name)) continue;
      const auto [place, added] = places.emplace(pair.name, all.size());
      if (added) all.push_back({pair.name, {}});
      all[place->second].texts.push_back(pair.value);
    }
    return all;
  }

  void refuse_extra(const LocPath& root, ValidationErrors& errors) const {
    for (const auto& [name, texts] : extras()) {
      errors.push_back({"extra_forbidden", LocPath{&root, name}.items(),
                        "Extra inputs are not permitted", json_of_texts(texts, texts.size() > 1),
                        ""});
    }
  }

  /// What FastAPI gives pydantic, made for the first who asks, before the model's `validate`: of
  /// the model it shows members that did not come, which reading leaves at their defaults.
  const std::string& input_json(const void* model) {
    if (!input_) input_ = make_input_json(static_cast<const char*>(model));
    return *input_;
  }

  /// The members that came or have a default, then the others.
  std::string make_input_json(const char* model) const {
    Buffer out;
    const char* separator = "{";
    const auto key = [&](std::string_view name) {
      out.append(std::exchange(separator, ","));
      write_json_string(out, name);
      out.push_back(':');
    };
    const ModelLayout& layout = type_.layout();
    for (std::size_t i = 0; i < type_.fields.size(); ++i) {
      const FieldInfo& field = type_.fields[i];
      const Texts texts = texts_of(field);
      Buffer value;
      if (!texts.empty()) {
        value.append(json_of_texts(texts, reads_texts(*field.type)));
      } else if (!layout.is_required(i)) {
        write_json(value, *field.type, model + layout.offsets[i]);
      }
      if (value.empty() || value.view() == "null") continue;
      key(field.name);
      out.append(value.view());
    }
    for (const auto& [name, texts] : extras()) {
      key(name);
      out.append(json_of_texts(texts, texts.size() > 1));
    }
    if (*separator == '{') out.push_back('{');
    out.push_back('}');
    return std::string(out.view());
  }

  ParameterPlace place_;
  const TypeInfo& type_;
  const FieldMetadata& metadata_;
  std::vector<Pair> pairs_;
  std::optional<std::string> input_;
};

}  // namespace

void read_group(Request& request, const ParameterInfo& group, const FieldMetadata& metadata,
                void* model, ValidationErrors& errors) {
  GroupReader(request, group, metadata).read(model, errors);
}

// --- bodies

namespace {

/// Without a Content-Type it is JSON only for an application that is not strict about it: a page of
/// another origin may send such a body without asking first.
bool is_json_body(const Request& request) {
  const auto type = request.headers().get(HeaderId::kContentType);
  return type && !type->empty() ? is_json_media_type(*type) : !request.strict_content_type();
}

bool is_null(std::string_view json) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = json.find_first_not_of(kSpace);
  return begin != json.npos && json[begin] == 'n' && compact_json(json) == "null";
}

void read_embedded_body(const Request& request, const ParameterInfo& body, void* field,
                        const LocPath& loc, ValidationErrors& errors) {
  const std::string_view text = request.loaded_body();
  JsonMember member;
  if (!text.empty() && is_json_body(request)) member = find_json_member(text, body.name);
  switch (member.state) {
    case JsonMember::State::kMalformed:
      errors.push_back(json_invalid_error(loc.parent->name, member.position, member.message));
      return;
    case JsonMember::State::kFound:
      if (member.text != "null") {
        read_json(member.text, *body.field, field, errors, loc);
        return;
      }
      break;
    // What is neither an object nor null lacks also what has a default.
    case JsonMember::State::kNoObject:
      if (is_null(text)) break;
      errors.push_back(missing_error(loc.items()));
      return;
    case JsonMember::State::kAbsent: break;
  }
  if (body.required) errors.push_back(missing_error(loc.items()));
}

}  // namespace

void read_body(const Request& request, const ParameterInfo& body, bool embedded, void* field,
               ValidationErrors& errors) {
  const std::string_view text = request.loaded_body();
  const LocPath root{nullptr, "body"};
  if (embedded) {
    const LocPath loc{&root, body.name};
    return read_embedded_body(request, body, field, loc, errors);
  }
  const bool none = text.empty() || (is_null(text) && is_json_body(request));
  if (none) {
    if (body.required) errors.push_back(missing_error(root.items()));
  } else if (is_json_body(request)) {
    read_json(text, *body.field, field, errors, root);
  } else {
    // FastAPI then validates the bytes as they are.
    read_text(text, *body.field, field, {}, root, errors);
  }
}

}  // namespace capricorn::detail
