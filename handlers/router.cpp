// SPDX-License-Identifier: MIT
#include "router.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "../http/field_value.hpp"
#include "parameters.hpp"
#include "pattern.hpp"
#include "response_model.hpp"

namespace capricorn {
namespace {

using Fits = bool (*)(std::string_view segment);

bool is_hex(char c) { return hex_value(c) >= 0; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_ascii_digit);
}

bool is_float(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return all_digits(text);
  return all_digits(text.substr(0, dot)) && all_digits(text.substr(dot + 1));
}

/// As in Starlette each hyphen may be left out.
bool is_uuid(std::string_view text) {
  for (const std::size_t digits : {8, 4, 4, 4, 12}) {
    if (text.size() < digits || !std::ranges::all_of(text.substr(0, digits), is_hex)) return false;
    text.remove_prefix(digits);
    if (digits != 12 && text.starts_with('-')) text.remove_prefix(1);
  }
  return text.empty();
}

bool is_something(std::string_view text) { return !text.empty(); }
bool is_anything(std::string_view) { return true; }

struct Convertor {
  std::string_view name;
  Fits fits;
};
constexpr Convertor kConvertors[] = {{"", is_something},  {"str", is_something},
                                     {"int", all_digits}, {"float", is_float},
                                     {"uuid", is_uuid},   {"path", is_anything}};

bool is_word(std::string_view text) {
  const auto in_word = [](char c) { return is_ascii_alnum(c) || c == '_'; };
  return !text.empty() && std::ranges::all_of(text, in_word);
}

DependencyOwner owner_of(const RouteDeclaration& route) {
  if (!route.endpoint) {
    return {.uses = route.websocket->uses(), .websocket = true, .route = route.pattern};
  }
  const RouteEndpoint::Properties& properties = route.endpoint->properties();
  return {.uses = properties.uses,
          .bodies = properties.bodies,
          .reads_form = properties.reads_form,
          .route = route.pattern};
}

/// What is streamed is not there as a whole that could be shaped. The model of events is what the
/// document says of their data.
void check_stream(const APIRoute& route) {
  if (!route.endpoint || !route.endpoint->properties().streams) return;
  const RouteOptions& options = route.options;
  const bool model = options.response_model && !route.endpoint->properties().streams_events;
  if (!model && !changes_members(options)) return;
  throw std::invalid_argument(
      "\"" + route.pattern +
      "\": a handler that is an AsyncGenerator sends its items as they are: it takes no "
      "response_model, response_model_include, _exclude, _exclude_unset, _defaults, _none or "
      "_by_alias. Yield the model itself");
}

void check_members(const APIRoute& route) {
  if (!route.endpoint || !changes_members(route.options)) return;
  EndpointDescription description;
  route.endpoint->describe(description);
  check_members(route.options, description.result, route.pattern);
}

}  // namespace

/// One segment of a pattern: `prefix{name:convertor}suffix`, or only text.
struct Router::Segment {
  std::string prefix;
  std::string suffix;
  std::string name;
  Fits fits = is_something;
  bool dynamic = false;

  bool takes_rest() const { return fits == is_anything; }

  /// What stands in the place of the parameter; nothing where the text does not fit.
  std::optional<std::string_view> value_in(std::string_view text) const {
    const std::size_t around = prefix.size() + suffix.size();
    if (text.size() < around || !text.starts_with(prefix) || !text.ends_with(suffix)) {
      return std::nullopt;
    }
    text = text.substr(prefix.size(), text.size() - around);
    return fits(text) ? std::optional(text) : std::nullopt;
  }
  bool same_shape(const Segment& other) const {
    return dynamic == other.dynamic && prefix == other.prefix && suffix == other.suffix &&
           fits == other.fits;
  }
};

struct Router::Node {
  TextTable<std::unique_ptr<Node>> fixed;
  std::vector<std::pair<Segment, std::unique_ptr<Node>>> children;  // with a parameter
  std::vector<APIRoute*> routes;

  Node& below(Segment segment) {
    if (!segment.dynamic) {
      std::unique_ptr<Node>& child = fixed[segment.prefix];
      if (!child) child = std::make_unique<Node>();
      return *child;
    }
    const auto same = [&](const auto& child) { return child.first.same_shape(segment); };
    auto child = std::ranges::find_if(children, same);
    if (child == children.end()) {
      child = children.emplace(child, std::move(segment), std::make_unique<Node>());
    }
    return *child->second;
  }
};

struct Router::Search {
  Method method;
  bool websocket;
  Match& match;
  std::size_t depth = 0;
  std::string_view values[kMaxPathParams] = {};
};

Router::Mount::Mount() = default;
Router::Mount::~Mount() = default;

Router::Router() : dynamic_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

void Router::add_convertor(std::string_view name, Fits fits) {
  if (find_convertor(name) || !is_word(name) || !fits) {
    throw std::invalid_argument("a convertor has a name of its own, of letters, digits and _: '" +
                                std::string(name) + "'");
  }
  convertors_.emplace_back(name, fits);
}

/// Null where there is none.
Fits Router::find_convertor(std::string_view name) const {
  for (const Convertor& known : kConvertors) {
    if (known.name == name) return known.fits;
  }
  for (const auto& [known, fits] : convertors_) {
    if (known == name) return fits;
  }
  return nullptr;
}

Router::Segment Router::parse_segment(std::string_view text) const {
  Segment segment;
  const std::size_t open = text.find('{');
  segment.prefix = text.substr(0, open);
  if (open == std::string_view::npos) return segment;
  const std::size_t close = text.find('}', open);
  if (close == std::string_view::npos) {
    throw std::invalid_argument("a brace of the route pattern has no partner");
  }
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  const std::size_t colon = inside.find(':');
  segment.dynamic = true;
  segment.name = inside.substr(0, colon);
  if (colon != std::string_view::npos) segment.fits = find_convertor(inside.substr(colon + 1));
  segment.suffix = text.substr(close + 1);
  if (segment.suffix.find('{') != std::string::npos) {
    throw std::invalid_argument("a segment of a route pattern has one parameter at most");
  }
  return segment;
}

/// The names that a handler and its dependencies read are in the pattern, of which a part may have
/// come from a router's prefix; and what else can be wrong with them is said now.
void Router::check_parameters(const APIRoute& route) {
  EndpointDescription description;
  if (route.endpoint)
    route.endpoint->describe(description);
  else
    route.websocket->describe(description);
  for (const DependencyUse& use : route.declared_dependencies()) use.describe(description);
  detail::check_options(route.options.response_model.type, {nullptr, "response"}, route.pattern);
  for (const ParameterInfo& parameter : description.parameters) {
    detail::check_options(parameter, route.pattern);
    if (parameter.place != ParameterPlace::kPath || parameter.name.empty()) continue;
    if (parameter.field->metadata->from_mount) continue;
    if (std::ranges::find(route.names, parameter.name) == route.names.end()) {
      detail::throw_pattern_fault(detail::PatternFault::kNameMissing, route.pattern);
    }
  }
}

void Router::check_syntax(std::string_view pattern) const {
  const auto is_known = [this](std::string_view name) { return find_convertor(name) != nullptr; };
  const detail::PatternFault fault = detail::syntax_fault(pattern, is_known);
  if (fault != detail::PatternFault::kNone) detail::throw_pattern_fault(fault, pattern);
}

void Router::add(RouteDeclaration declaration, HandlerPool* pool) {
  check_syntax(declaration.pattern);
  auto route = std::make_unique<APIRoute>(std::move(declaration));
  route->full_pattern = prefix_ + route->pattern;
  detail::for_each_name(route->pattern,
                        [&](std::string_view name) { route->names.emplace_back(name); });
  check_parameters(*route);
  check_stream(*route);
  check_members(*route);
  route->pool = pool;
  route->resolved = RouteDependencies::make(route->declared_dependencies(), owner_of(*route));
  route->simple =
      route->endpoint && !route->resolved && route->options.timeout == Duration::zero() &&
      !route->endpoint->properties().takes_request_data && !shapes_response(route->options);
  place(std::move(route));
}

namespace {

/// HEAD goes with GET, and yet is the route's that was declared for it alone, as a FastAPI user
/// writes it beside the one for GET.
void give_way_to_head(std::vector<APIRoute*>& routes, const APIRoute& added) {
  constexpr MethodSet kHead = method_bit(Method::kHead);
  constexpr MethodSet kGet = method_bit(Method::kGet);
  if ((added.methods & (kHead | kGet)) != kHead) return;
  for (APIRoute* const route : routes) {
    if ((route->methods & kGet) != 0) route->methods &= static_cast<MethodSet>(~kHead);
  }
}

}  // namespace

void Router::place(std::unique_ptr<APIRoute> route) {
  const std::string_view pattern = route->pattern;
  route->order = order_++;
  sealed_ = false;
  if (pattern.find('{') == std::string_view::npos) {
    std::vector<APIRoute*>& same = fixed_[route->pattern].routes;
    give_way_to_head(same, *route);
    same.push_back(route.get());
    routes_.push_back(std::move(route));
    return;
  }
  has_dynamic_ = true;
  Node* node = dynamic_.get();
  std::string_view rest = pattern.substr(1);
  for (bool more = true; more;) {
    const std::size_t slash = rest.find('/');
    more = slash != std::string_view::npos;
    Segment segment = parse_segment(rest.substr(0, slash));
    rest = more ? rest.substr(slash + 1) : std::string_view();
    node = &node->below(std::move(segment));
  }
  give_way_to_head(node->routes, *route);
  node->routes.push_back(route.get());
  routes_.push_back(std::move(route));
}

void Router::mount(std::string_view prefix, std::shared_ptr<Application> application) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!prefix.empty() && prefix.front() != '/') {
    throw std::invalid_argument("a mount's prefix starts with a slash");
  }
  auto mount = std::make_unique<Mount>();
  mount->prefix = prefix;
  mount->full_prefix = prefix_ + mount->prefix;
  mount->application = std::move(application);
  if (prefix.find_first_of("{}") != std::string_view::npos) {
    check_syntax(prefix);
    for (std::string_view rest = prefix; !rest.empty();) {
      rest.remove_prefix(1);
      mount->segments.push_back(parse_segment(rest.substr(0, rest.find('/'))));
      if (mount->segments.back().takes_rest()) {
        detail::throw_pattern_fault(detail::PatternFault::kRestNotLast, prefix);
      }
      rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    }
  }
  mount->order = order_++;
  sealed_ = false;
  mounts_.push_back(std::move(mount));
}

void Router::place_below(std::string_view prefix) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  prefix_.insert(0, prefix);
  for (const auto& route : routes_) route->full_pattern.insert(0, prefix);
  for (const auto& mount : mounts_) mount->full_prefix.insert(0, prefix);
}

void Router::host(std::string_view pattern, std::unique_ptr<Application> application) {
  const std::size_t open = std::min(pattern.find('{'), pattern.size());
  const std::size_t close = std::min(pattern.find('}', open), pattern.size());
  Host host{.before = ascii_lowered(pattern.substr(0, open))};
  const bool wild = open < pattern.size();
  bool braces = wild && close == pattern.size();
  if (wild && !braces) {
    host.name = pattern.substr(open + 1, close - open - 1);
    host.behind = ascii_lowered(pattern.substr(close + 1));
  }
  braces = braces || (host.before + host.behind).find_first_of("{}/:") != std::string::npos;
  if (pattern.empty() || braces || (wild && !is_word(host.name))) {
    throw std::invalid_argument("\"" + std::string(pattern) +
                                "\" is no host: \"api.example.org\", \"{name}.example.org\"");
  }
  host.application = std::move(application);
  host.order = order_++;
  hosts_.push_back(std::move(host));
}

const Router::Host* Router::match_host(std::string_view name, const Match& match) const {
  const std::string lower = ascii_lowered(name);
  const std::size_t matched = match.route   ? match.route->order
                              : match.mount ? match.mount->order
                                            : order_;
  for (const Host& host : hosts_) {
    if (host.order > matched) break;
    const bool fits = host.name.empty()
                          ? lower == host.before
                          : lower.size() > host.before.size() + host.behind.size() &&
                                lower.starts_with(host.before) && lower.ends_with(host.behind);
    if (fits) return &host;
  }
  return nullptr;
}

void Router::consider(const std::vector<APIRoute*>& routes, Search& search) {
  Match& best = search.match;
  for (const APIRoute* route : routes) {
    ++best.examined;
    if (search.websocket != (route->websocket != nullptr)) continue;
    best.allowed |= route->methods;
    if (!(route->methods & method_bit(search.method))) continue;
    if (best.route && best.route->order < route->order) continue;
    best.route = route;
    best.params = {};
    for (std::size_t i = 0; i < route->names.size(); ++i) {
      best.params.append(route->names[i], search.values[i]);
    }
  }
}

void Router::walk(const Node& node, std::string_view rest, Search& search) {
  const std::size_t slash = rest.find('/');
  const std::string_view text = rest.substr(0, slash);
  const auto go_on = [&](const Node& child, bool tail) {
    if (tail || slash == std::string_view::npos)
      consider(child.routes, search);
    else
      walk(child, rest.substr(slash + 1), search);
  };
  if (const auto* fixed = node.fixed.find(text)) go_on(**fixed, false);
  for (const auto& [segment, child] : node.children) {
    ++search.match.examined;
    const bool tail = segment.takes_rest();
    const std::optional<std::string_view> value = segment.value_in(tail ? rest : text);
    if (!value || search.depth == kMaxPathParams) continue;
    search.values[search.depth++] = *value;
    go_on(*child, tail);
    --search.depth;
  }
}

Router::Match Router::match(Method method, std::string_view path) {
  return find(method, false, path);
}

Router::Match Router::match_websocket(std::string_view path) {
  return find(Method::kGet, true, path);
}

/// Of a prefix with parameters, which takes as many segments of the path as it has.
bool Router::take_segments(const Mount& mount, std::string_view path, Match& match) {
  PathParams params;
  std::size_t taken = 0;
  for (const Segment& segment : mount.segments) {
    if (taken == path.size()) return false;  // else there is a slash
    const std::string_view rest = path.substr(taken + 1);
    const std::string_view text = rest.substr(0, rest.find('/'));
    taken += 1 + text.size();
    if (!segment.dynamic) {
      if (text != segment.prefix) return false;
      continue;
    }
    const std::optional<std::string_view> value = segment.value_in(text);
    if (!value) return false;
    params.append(segment.name, *value);
  }
  match.params = params;
  match.taken = taken;
  return true;
}

bool Router::takes(const Mount& mount, std::string_view path, Match& match) {
  if (!mount.segments.empty()) return take_segments(mount, path, match);
  const std::string& prefix = mount.prefix;
  if (!path.starts_with(prefix)) return false;
  if (path.size() > prefix.size() && path[prefix.size()] != '/') return false;
  match.params = {};
  match.taken = prefix.size();
  return true;
}

Router::Match Router::find(Method method, bool websocket, std::string_view path) {
  if (!sealed_) [[unlikely]]
    seal();
  Match best;
  const FixedPath* fixed = fixed_.find(path);
  Search search{method, websocket, best};
  if (fixed) consider(fixed->routes, search);
  if (fixed && fixed->alone) [[likely]]
    return best;
  if (!path.empty() && has_dynamic_) walk(*dynamic_, path.substr(1), search);
  if (!mounts_.empty()) find_mount(path, best);
  return best;
}

/// The first that takes the path, unless a route that was declared before it does. A mount takes
/// what begins behind its prefix: of the prefix alone it is told where nobody else answers.
void Router::find_mount(std::string_view path, Match& best) const {
  Match match;
  for (const auto& mount : mounts_) {
    if (best.route && best.route->order < mount->order) return;
    if (!takes(*mount, path, match)) continue;
    if (match.taken == path.size() && (best.route || best.mount)) continue;
    best.mount = mount.get();
    best.taken = match.taken;
    if (best.taken == path.size()) continue;
    best.params = match.params;
    best.route = nullptr;
    return;
  }
}

/// What each request would have to find out again.
void Router::seal() {
  for (auto& [path, fixed] : fixed_) fixed.alone = is_alone(path);
  sealed_ = true;
}

bool Router::is_alone(std::string_view path) const {
  Match others;
  const auto around = [&](const auto& mount) { return takes(*mount, path, others); };
  if (std::ranges::any_of(mounts_, around)) return false;
  if (!has_dynamic_ || path.empty()) return true;
  for (const bool websocket : {false, true}) {
    Search search{Method::kGet, websocket, others};
    walk(*dynamic_, path.substr(1), search);
  }
  return others.allowed == 0;
}

std::string allow_header(MethodSet methods) {
  constexpr std::array kSorted = {Method::kConnect, Method::kDelete,  Method::kGet,
                                  Method::kHead,    Method::kOptions, Method::kPatch,
                                  Method::kPost,    Method::kPut,     Method::kTrace};
  std::string out;
  for (const Method method : kSorted) {
    if (!(methods & method_bit(method))) continue;
    if (!out.empty()) out += ", ";
    out += method_name(method);
  }
  return out;
}

}  // namespace capricorn
