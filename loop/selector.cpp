// SPDX-License-Identifier: MIT
#include "selector.hpp"

#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace capricorn {
namespace {

#if defined(__linux__)
constexpr const char* kNative = "epoll";
const auto make_native_selector = make_epoll_selector;
#else
constexpr const char* kNative = "kqueue";
const auto make_native_selector = make_kqueue_selector;
#endif

/// A sandbox or an emulator may lack the system's own interface; poll is everywhere.
std::unique_ptr<Selector> make_best_selector() {
  try {
    return make_native_selector();
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::function_not_supported) throw;
  }
  return make_poll_selector();
}

}  // namespace

std::unique_ptr<Selector> make_selector(std::string_view name) {
  if (name == "auto") return make_best_selector();
  if (name == kNative) return make_native_selector();
  if (name == "poll") return make_poll_selector();
#if defined(CAPRICORN_HAS_LIBKQUEUE)
  if (name == "kqueue") return make_kqueue_selector();
#endif
  throw std::invalid_argument("expected a selector of this system, auto, " + std::string(kNative) +
                              " or poll, not '" + std::string(name) + "'");
}

std::unique_ptr<Selector> make_default_selector() {
  const char* name = std::getenv("CAPRICORN_SELECTOR");
  return make_selector(name && *name ? name : "auto");
}

}  // namespace capricorn
