// SPDX-License-Identifier: MIT
#include "form_parameters.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "error_log.hpp"
#include "held_value.hpp"
#include "json_write.hpp"
#include "text_read.hpp"

namespace capricorn::detail {
namespace {

/// What FastAPI's encoder shows of a file in an error.
void write_file_json(Buffer& out, const UploadFile& file) {
  out.append("{\"filename\":");
  write_json_string(out, file.filename());
  out.append(",\"size\":");
  out.append(std::to_string(file.size()));
  out.append(",\"headers\":{");
  const char* separator = "";
  for (const Headers::Field field : file.headers()) {
    out.append(std::exchange(separator, ","));
    write_json_string(out, field.name);
    out.push_back(':');
    write_json_string(out, field.value);
  }
  out.append("}}");
}

void write_item_json(Buffer& out, const FormData::Item& item) {
  if (item.file())
    write_file_json(out, *item.file());
  else
    write_json_string(out, *item.text());
}

using Items = std::vector<const FormData::Item*>;

void write_items_json(Buffer& out, const Items& items, bool list) {
  const char* separator = "";
  if (list) out.push_back('[');
  for (const FormData::Item* item : items) {
    out.append(std::exchange(separator, ","));
    write_item_json(out, *item);
  }
  if (list) out.push_back(']');
}

/// Those of each name that `is_wanted`, the names in the order in which they came. A client may
/// send a thousand.
template <class F>
std::vector<Items> items_by_name(const FormData& form, F is_wanted) {
  std::vector<Items> all;
  std::map<std::string_view, std::size_t> places;
  for (const FormData::Item& item : form) {
    if (!is_wanted(item.name)) continue;
    const auto [place, added] = places.emplace(item.name, all.size());
    if (added) all.emplace_back();
    all[place->second].push_back(&item);
  }
  return all;
}

/// One alone is no list.
std::string form_json(const FormData& form) {
  Buffer out;
  const char* separator = "";
  out.push_back('{');
  for (const Items& items : items_by_name(form, [](std::string_view) { return true; })) {
    out.append(std::exchange(separator, ","));
    write_json_string(out, items.front()->name);
    out.push_back(':');
    write_items_json(out, items, items.size() > 1);
  }
  out.push_back('}');
  return std::string(out.view());
}

/// pydantic's error for an object where the type wants a text.
ErrorDetail no_text_error(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::kOptional:
    case TypeKind::kField: return no_text_error(*type.element);
    case TypeKind::kBoolean: return {"bool_type", {}, "Input should be a valid boolean", {}, {}};
    case TypeKind::kSigned:
    case TypeKind::kUnsigned: return {"int_type", {}, "Input should be a valid integer", {}, {}};
    case TypeKind::kFloat:
    case TypeKind::kDouble: return {"float_type", {}, "Input should be a valid number", {}, {}};
    case TypeKind::kEnum: return enumerator_error(type);
    default: return {"string_type", {}, "Input should be a valid string", {}, {}};
  }
}

bool fail(ErrorDetail error, const FormData::Item& item, const LocPath& loc,
          ValidationErrors& errors) {
  Buffer input;
  write_item_json(input, item);
  error.loc = loc.items();
  error.input_json = input.view();
  errors.push_back(std::move(error));
  return false;
}

void read_item(const FormData::Item& item, const TypeInfo& type, void* value,
               std::span<const FieldConstraint> constraints, const LocPath& loc,
               ValidationErrors& errors) {
  if (const std::string* text = item.text())
    read_text(*text, type, value, constraints, loc, errors);
  else
    fail(no_text_error(type), item, loc, errors);
}

void read_element(const FormData::Item& item, const TypeInfo& list, void* value, const LocPath& loc,
                  ValidationErrors& errors) {
  const std::size_t before = errors.size();
  if (list.kind == TypeKind::kVector) {
    return read_item(item, *list.element, list.emplace(value), {}, loc, errors);
  }
  const HeldValue element(*list.element);
  read_item(item, *list.element, element.get(), {}, loc, errors);
  if (errors.size() == before) list.take(value, element.get());
}

/// Each item of the name has one place of an array or tuple.
void read_places(const FormData& form, const FormField& field, void* value, const LocPath& loc,
                 ValidationErrors& errors) {
  const std::size_t before = errors.size();
  Items items;
  for (const FormData::Item& item : form) {
    if (item.name != field.name) continue;
    const std::size_t i = items.size();
    items.push_back(&item);
    if (i >= place_count(field.type)) continue;
    const LocPath at{&loc, {}, static_cast<std::int64_t>(i)};
    const Place place = place_of(field.type, value, i);
    read_item(item, place.type, place.value, {}, at, errors);
  }
  if (items.empty() || items.size() == place_count(field.type)) return;
  Buffer input;
  write_items_json(input, items, true);
  check_place_count(field.type, items.size(), loc, std::string(input.view()), errors, before);
}

/// Each item of the name is one element; the length is checked when all are read, and as in FastAPI
/// where there are none, too.
void read_items(const FormData& form, const FormField& field, void* value, const LocPath& loc,
                ValidationErrors& errors) {
  if (has_places(field.type)) return read_places(form, field, value, loc, errors);
  const std::size_t before = errors.size();
  Items items;
  for (const FormData::Item& item : form) {
    if (item.name != field.name) continue;
    if (items.empty()) field.type.clear(value);
    const LocPath at{&loc, {}, static_cast<std::int64_t>(items.size())};
    read_element(item, field.type, value, at, errors);
    items.push_back(&item);
  }
  if (errors.size() != before) {
    if (!exceeds_max_length(field.type, value, field.constraints)) return;
    errors.resize(before);
  }
  if (field.constraints.empty()) return;
  if (items.empty() && (field.required || have_default(field.constraints))) return;
  Buffer input;
  if (items.empty())
    write_json(input, field.type, value);
  else
    write_items_json(input, items, true);
  check_constraints(field.type, value, field.constraints, loc, input.view(), errors);
}

bool is_password(const FieldInfo& field) {
  return field.type->metadata != nullptr && field.type->metadata->format == "password";
}

void refuse_extra(const FormData& form, const TypeInfo& type, const LocPath& root,
                  ValidationErrors& errors) {
  const auto is_extra = [&](std::string_view name) {
    return std::ranges::find(type.fields, name, &FieldInfo::name) == type.fields.end();
  };
  for (const Items& items : items_by_name(form, is_extra)) {
    Buffer input;
    write_items_json(input, items, items.size() > 1);
    errors.push_back({"extra_forbidden", LocPath{&root, items.front()->name}.items(),
                      "Extra inputs are not permitted", std::string(input.view()), ""});
  }
}

}  // namespace

bool is_filled_in(const FormData::Item& item) noexcept {
  return !item.text() || !item.text()->empty();
}

bool read_form_field(const FormData& form, const FormField& field, void* value, const LocPath& loc,
                     ValidationErrors& errors) {
  const FormData::Item* item = form.find(field.name);
  const TypeInfo& type = field.type;
  if (!reads_texts(type)) {
    if (!item || !is_filled_in(*item)) return !field.required;
    read_item(*item, type, value, field.constraints, loc, errors);
    return true;
  }
  const auto read_list = [&](std::span<const FieldConstraint> constraints, bool required,
                             void* list) {
    const FormField inner{field.name, *type.element, constraints, required};
    return read_form_field(form, inner, list, loc, errors);
  };
  if (type.kind == TypeKind::kField) {
    const bool own = field.constraints.empty();
    return read_list(own ? type.constraints : field.constraints, field.required, value);
  }
  if (type.kind == TypeKind::kOptional) {
    return item ? read_list(field.constraints, false, type.emplace(value)) : !field.required;
  }
  read_items(form, field, value, loc, errors);
  return item || !field.required;
}

void read_form_model(const FormData& form, const TypeInfo& type, Extra extra, void* value,
                     ValidationErrors& errors) {
  const std::size_t errors_before = errors.size();
  const ModelLayout& layout = type.layout();
  std::optional<std::string> written;  // for the first who asks
  const auto input = [&]() -> const std::string& {
    if (!written) written = form_json(form);
    return *written;
  };
  if (std::ranges::any_of(type.fields, is_password)) written = "null";  // which none repeats
  ErrorLog missing(errors);                                             // each shows the whole form
  const LocPath root{nullptr, "body"};
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldInfo& member = type.fields[i];
    const LocPath loc{&root, member.name};
    // A Field<> lies where its element lies.
    const FormField field{member.name, without_field(*member.type), member.type->constraints,
                          layout.is_required(i)};
    if (!read_form_field(form, field, static_cast<char*>(value) + layout.offsets[i], loc, errors)) {
      missing.note([&] { return missing_error(loc.items(), input()); });
    }
  }
  if (extra == Extra::kForbid || (type.config && type.config->extra == Extra::kForbid)) {
    refuse_extra(form, type, root, errors);
  }
  if (errors.size() == errors_before && type.validate != nullptr) {
    Validation validation(root, input(), errors);
    check_model(type, value, validation);
  }
}

bool read_file(const FormData::Item& item, UploadFile& file, const LocPath& loc,
               ValidationErrors& errors) {
  if (!item.file()) {
    return fail({"value_error",
                 {},
                 "Value error, Expected UploadFile, received: <class 'str'>",
                 {},
                 "{\"error\":{}}"},
                item, loc, errors);
  }
  file = item.file()->share();
  return true;
}

bool read_file(const FormData::Item& item, std::string& bytes, const LocPath&, ValidationErrors&) {
  if (item.text()) {
    bytes = *item.text();
  } else {
    SpooledFile& file = item.file()->file();
    bytes = file.read();
    file.seek(0);
  }
  return true;
}

Task<> load_files(const FormData& form, std::span<const std::string_view> names) {
  for (const FormData::Item& item : form) {
    const bool named = std::ranges::find(names, item.name) != names.end();
    if (!item.file() || !named) continue;
    co_await item.file()->share().load();
  }
}

}  // namespace capricorn::detail
