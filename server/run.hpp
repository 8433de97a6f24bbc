// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <type_traits>

#include "../config/config.hpp"
#include "../http/application.hpp"

namespace capricorn {

/// A function without arguments that gives an application: `[] { return make_app(); }`.
template <class F>
concept MakesApplication =
    std::is_invocable_v<F&> && std::is_base_of_v<Application, std::invoke_result_t<F&>>;

/// Serves `app` on this thread until SIGINT or SIGTERM, then stops gracefully: uvicorn.run. Returns
/// the exit code: 0 done, 1 the address cannot be had, 3 the application failed to start.
int run(Application& app, const Config& config = {});
inline int run(Application&& app, const Config& config = {}) { return run(app, config); }

/// The same for a main function of your own, which then takes the options of `capricorn` (all but
/// APP), their environment variables and `--config`, over these defaults:
/// `int main(int argc, char** argv) { return run(make_app(), argc, argv, {.port = 9000}); }`.
/// Prints what --help, --version and mistakes ask for; 1 for a mistake.
int run(Application& app, int argc, const char* const* argv, const Config& defaults = {});
inline int run(Application&& app, int argc, const char* const* argv, const Config& defaults = {}) {
  return run(app, argc, argv, defaults);
}

namespace detail {

/// Somebody's `factory`, without its type.
struct ApplicationMaker {
  void* factory;
  std::unique_ptr<Application> (*make)(void* factory);
};

template <class F>
ApplicationMaker maker_of(F& factory) {
  return {&factory, [](void* made_by) -> std::unique_ptr<Application> {
            using App = std::remove_cv_t<std::invoke_result_t<F&>>;
            return std::unique_ptr<Application>(new App((*static_cast<F*>(made_by))()));
          }};
}

int run(ApplicationMaker maker, const Config& config);
int run(ApplicationMaker maker, int argc, const char* const* argv, const Config& defaults);

}  // namespace detail

/// Both for an application that is made where it is served: by each worker, and for each of its
/// loops, so that `--loops` is served too:
/// `int main(int argc, char** argv) { return run([] { return make_app(); }, argc, argv); }`.
/// `factory` is called on the loops' threads, one call at a time; 3 where it throws.
template <MakesApplication F>
int run(F factory, const Config& config = {}) {
  return detail::run(detail::maker_of(factory), config);
}
template <MakesApplication F>
int run(F factory, int argc, const char* const* argv, const Config& defaults = {}) {
  return detail::run(detail::maker_of(factory), argc, argv, defaults);
}

}  // namespace capricorn
