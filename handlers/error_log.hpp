// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "sort_by_rank.hpp"
#include "validation.hpp"

namespace capricorn {

/// The errors of one document. It counts them all and records, from the first on, as many as
/// kMaxErrors and kMaxErrorText let it; behind the first that it does not record it records none.
class ErrorLog {
 public:
  /// `errors` outlives it; what is in it already is not the document's.
  explicit ErrorLog(ValidationErrors& errors) : errors_(errors), first_(errors.size()) {}

  /// How many there are, also as a mark of the place.
  std::size_t count() const noexcept { return count_; }
  /// Whether those that come from now on are counted and nothing else: what is said of them need
  /// not be made.
  bool is_full() const noexcept { return full_; }

  /// `make` gives the error, and is not called where none is recorded any more.
  template <class F>
  void note(F make) {
    ++count_;
    if (!full_) record(make());
  }

  /// As if there had been none since the mark.
  void take_back(std::size_t mark);

  /// Takes back those since the mark for which `is_void(error)`: none of them if not all are
  /// recorded, as nobody knows which the others are. Each call looks at them all, and a client may
  /// have it called for each of its bytes: so many looks, and it records no more.
  template <class F>
  void take_back_if(std::size_t mark, F is_void) {
    if (full_ || mark == count_) return;
    looked_at_ += since(mark).size();
    full_ = looked_at_ > kMaxLookedAt;
    if (full_) return;
    const auto end = std::remove_if(place(mark), errors_.end(), [&](const ErrorDetail& error) {
      if (!is_void(error)) return false;
      --count_;
      text_ -= text_of(error);
      return true;
    });
    errors_.erase(end, errors_.end());
  }

  /// Those recorded since the mark; they are valid until the next is noted.
  std::span<ErrorDetail> since(std::size_t mark) { return {place(mark), errors_.end()}; }

  /// Orders those since the mark: see sort_by_rank.
  template <class F>
  void sort(std::size_t mark, F rank) {
    sort_by_rank(errors_, static_cast<std::size_t>(place(mark) - errors_.begin()), rank);
  }

 private:
  using Place = ValidationErrors::iterator;
  static constexpr std::size_t kMaxLookedAt = 100 * kMaxErrors;

  Place place(std::size_t mark) noexcept {
    return errors_.begin() + static_cast<std::ptrdiff_t>(std::min(first_ + mark, errors_.size()));
  }
  /// How much of it a client's text made.
  static std::size_t text_of(const ErrorDetail& error);
  void record(ErrorDetail error);

  ValidationErrors& errors_;
  std::size_t first_;
  std::size_t count_ = 0;
  std::size_t text_ = 0;       // of those recorded
  std::size_t looked_at_ = 0;  // to be taken back
  bool full_ = false;
};

}  // namespace capricorn
