// SPDX-License-Identifier: MIT
#pragma once

#include "../http/module_abi.hpp"
#include "app.hpp"

/// Exports an application from a shared object: `CAPRICORN_APP(factory)` is what `capricorn app.so`
/// loads, `CAPRICORN_APP(factory, name)` what `capricorn app.so:name` does.
#define CAPRICORN_APP(...) \
  CAPRICORN_APP_SELECT(__VA_ARGS__, CAPRICORN_APP_NAMED, CAPRICORN_APP_DEFAULT, )(__VA_ARGS__)

#define CAPRICORN_APP_SELECT(first, second, macro, ...) macro
#define CAPRICORN_APP_DEFAULT(factory) CAPRICORN_APP_EXPORT(factory, capricorn_app_v1)
#define CAPRICORN_APP_NAMED(factory, name) CAPRICORN_APP_EXPORT(factory, capricorn_app_v1_##name)
#define CAPRICORN_APP_EXPORT(factory, symbol)                                              \
  extern "C" __attribute__((visibility("default"))) const ::capricorn::ModuleEntry symbol; \
  const ::capricorn::ModuleEntry symbol = {                                                \
      ::capricorn::kAbiTag,                                                                \
      []() -> ::capricorn::Application* { return new decltype(factory())(factory()); },    \
      [](::capricorn::Application* application) { delete application; }};
