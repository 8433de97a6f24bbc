// SPDX-License-Identifier: MIT
#include "dependency_plan.hpp"

#include <algorithm>
#include <stdexcept>

#include "dependency_overrides.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kAlignment = 16;
constexpr int kDeepest = 200;  // dependencies below one another

constexpr std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

[[noreturn]] void refuse(std::string_view route, std::string_view reason) {
  throw std::invalid_argument("\"" + std::string(route) + "\": " + std::string(reason));
}

std::string join(const std::vector<std::string>& scopes) {
  std::string joined;
  for (const std::string& scope : scopes) {
    if (!joined.empty()) joined += ' ';
    joined += scope;
  }
  return joined;
}

}  // namespace

/// What two places share: scopes count where somebody below looks at them.
struct DependencyPlan::Key {
  const Dependency* dependency;
  DependencyScope scope;
  Scopes scopes;

  friend bool operator==(const Key&, const Key&) = default;
};

struct DependencyPlan::Builder {
  DependencyPlan& plan;
  const DependencyOverrides& overrides;
  const bool websocket;
  struct Cached {
    Key key;
    std::uint32_t step;
  };
  std::vector<Cached> cache{};

  /// The one that is called in its place, or itself.
  const Dependency& called(const Dependency& dependency) {
    if (overrides.empty()) return dependency;
    const std::shared_ptr<const Dependency> fake = overrides.find(dependency);
    if (!fake) return dependency;
    if (std::ranges::find(plan.overrides_, fake) == plan.overrides_.end()) {
      plan.overrides_.push_back(fake);
    }
    return *fake;
  }

  /// Whether scopes make a difference to it or to one below. The types make no circle of
  /// dependencies; overrides can.
  bool sees_scopes(const Dependency& dependency, int depth = 0) {
    if (depth > kDeepest) {
      throw std::invalid_argument("a dependency depends on itself by its override");
    }
    const Dependency::Properties& properties = called(dependency).properties();
    bool seen = properties.takes_scopes;
    for (const DependencyUse& use : properties.uses) {
      seen = sees_scopes(*use.dependency, depth + 1) || seen || !use.scopes.empty();
    }
    return seen;
  }

  static Scopes widened(Scopes scopes, const DependencyUse& use) {
    for (const std::string_view scope : use.scopes) {
      if (std::ranges::find(scopes, scope) == scopes.end()) scopes.emplace_back(scope);
    }
    return scopes;
  }

  /// One whose own dependencies have their steps.
  struct Prepared {
    const DependencyUse& use;
    Key key;
    Scopes scopes;
    std::vector<std::uint32_t> dependencies;
  };

  const Cached* find(const DependencyUse& use, const Key& key) const {
    const auto cached = std::ranges::find(cache, key, &Cached::key);
    return use.use_cache && cached != cache.end() ? &*cached : nullptr;
  }

  Prepared prepare(const DependencyUse& use, const Scopes& outer) {
    const bool scoped = sees_scopes(*use.dependency) || !use.scopes.empty();
    Scopes scopes = widened(outer, use);
    Prepared prepared{use, {use.dependency, use.scope, scoped ? scopes : Scopes{}}, {}, {}};
    if (find(use, prepared.key)) return prepared;
    const Dependency::Properties& properties = called(*use.dependency).properties();
    if (properties.takes_websocket && !websocket) {
      throw std::invalid_argument(
          "a dependency that takes WebSocket& is for the handlers of app.websocket()");
    }
    if (properties.takes_background_tasks && websocket) {
      throw std::invalid_argument(
          "a dependency that takes BackgroundTasks& is for handlers that answer: behind a "
          "websocket's nothing runs");
    }
    prepared.dependencies = visit_all(properties.uses, scopes);
    prepared.scopes = std::move(scopes);
    return prepared;
  }

  std::uint32_t finish(Prepared prepared) {
    const DependencyUse& use = prepared.use;
    if (const Cached* cached = find(use, prepared.key)) return cached->step;
    const Dependency& dependency = called(*use.dependency);
    Step step{.dependency = &dependency,
              .dependencies = std::move(prepared.dependencies),
              .scopes = {},
              .scope = use.scope,
              .parallel = use.parallel && dependency.is_parallel_safe()};
    if (dependency.properties().takes_scopes) step.scopes = keep(std::move(prepared.scopes));
    plan.place(std::move(step));
    const auto index = static_cast<std::uint32_t>(plan.steps_.size() - 1);
    if (use.use_cache) cache.push_back({std::move(prepared.key), index});
    return index;
  }

  /// Those beside each other that are parallel come directly behind one another: what they need
  /// comes before them all.
  std::vector<std::uint32_t> visit_all(std::span<const DependencyUse> uses, const Scopes& scopes) {
    std::vector<std::uint32_t> steps;
    for (std::size_t begin = 0; begin < uses.size();) {
      std::vector<Prepared> together;
      do {
        together.push_back(prepare(uses[begin++], scopes));
      } while (uses[begin - 1].parallel && begin < uses.size() && uses[begin].parallel);
      for (Prepared& prepared : together) steps.push_back(finish(std::move(prepared)));
    }
    return steps;
  }

  SecurityScopes keep(Scopes scopes) {
    const auto& kept =
        *plan.scopes_.emplace_back(std::make_unique<const Scopes>(std::move(scopes)));
    const auto& joined =
        *plan.joined_scopes_.emplace_back(std::make_unique<const std::string>(join(kept)));
    return {kept, joined};
  }
};

DependencyPlan::DependencyPlan(const DependencyList& declared, const DependencyOwner& handler,
                               const DependencyOverrides& overrides) {
  Builder builder{*this, overrides, handler.websocket};
  builder.visit_all(declared, {});
  handler_ = builder.visit_all(handler.uses, {});
  embeds_bodies_ = has_several_bodies(handler);
}

/// As in FastAPI those of one name are one. Without a name a function's body is its own.
bool DependencyPlan::has_several_bodies(const DependencyOwner& handler) const {
  struct Body {
    const Dependency* owner;  // of one without a name; null: the handler
    std::string_view name;
    bool operator==(const Body&) const = default;
  };
  std::vector<Body> bodies;
  const auto add = [&](const Dependency* owner, std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      const Body body{name.empty() ? owner : nullptr, name};
      if (std::ranges::find(bodies, body) == bodies.end()) bodies.push_back(body);
    }
  };
  add(nullptr, handler.bodies);
  for (const Step& step : steps_) add(step.dependency, step.dependency->properties().bodies);
  if (!bodies.empty() && (handler.reads_form || reads_form_)) {
    refuse(handler.route,
           "a Body<> or Form<> and File<> parameters, of the handler and its dependencies, not "
           "both: a request has one body");
  }
  if (bodies.size() < 2) return false;
  if (std::ranges::any_of(bodies, &std::string_view::empty, &Body::name)) {
    refuse(handler.route,
           "each of several Body<> parameters, of the handler and its dependencies, has a name: "
           "Body<Item, \"item\">, Body<User, \"user\">");
  }
  return true;
}

void DependencyPlan::place(Step step) {
  const Dependency::Properties& properties = step.dependency->properties();
  step.frame_offset = frames_size_;
  frames_size_ += aligned(properties.frame_size);
  reads_body_ = reads_body_ || properties.reads_body;
  reads_form_ = reads_form_ || properties.reads_form;
  has_plain_ = has_plain_ || step.dependency->is_plain();
  for (const std::string_view name : properties.files) {
    if (!name.empty()) files_.push_back(name);
  }
  steps_.push_back(std::move(step));
}

RouteDependencies::RouteDependencies(DependencyList declared, const DependencyOwner& handler)
    : declared_(std::move(declared)), handler_(handler) {
  // What cannot be is said when the route is registered.
  plan_ = std::make_shared<const DependencyPlan>(declared_, handler_, DependencyOverrides());
}

std::unique_ptr<RouteDependencies> RouteDependencies::make(DependencyList declared,
                                                           const DependencyOwner& handler) {
  if (declared.empty() && handler.uses.empty()) return nullptr;
  return std::unique_ptr<RouteDependencies>(new RouteDependencies(std::move(declared), handler));
}

const std::shared_ptr<const DependencyPlan>& RouteDependencies::plan(
    const DependencyOverrides& overrides) {
  if (version_ != overrides.version()) {
    plan_ = std::make_shared<const DependencyPlan>(declared_, handler_, overrides);
    version_ = overrides.version();
  }
  return plan_;
}

}  // namespace capricorn
