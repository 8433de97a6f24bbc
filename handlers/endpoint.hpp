// SPDX-License-Identifier: MIT
#pragma once

#include "../loop/task.hpp"
#include "openapi/description.hpp"
#include "request.hpp"
#include "response.hpp"

namespace capricorn {

class Executor;

/// A handler behind its analysed signature. The request lives until the task has ended; a job in
/// the pool takes a reference of its own.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual Task<Response> operator()(Request& request, Executor* pool) = 0;
  /// Whether it runs in the pool.
  virtual bool is_plain() const noexcept = 0;
  /// For the OpenAPI document.
  virtual void describe(EndpointDescription& description) const = 0;
};

}  // namespace capricorn
