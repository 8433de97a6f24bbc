// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "error_log.hpp"
#include "held_value.hpp"
#include "json_scanner.hpp"
#include "type_info.hpp"

namespace capricorn {

/// How well a value fits an alternative of a union, the better the smaller.
enum class Fit : std::uint8_t { kExact, kStrict, kLax };

/// What reading a value tells the union around it.
struct UnionMarks {
  Fit fit = Fit::kExact;
  int fields = -1;  // of models, that were given; -1 where there was no model

  bool better_than(const UnionMarks& other) const noexcept {
    if (fields >= 0 && other.fields >= 0 && fields != other.fields) return fields > other.fields;
    return fit < other.fit;
  }
};

/// Alternatives that share a member with a union in it read that union again, each of theirs too:
/// twice as often with each level. So there is a bound on what is read again in a document.
class UnionBudget {
 public:
  explicit UnionBudget(std::size_t text_size) : left_(kBytes + kBytesForEach * text_size) {}

  /// False where it does not suffice: reading ends.
  bool spend(std::size_t bytes) noexcept {
    spent_ = bytes + kShortest > left_;
    if (!spent_) left_ -= bytes + kShortest;
    return !spent_;
  }
  bool spent() const noexcept { return spent_; }

  bool within_union = false;  // a union by itself reads as often as it has alternatives

 private:
  static constexpr std::size_t kBytes = std::size_t{4} << 20;
  static constexpr std::size_t kBytesForEach = 64;
  static constexpr std::size_t kShortest = 16;  // what is short costs as well

  std::size_t left_;
  bool spent_ = false;
};

/// Whether a value that begins so may be of the type. Where not, reading it is one error.
bool may_begin(const TypeInfo& type, char first) noexcept;

/// A union under way, in pydantic's smart mode: the alternative that fits best, the first of those
/// that fit as well.
template <class Reader>
class JsonUnion {
 public:
  /// All of them outlive it; the value begins with `first`.
  JsonUnion(Reader& reader, const TypeInfo& type, void* value, const LocPath& loc, char first)
      : reader_(reader),
        type_(type),
        value_(value),
        loc_(loc),
        first_(first),
        start_(reader.scanner().mark()),
        errors_(reader.log().count()) {}

  /// False where the text is malformed, or the budget spent.
  bool read() {
    UnionBudget& budget = reader_.budget();
    const bool nested = std::exchange(budget.within_union, true);
    bool again = false;
    for (std::size_t i = 0; i < type_.alternatives.size() && !settled(); ++i) {
      if (!may_begin(*type_.alternatives[i], first_)) continue;
      if (!attempt(i)) return false;
      if (std::exchange(again, true) && nested && !budget.spend(size())) return false;
    }
    budget.within_union = nested;
    if (best_ == kNone) return refuse();
    reader_.log().take_back(errors_);
    UnionMarks& outer = reader_.marks();
    outer.fit = std::max(outer.fit, of_best_.fit);
    if (of_best_.fields >= 0) outer.fields = std::max(outer.fields, 0) + of_best_.fields;
    return true;
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  /// No other alternative can be better.
  bool settled() const noexcept {
    return best_ != kNone && of_best_.fit == Fit::kExact && of_best_.fields < 0;
  }

  std::size_t size() { return static_cast<std::size_t>(reader_.scanner().position() - start_.at); }

  /// The best stays where it is while another is tried. The errors have the alternative's number
  /// where its label is to stand: most of them are taken back.
  bool attempt(std::size_t i) {
    const bool is_first = best_ == kNone;
    if (!is_first && !other_) other_.emplace(type_);
    void* const value = is_first ? value_ : other_->get();
    const std::size_t errors = reader_.log().count();
    const UnionMarks outer = std::exchange(reader_.marks(), UnionMarks());
    reader_.scanner().restore(start_);
    const LocPath loc{&loc_, {}, static_cast<std::int64_t>(i)};
    const bool going = reader_.read(*type_.alternatives[i], type_.select(value, i), loc);
    const UnionMarks marks = std::exchange(reader_.marks(), outer);
    if (!going || reader_.log().count() != errors) return going;
    if (!is_first && !marks.better_than(of_best_)) return true;
    if (!is_first) type_.move(value_, value);
    best_ = i;
    of_best_ = marks;
    return true;
  }

  /// Adds the errors of those that cannot fit to those of the others, in the order of the type.
  bool refuse() {
    for (std::size_t i = 0; i < type_.alternatives.size(); ++i) {
      if (!may_begin(*type_.alternatives[i], first_) && !attempt(i)) return false;
    }
    const std::size_t depth = loc_.items().size();
    const auto number = [&](const ErrorDetail& error) {
      return static_cast<std::size_t>(std::get<std::int64_t>(error.loc[depth]));
    };
    reader_.log().sort(errors_, number);
    for (ErrorDetail& error : reader_.log().since(errors_)) {
      error.loc[depth] = union_label(*type_.alternatives[number(error)]);
    }
    return true;
  }

  Reader& reader_;
  const TypeInfo& type_;
  void* value_;  // the best so far, or what did not fit
  const LocPath& loc_;
  char first_;
  JsonScanner::Mark start_;
  std::size_t errors_;

  // The best so far
  std::size_t best_ = kNone;
  UnionMarks of_best_;
  std::optional<HeldValue> other_;  // what may be better
};

}  // namespace capricorn
