// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace capricorn {

struct FieldMetadata;
struct TypeInfo;

enum class ParameterPlace : unsigned char {
  kPath,
  kQuery,
  kHeader,
  kCookie,
  kBody,
  kForm,
  kFile,
};

/// One parameter as a constant table: of a handler, or of one of its dependencies. Its constraints,
/// default, title and description are those of `field`, as they are for a member of a model.
struct ParameterInfo {
  ParameterPlace place;
  /// As on the wire. Empty: the whole body or form, or of a query, header or cookie a group, whose
  /// model's members are the parameters.
  std::string_view name;
  const TypeInfo* field = nullptr;  // null for a file
  bool required = true;
  bool many = false;                // a file: all of that name
  bool embed = false;               // a body: under its name also where it is the only one
  bool convert_underscores = true;  // a group of headers: "-" on the wire where a member has "_"
  const FieldMetadata* metadata = nullptr;  // of a file, which has no field
};

/// A security scheme that has to be satisfied: `json` is OpenAPI's Security Scheme Object.
struct SecurityRequirement {
  std::string name;
  std::string json;
  std::vector<std::string> scopes;
};

/// What a route says of itself. Filled when the OpenAPI document is made, never by a request: a
/// handler's endpoint adds what its parameters, dependencies and result say by their static
/// `describe(EndpointDescription&)`.
struct EndpointDescription {
  std::vector<ParameterInfo> parameters;  // the handler's, then those of its dependencies
  std::vector<SecurityRequirement> security;
  const TypeInfo* result = nullptr;       // null: a Response, or nothing
  bool streams = false;                   // JSON Lines, each a
  const TypeInfo* stream_item = nullptr;  // null: nothing says what
  bool streams_events = false;
  /// Of the `Security<>` around the dependency that is describing itself, from outside in: each
  /// appends its own, describes its dependency and takes them off again.
  std::vector<std::string> scopes;

  void add(const ParameterInfo& parameter) { parameters.push_back(parameter); }
  /// A scheme, with the scopes around it.
  void add_security(std::string_view name, std::string json) {
    security.push_back({std::string(name), std::move(json), scopes});
  }
};

/// A parameter type that the document knows of. What it says of itself is either one
/// `static constexpr ParameterInfo kInfo`, or all that it adds in `describe`.
template <class P>
concept DescribedParameter = requires { P::kInfo; } || requires(EndpointDescription& description) {
  P::describe(description);
};

namespace detail {

/// Dependencies describe themselves after the parameters beside them.
template <class P>
inline constexpr bool is_described_last = requires { requires P::kDependency; };

template <class A>
void describe_parameter([[maybe_unused]] EndpointDescription& description) {
  using P = std::remove_cvref_t<A>;
  if constexpr (requires { P::describe(description); }) {
    P::describe(description);
  } else if constexpr (DescribedParameter<P>) {
    description.add(P::kInfo);
  }
}

/// For the parameters of a handler, or of a dependency: what needs no description (`Request&`) is
/// passed over.
template <class... A>
void describe_parameters(EndpointDescription& description) {
  ((is_described_last<std::remove_cvref_t<A>> ? void() : describe_parameter<A>(description)), ...);
  ((is_described_last<std::remove_cvref_t<A>> ? describe_parameter<A>(description) : void()), ...);
}

}  // namespace detail

}  // namespace capricorn
