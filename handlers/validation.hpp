// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../loop/buffer.hpp"
#include "constraints.hpp"

namespace capricorn {

struct TypeInfo;

using LocItem = std::variant<std::string, std::int64_t>;

/// One thing wrong with a request, as pydantic says it. `input_json` and `ctx_json` are JSON texts;
/// an empty `ctx_json` is left out.
struct ErrorDetail {
  std::string type;
  std::vector<LocItem> loc;
  std::string msg;
  std::string input_json;
  std::string ctx_json;
};

using ValidationErrors = std::vector<ErrorDetail>;

/// The body of a 422: `{"detail":[{"type":…,"loc":[…],"msg":…,"input":…}]}`.
void write_errors_json(Buffer& out, const ValidationErrors& errors);

/// The `missing` error; for a parameter the input is null.
ErrorDetail missing_error(std::vector<LocItem> loc, std::string input_json = "null");

/// Compact JSON of a text, quotes included.
std::string json_quote(std::string_view text);

/// A `loc` that is only written down when there is an error: a chain of frames on the stack.
struct LocPath {
  const LocPath* parent = nullptr;
  std::string_view name = {};
  std::int64_t index = -1;  // counts if not negative

  std::vector<LocItem> items() const;
};

/// Tests a value of type `type` against `constraints`; the first one that fails adds an error.
bool check_constraints(const TypeInfo& type, const void* value,
                       std::span<const Constraint> constraints, const LocPath& loc,
                       std::string_view input_json, ValidationErrors& errors);

}  // namespace capricorn
