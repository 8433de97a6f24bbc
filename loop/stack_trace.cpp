// SPDX-License-Identifier: MIT
#include "stack_trace.hpp"

#include <algorithm>
#include <utility>

#include "platform.hpp"
#include "symbol.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kPlaceFrames = 5;

}  // namespace

void StackTrace::prepare() noexcept {
  StackTrace first;
  first.end_ = stack_addresses(first.addresses_.data(), kFrames);  // loads the unwinder
}

void StackTrace::capture(void* context) noexcept {
  end_ = stack_addresses(addresses_.data(), kFrames);
  void* const interrupted = interrupted_address(context);
  const auto* end = addresses_.data() + end_;
  const auto* found = std::find(std::as_const(addresses_).data(), end, interrupted);
  if (found == end && interrupted) {  // the unwinder did not get past the handler
    addresses_[0] = interrupted;
    begin_ = 0;
    end_ = 1;
  } else {
    // Where the place is unknown: past this function, the handler and the system's trampoline.
    begin_ = interrupted ? static_cast<std::size_t>(found - addresses_.data())
                         : std::min<std::size_t>(3, end_);
  }
}

void StackTrace::capture_from(const void* return_address) noexcept {
  end_ = stack_addresses(addresses_.data(), kFrames);
  const auto* const found =
      std::find(addresses_.data(), addresses_.data() + end_, const_cast<void*>(return_address));
  begin_ = static_cast<std::size_t>(found - addresses_.data());
  begins_with_call_ = true;
}

std::uint64_t StackTrace::place() const noexcept {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (std::size_t i = begin_ + 1; i < std::min(end_, begin_ + 1 + kPlaceFrames); ++i) {
    hash = (hash ^ reinterpret_cast<std::uintptr_t>(addresses_[i])) * 1099511628211U;
  }
  return hash;
}

std::string StackTrace::format() const {
  std::string text;
  for (std::size_t i = begin_; i < end_; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(addresses_[i]);
    // A return address may belong to the next line; the byte before it is the call's.
    const bool returned_to = i != begin_ || begins_with_call_;
    text += "    " + describe_address(returned_to ? address - 1 : address) + "\n";
  }
  return text;
}

}  // namespace capricorn
