// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dependency.hpp"

namespace capricorn {

class DependencyOverrides;

/// What a plan has to know of the handler.
struct DependencyOwner {
  std::span<const DependencyUse> uses = {};
  std::span<const std::string_view> bodies = {};  // names of its Body<> parameters
  bool reads_form = false;
  bool websocket = false;
  std::string_view route = {};  // its pattern, for what is wrong; it outlives the plan
};

/// All that a route's dependencies come to, in the order in which they are called: each once, below
/// those that ask for it. Made when the route is registered, and again where overrides change.
class DependencyPlan {
 public:
  struct Step {
    const Dependency* dependency;
    std::vector<std::uint32_t> dependencies;  // steps that its parameters are the results of
    SecurityScopes scopes;
    std::size_t frame_offset = 0;
    DependencyScope scope = DependencyScope::kRequest;
    bool parallel = false;
  };

  /// First `declared`, by the application, the routers and the route, then what the handler's
  /// parameters ask for. Throws std::invalid_argument for one that needs a websocket where there is
  /// none, for background tasks of a websocket, where one of several bodies has no name, and for a
  /// body beside a form.
  DependencyPlan(const DependencyList& declared, const DependencyOwner& handler,
                 const DependencyOverrides& overrides);
  DependencyPlan(const DependencyPlan&) = delete;  // its steps' scopes are views

  std::span<const Step> steps() const noexcept { return steps_; }
  /// Steps that the handler's parameters are the results of.
  std::span<const std::uint32_t> handler_dependencies() const noexcept { return handler_; }
  std::size_t frames_size() const noexcept { return frames_size_; }
  /// Whether there are several Body<> parameters, the handler's counted: each is a member of the
  /// one body, by its name.
  bool embeds_bodies() const noexcept { return embeds_bodies_; }
  bool reads_body() const noexcept { return reads_body_; }
  bool reads_form() const noexcept { return reads_form_; }
  std::span<const std::string_view> files() const noexcept { return files_; }
  bool has_plain() const noexcept { return has_plain_; }

 private:
  using Scopes = std::vector<std::string>;
  struct Key;
  struct Builder;
  void place(Step step);
  bool has_several_bodies(const DependencyOwner& handler) const;

  std::vector<Step> steps_;
  std::vector<std::uint32_t> handler_;
  std::vector<std::unique_ptr<const Scopes>> scopes_;
  std::vector<std::unique_ptr<const std::string>> joined_scopes_;
  std::vector<std::shared_ptr<const Dependency>> overrides_;
  std::vector<std::string_view> files_;
  std::size_t frames_size_ = 0;
  bool embeds_bodies_ = false;
  bool reads_body_ = false;
  bool reads_form_ = false;
  bool has_plain_ = false;
};

/// What a route keeps of its dependencies.
class RouteDependencies {
 public:
  /// None where there are no dependencies at all.
  static std::unique_ptr<RouteDependencies> make(DependencyList declared,
                                                 const DependencyOwner& handler);

  /// The plan under the overrides that hold now.
  const std::shared_ptr<const DependencyPlan>& plan(const DependencyOverrides& overrides);
  const DependencyList& declared() const noexcept { return declared_; }

 private:
  RouteDependencies(DependencyList declared, const DependencyOwner& handler);

  DependencyList declared_;
  DependencyOwner handler_;
  std::shared_ptr<const DependencyPlan> plan_;
  std::uint64_t version_ = 0;
};

}  // namespace capricorn
