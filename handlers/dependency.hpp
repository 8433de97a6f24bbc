// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../loop/task.hpp"
#include "validation.hpp"

namespace capricorn {

namespace detail {
struct ArgumentSource;
}

/// When the code behind a dependency's co_yield runs: once the response is sent, or before, as soon
/// as the handler has returned.
enum class DependencyScope : unsigned char { kRequest, kFunction };

/// The scopes that `Security<>` asks for, from the handler to the dependency that takes this, by
/// value. They live as long as the request.
/// https://fastapi.tiangolo.com/advanced/security/oauth2-scopes/
struct SecurityScopes {
  std::span<const std::string> scopes;
  std::string_view scope_str;  // joined by a space
};

class Dependency;
struct EndpointDescription;

/// One place where a dependency is asked for.
struct DependencyUse {
  const Dependency* dependency = nullptr;
  DependencyScope scope = DependencyScope::kRequest;
  bool use_cache = true;
  bool parallel = false;
  std::span<const std::string_view> scopes = {};

  /// For the OpenAPI document.
  void describe(EndpointDescription& description) const;
};

/// What a router, a route or an application asks for besides its handlers' own parameters; made by
/// `dependencies<...>()`.
using DependencyList = std::vector<DependencyUse>;

/// A function behind its analysed signature, whose result is a parameter of others. One constant
/// for each; its address is its identity. What belongs to one request, arguments and result, lies
/// in a frame that the caller provides.
class Dependency {
 public:
  enum class Mode : unsigned char { kCoroutine, kGenerator, kPool, kLoop };
  struct Properties {
    Mode mode;
    std::size_t frame_size;
    std::span<const DependencyUse> uses;  // of its Depends<> and Security<>, in order
    bool takes_scopes = false;
    bool takes_websocket = false;
    bool takes_background_tasks = false;
    bool takes_response = false;
    std::span<const std::string_view> bodies = {};  // names of its Body<> parameters
    bool reads_body = false;
    bool reads_form = false;
    std::span<const std::string_view> files = {};  // whose bytes it takes
  };

  constexpr const Properties& properties() const noexcept { return properties_; }
  constexpr bool is_plain() const noexcept { return properties_.mode == Mode::kPool; }
  constexpr bool is_generator() const noexcept { return properties_.mode == Mode::kGenerator; }
  /// Whether it may run while others do: what all of a request share is for one thread at a time.
  constexpr bool is_parallel_safe() const noexcept {
    return !is_plain() || !(properties_.takes_background_tasks || properties_.takes_response);
  }

  /// What its parameters and those below say, and itself where it is a security scheme.
  virtual void describe(EndpointDescription& description) const = 0;

  /// Makes a frame of `frame_size` bytes, aligned to 16; gives where its result will lie.
  virtual void* construct(void* frame) const = 0;
  virtual void destroy(void* frame) const noexcept = 0;
  /// Reads its parameters.
  virtual void extract(void* frame, detail::ArgumentSource& source,
                       ValidationErrors& errors) const = 0;
  /// Of a plain function, on whichever thread.
  virtual void call(void* frame) const = 0;
  /// Of a coroutine, and of a generator up to its co_yield. The frame outlives it.
  virtual Task<> run(void* frame) const = 0;
  /// Of a generator: what stands behind its co_yield, where `failure` is thrown if there is one.
  virtual Task<> leave(void* frame, std::exception_ptr failure) const = 0;

 protected:
  constexpr explicit Dependency(Properties properties) noexcept : properties_(properties) {}
  constexpr virtual ~Dependency() = default;

 private:
  Properties properties_;
};

}  // namespace capricorn
