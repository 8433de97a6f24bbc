// SPDX-License-Identifier: MIT
#include "urlencoded.hpp"

#include "url.hpp"

namespace capricorn {

UrlencodedParser::Event UrlencodedParser::next() {
  while (!too_large_ && (!rest_.empty() || ended_)) {
    const std::size_t end = rest_.find('&');
    const std::string_view piece = rest_.substr(0, end);
    too_large_ = begun_.size() + piece.size() > max_pair_ + 1;  // one is the "="
    if (too_large_) break;
    begun_ += piece;
    if (end == std::string_view::npos) {
      rest_ = {};
      if (!std::exchange(ended_, false)) return Event::kMore;
    } else {
      rest_.remove_prefix(end + 1);
    }
    if (begun_.empty()) continue;
    pair_ = decode_pair(begun_);
    begun_.clear();
    return Event::kPair;
  }
  return too_large_ ? Event::kTooLarge : Event::kMore;
}

}  // namespace capricorn
