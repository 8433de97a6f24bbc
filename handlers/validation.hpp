// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// How many errors of one JSON document are told, and how much text they have together: each has
/// its input, and nested values have the same input again and again. The first is always told.
inline constexpr std::size_t kMaxErrors = 1'000;
inline constexpr std::size_t kMaxErrorText = std::size_t{1} << 20;

/// The body of a 422: `{"detail":[{"type":…,"loc":[…],"msg":…,"input":…}]}`.
void write_errors_json(Buffer& out, const ValidationErrors& errors);

/// The `missing` error; for a parameter the input is null.
ErrorDetail missing_error(std::vector<LocItem> loc, std::string input_json = "null");

/// pydantic's `too_short` or `too_long`; `noun` is "List", "Tuple", "Set" or "Dictionary". A
/// negative `actual` is not told.
ErrorDetail item_count_error(std::string_view noun, bool too_few, std::int64_t limit,
                             std::int64_t actual);

/// Compact JSON of a text, quotes included.
std::string json_quote(std::string_view text);

/// A `loc` that is only written down when there is an error: a chain of frames on the stack.
struct LocPath {
  const LocPath* parent = nullptr;
  std::string_view name = {};
  std::int64_t index = -1;  // counts if not negative

  std::vector<LocItem> items() const;
};

/// "query.limit", "body.items.0".
std::string join_loc(std::span<const LocItem> loc);

/// What a model's own check says, a free function that is found beside the model (by
/// argument-dependent look-up) and called once all of its members are valid:
///   void validate(const Booking& booking, Validation& validation) {
///     if (booking.end < booking.begin) validation.error("end", "end comes before begin");
///   }
/// One that has at most one thing to say may return it instead, or nothing:
///   std::optional<std::string> validate(const Booking& booking);
/// A std::invalid_argument that it throws says the same, as Python's ValueError does. The errors
/// are pydantic's `value_error`, "Value error, ..."; so many of them are told as of a document.
class Validation {
 public:
  /// All three outlive it.
  Validation(const LocPath& loc, std::string_view input_json, ValidationErrors& errors);
  Validation(const Validation&) = delete;
  ~Validation();
  Validation& operator=(const Validation&) = delete;

  /// About the model as a whole.
  void error(std::string message);
  /// About one member, by its name on the wire.
  void error(std::string_view member, std::string message);

 private:
  struct Said;
  Said& said();

  const LocPath& loc_;
  std::string_view input_json_;
  ValidationErrors& errors_;
  std::unique_ptr<Said> said_;  // most models have no error
};

/// Calls the `validate` of a model that has one.
void check_model(const TypeInfo& type, const void* model, Validation& validation);

/// Puts the errors from `from` on, those of one function's parameters, into FastAPI's order: path,
/// query, header, cookie, body. That the body is no JSON is said once.
void arrange_errors(ValidationErrors& errors, std::size_t from = 0);

/// Tests a value of type `type` against `constraints`; the first one that fails adds an error.
bool check_constraints(const TypeInfo& type, const void* value,
                       std::span<const FieldConstraint> constraints, const LocPath& loc,
                       std::string_view input_json, ValidationErrors& errors);
/// The same where nobody asks which.
bool keeps_constraints(const TypeInfo& type, const void* value,
                       std::span<const FieldConstraint> constraints);

/// Whether a list or set has more elements than its MaxLength: then, as in pydantic, what is wrong
/// with the elements is not told.
bool exceeds_max_length(const TypeInfo& type, const void* value,
                        std::span<const FieldConstraint> constraints);

}  // namespace capricorn
