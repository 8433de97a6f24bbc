// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/invoke.hpp>

using namespace capricorn;

namespace {

struct Item {
  std::string name;
  double price;
};
struct Filter {
  int limit = 10;
};

template <class F>
EndpointDescription describe_handler(F handler) {
  EndpointDescription description;
  make_endpoint(std::move(handler))->describe(description);
  return description;
}

/// As a `Depends<>` describes itself.
struct Dependence {
  static constexpr bool kDependency = true;
  static void describe(EndpointDescription& description) {
    description.scopes.push_back("items:read");
    description.add_security("Bearer", R"({"type":"http","scheme":"bearer"})");
    detail::describe_parameters<Query<int, "page", Default{1}>>(description);
    description.scopes.pop_back();
  }
};

}  // namespace

TEST_CASE("a handler's parameters describe themselves in the order of its signature") {
  const auto description = describe_handler([](Path<int, "id">, Query<int, "limit", Default{10}>,
                                               Request&, Header<std::string, "user_agent">,
                                               Cookie<std::optional<std::string>, "session">,
                                               Body<Item>) -> Task<Item> { co_return Item{}; });
  REQUIRE(description.parameters.size() == 5);
  const ParameterInfo& id = description.parameters[0];
  CHECK(id.place == ParameterPlace::kPath);
  CHECK(id.name == "id");
  CHECK(id.field->element == &type_info<int>());
  CHECK(id.required);
  const ParameterInfo& limit = description.parameters[1];
  CHECK(limit.place == ParameterPlace::kQuery);
  CHECK_FALSE(limit.required);
  REQUIRE(limit.field->constraints.size() == 1);
  CHECK(limit.field->constraints[0].integer == 10);
  CHECK(description.parameters[2].name == "user-agent");
  CHECK_FALSE(description.parameters[3].required);
  const ParameterInfo& body = description.parameters[4];
  CHECK(body.place == ParameterPlace::kBody);
  CHECK(body.name.empty());
  CHECK(body.field == &type_info<Item>());
  CHECK(description.result == &type_info<Item>());
}

TEST_CASE("a form describes its fields, its files and its model") {
  const auto fields =
      describe_handler([](Form<std::string, "name">, File<UploadFile, "photo">,
                          File<std::vector<UploadFile>, "others">) -> Task<> { co_return; });
  REQUIRE(fields.parameters.size() == 3);
  CHECK(fields.parameters[0].place == ParameterPlace::kForm);
  CHECK(fields.parameters[0].required);
  CHECK(fields.parameters[1].place == ParameterPlace::kFile);
  CHECK(fields.parameters[1].required);
  CHECK_FALSE(fields.parameters[1].many);
  CHECK_FALSE(fields.parameters[2].required);
  CHECK(fields.parameters[2].many);
  const auto described = describe_handler(
      [](File<std::string, "photo", Description{"A portrait"}, Alias{"picture"}>) -> Task<> {
        co_return;
      });
  CHECK(described.parameters[0].name == "picture");
  CHECK(described.parameters[0].metadata->description == "A portrait");
  const auto model = describe_handler([](Form<Filter>) -> Task<> { co_return; });
  REQUIRE(model.parameters.size() == 1);
  CHECK(model.parameters[0].name.empty());
  CHECK(model.parameters[0].field == &type_info<Filter>());
}

TEST_CASE("a result says nothing where it is a Response or void, and text where it is text") {
  CHECK(describe_handler([]() -> Task<Response> { co_return Response(204); }).result == nullptr);
  CHECK(describe_handler([] {}).result == nullptr);
  CHECK(describe_handler([] { return "text"; }).result == &type_info<std::string>());
  CHECK(describe_handler([] { return std::vector<int>(); }).result ==
        &type_info<std::vector<int>>());
}

TEST_CASE("dependencies describe themselves after the parameters beside them") {
  EndpointDescription description;
  detail::describe_parameters<Dependence, Query<int, "own">>(description);
  REQUIRE(description.parameters.size() == 2);
  CHECK(description.parameters[0].name == "own");
  CHECK(description.parameters[1].name == "page");
  REQUIRE(description.security.size() == 1);
  CHECK(description.security[0].name == "Bearer");
  CHECK(description.security[0].scopes == std::vector<std::string>{"items:read"});
  CHECK(description.scopes.empty());
}
