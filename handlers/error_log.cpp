// SPDX-License-Identifier: MIT
#include "error_log.hpp"

#include <string>
#include <utility>
#include <variant>

namespace capricorn {

std::size_t ErrorLog::text_of(const ErrorDetail& error) {
  std::size_t size = error.msg.size() + error.input_json.size() + error.ctx_json.size();
  for (const LocItem& item : error.loc) {
    if (const auto* name = std::get_if<std::string>(&item)) size += name->size();
  }
  return size;
}

void ErrorLog::take_back(std::size_t mark) {
  if (mark == count_) return;
  for (const ErrorDetail& error : since(mark)) text_ -= text_of(error);
  errors_.erase(place(mark), errors_.end());
  count_ = mark;
  const std::size_t recorded = errors_.size() - first_;
  full_ = recorded < count_ || recorded >= kMaxErrors;
}

void ErrorLog::record(ErrorDetail error) {
  const std::size_t recorded = errors_.size() - first_;
  const std::size_t text = text_of(error);
  full_ = recorded != 0 && text_ + text > kMaxErrorText;
  if (full_) return;
  errors_.push_back(std::move(error));
  text_ += text;
  full_ = recorded + 1 >= kMaxErrors;
}

}  // namespace capricorn
