// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "../loop/task.hpp"
#include "dependency.hpp"
#include "openapi/description.hpp"
#include "request.hpp"
#include "response.hpp"

namespace capricorn {

class DependencyResolution;
class Executor;

/// A handler behind its analysed signature. The request lives until the task has ended; a job in
/// the pool takes a reference of its own.
class RouteEndpoint {
 public:
  struct Properties {
    bool plain = false;               // it runs in the pool
    bool returns_response = false;    // and not a value that becomes one
    bool takes_request_data = false;  // Response& or BackgroundTasks&
    bool reads_body = false;
    bool reads_form = false;
    std::span<const std::string_view> bodies = {};  // names of its Body<> parameters
    std::span<const std::string_view> files = {};   // whose bytes it takes
    std::span<const DependencyUse> uses = {};       // of its Depends<> and Security<>, in order
    const TypeInfo* result = nullptr;               // of the value that it returns
    bool streams = false;                           // it is an AsyncGenerator
    bool streams_events = false;                    // of ServerSentEvents
  };

  virtual ~RouteEndpoint() = default;
  /// What its properties say of body and form is read already. `resolution` is null where nothing
  /// depends on anything; else it is resolved, or has kept the tail of its plain functions for the
  /// handler's job. Errors of the parameters are added to its own then, and the handler is not
  /// called; without one they are answered, or thrown as RequestValidationError.
  virtual Task<Response> operator()(Request& request, Executor* pool,
                                    DependencyResolution* resolution) = 0;
  /// For the OpenAPI document.
  virtual void describe(EndpointDescription& description) const = 0;

  const Properties& properties() const noexcept { return properties_; }
  bool is_plain() const noexcept { return properties_.plain; }

 protected:
  explicit RouteEndpoint(const Properties& properties) noexcept : properties_(properties) {}

 private:
  Properties properties_;
};

}  // namespace capricorn
