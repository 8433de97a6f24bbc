// SPDX-License-Identifier: MIT
#include "validation.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>

#include "error_log.hpp"
#include "json_read.hpp"
#include "json_scanner.hpp"
#include "json_write.hpp"
#include "sort_by_rank.hpp"
#include "type_info.hpp"

namespace capricorn {

namespace {

void write_loc(Buffer& out, const std::vector<LocItem>& loc) {
  char separator = '[';
  for (const LocItem& item : loc) {
    out.push_back(separator);
    separator = ',';
    if (const auto* name = std::get_if<std::string>(&item)) {
      write_json_string(out, *name);
    } else {
      write_json_number(out, std::get<std::int64_t>(item));
    }
  }
  if (loc.empty()) out.push_back('[');
  out.push_back(']');
}

void write_error(Buffer& out, const ErrorDetail& error) {
  out.append("{\"type\":");
  write_json_string(out, error.type);
  out.append(",\"loc\":");
  write_loc(out, error.loc);
  out.append(",\"msg\":");
  write_json_string(out, error.msg);
  out.append(",\"input\":");
  out.append(error.input_json.empty() ? "null" : std::string_view(error.input_json));
  if (!error.ctx_json.empty()) {
    out.append(",\"ctx\":");
    out.append(error.ctx_json);
  }
  out.push_back('}');
}

}  // namespace

void write_errors_json(Buffer& out, const ValidationErrors& errors) {
  out.append("{\"detail\":[");
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (i != 0) out.push_back(',');
    write_error(out, errors[i]);
  }
  out.append("]}");
}

ErrorDetail missing_error(std::vector<LocItem> loc, std::string input_json) {
  return {"missing", std::move(loc), "Field required", std::move(input_json), {}};
}

std::string json_quote(std::string_view text) {
  Buffer out;
  write_json_string(out, text);
  return std::string(out.view());
}

std::vector<LocItem> LocPath::items() const {
  std::vector<LocItem> items;
  if (parent != nullptr) items = parent->items();
  if (index >= 0) {
    items.emplace_back(index);
  } else {
    items.emplace_back(std::string(name));
  }
  return items;
}

std::string join_loc(std::span<const LocItem> loc) {
  std::string joined;
  for (const LocItem& item : loc) {
    if (!joined.empty()) joined += '.';
    if (const auto* name = std::get_if<std::string>(&item))
      joined += *name;
    else
      joined += std::to_string(std::get<std::int64_t>(item));
  }
  return joined;
}

/// From its first error on. It may have one for each of the elements that a client sent: the input
/// is looked through once, and each part of it is written once.
struct Validation::Said {
  struct Input {
    std::string_view text;
    std::optional<std::string> compact;
  };

  Said(std::string_view input_json, ValidationErrors& errors)
      : log(errors), whole{input_json, {}}, members(members_of(input_json)) {}

  void add(const LocPath& loc, Input& input, std::string message) {
    log.note([&] {
      if (!input.compact) input.compact = compact_json(input.text);
      return ErrorDetail{"value_error", loc.items(), "Value error, " + message, *input.compact,
                         "{\"error\":{}}"};
    });
  }

  /// Of two with the same name the last; none where it is no object.
  static std::map<std::string, Input, std::less<>> members_of(std::string_view json) {
    std::map<std::string, Input, std::less<>> members;
    JsonScanner scanner(json);
    if (scanner.peek() != '{') return members;
    scanner.object([&](std::string_view name) {
      Input& input = members[std::string(name)];
      scanner.peek();
      const char* const start = scanner.position();
      if (!scanner.skip()) return false;
      input.text = {start, static_cast<std::size_t>(scanner.position() - start)};
      return true;
    });
    return members;
  }

  ErrorLog log;
  Input whole;
  std::map<std::string, Input, std::less<>> members;
  Input none;
};

Validation::Validation(const LocPath& loc, std::string_view input_json, ValidationErrors& errors)
    : loc_(loc), input_json_(input_json), errors_(errors) {}
Validation::~Validation() = default;

Validation::Said& Validation::said() {
  if (!said_) said_ = std::make_unique<Said>(input_json_, errors_);
  return *said_;
}

void Validation::error(std::string message) { said().add(loc_, said().whole, std::move(message)); }

void Validation::error(std::string_view member, std::string message) {
  const LocPath loc{&loc_, member};
  const auto found = said().members.find(member);
  said().add(loc, found == said().members.end() ? said().none : found->second, std::move(message));
}

void detail::note_validation(Validation& validation, std::optional<std::string> message) {
  if (message) validation.error(std::move(*message));
}

void check_model(const TypeInfo& type, const void* model, Validation& validation) {
  try {
    type.validate(model, validation);
  } catch (const std::invalid_argument& error) {
    validation.error(error.what());
  }
}

namespace {

int rank_of_place(const ErrorDetail& error) {
  constexpr std::string_view kPlaces[] = {"path", "query", "header", "cookie", "body"};
  const auto* place = error.loc.empty() ? nullptr : std::get_if<std::string>(&error.loc[0]);
  if (place == nullptr) return 0;
  const auto* const found = std::ranges::find(kPlaces, *place);
  return static_cast<int>(found - std::begin(kPlaces));
}

}  // namespace

void arrange_errors(ValidationErrors& errors, std::size_t from) {
  sort_by_rank(errors, from, rank_of_place);
  // Each of several bodies finds it.
  const auto is_invalid = [](const ErrorDetail& error) { return error.type == "json_invalid"; };
  const auto first = std::find_if(errors.begin(), errors.end(), is_invalid);
  if (first != errors.end())
    errors.erase(std::remove_if(first + 1, errors.end(), is_invalid), errors.end());
}

}  // namespace capricorn
