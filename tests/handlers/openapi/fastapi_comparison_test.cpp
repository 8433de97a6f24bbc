// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "../../../handlers/openapi/openapi_document.hpp"

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

enum class Color { red, green };
struct Part {
  std::string label;
  std::vector<Part> parts;
};
struct Item {
  Field<std::string, MinLength{3}, MaxLength{50}> name;
  Field<double, Gt{0}> price;
  std::optional<double> tax;
  Field<int, Default{1}, Ge{0}, Le{1000}> count;
  Color color = Color::red;
  std::vector<std::string> tags;
  std::map<std::string, double> sizes;
  std::optional<Part> part;
};
struct Message {
  std::string text;
};
struct Filter {
  Field<int, Default{100}, Gt{0}, Le{100}> limit;
  std::optional<std::string> order_by;
};
struct Login {
  std::string username;
  bool remember = false;
};

struct Cat {
  Literal<"cat"> kind;
  int lives = 9;
};
struct Dog {
  Literal<"dog"> kind;
  bool good = true;
};
struct Order {
  static constexpr ModelConfig model_config{.extra = Extra::kForbid, .example = R"({"id": 1})"};
  Uuid id;
  DateTime made;
  std::optional<Date> day;
  std::optional<Time> at;
  std::optional<std::chrono::microseconds> within;
  std::optional<Decimal> total;
  Literal<"low", "high"> urgency = "low";
  std::set<std::string> labels;
  Field<std::string, Pattern{"^[A-Z]+$"}, Title{"The code"}, Description{"In capitals"},
        Example{"ABC"}, Example{"X"}, Deprecated{}>
      code;
  Field<std::string, Alias{"remark"}, Default{""}> note;
  std::variant<int, std::string> either;
  Field<std::variant<Cat, Dog>, Discriminator{"kind"}> pet;
};
struct Common {
  std::string x_token;
  std::optional<std::string> if_range;
};

inline constexpr HTTPBearer bearer;
inline constexpr OAuth2PasswordBearer oauth2{
    "token", {.scopes = {{"items", "Read items"}, {"me", "Read oneself"}}}};

Task<int> paging(Query<int, "skip", Default{0}>, Query<int, "limit", Default{10}>) { co_return 0; }
Task<std::string> current_user(Depends<oauth2> token) { co_return *token; }

class Routes {
 public:
  template <class Result, class... Parameters>
  Operation& add(Method method, std::string path, std::string name) {
    Operation& operation = operations_.emplace_back();
    operation.method = method;
    operation.path = std::move(path);
    operation.name = std::move(name);
    detail::describe_parameters<Parameters...>(operation.endpoint);
    operation.endpoint.result = detail::result_info<Result>();
    return operation;
  }
  std::span<const Operation> all() const { return operations_; }

 private:
  std::vector<Operation> operations_;
};

DocumentInfo shop() {
  return {.title = "Shop",
          .version = "2.1.0",
          .summary = "Things for sale",
          .description = "All that a *shop* does.",
          .terms_of_service = "https://shop.example/terms",
          .contact = {.name = "Ada", .url = "https://shop.example/", .email = "ada@shop.example"},
          .license_info = {.name = "MIT", .identifier = "MIT"},
          .servers = {{"https://api.shop.example", "the real one"}},
          .tags = {{.name = "items",
                    .description = "What is sold",
                    .external_docs_url = "https://shop.example/docs",
                    .external_docs_description = "More"}}};
}

Routes shop_routes() {
  Routes routes;
  using enum Method;
  routes.add<void>(kGet, "/", "root");
  routes
      .add<Item, Path<int, "item_id", Ge{1}>, Query<std::optional<std::string>, "q">,
           Query<bool, "full", Default{false}>>(kGet, "/items/{item_id}", "read_item")
      .tags = {"items"};
  Operation& list = routes.add<std::vector<Item>, Header<std::optional<std::string>, "user_agent">,
                               Cookie<std::optional<std::string>, "session">,
                               Query<std::vector<Color>, "colors">>(kGet, "/items", "read_items");
  list.tags = {"items"};
  list.summary = "List them";
  list.description = "All *items*.";
  list.deprecated = true;
  list.response_description = "A list of items";
  Operation& create = routes.add<Item, Body<Item>>(kPost, "/items", "create_item");
  create.tags = {"items", "new"};
  create.status_code = 201;
  create.responses = {{409, {"It exists", response_model<Message>()}}, {"5XX", {}}};
  routes.add<std::map<std::string, int>, Path<int, "item_id">, Body<Item, "item">,
             Body<std::string, "note", Default{"none"}>>(kPut, "/items/{item_id}", "update_item");
  routes.add<void, Path<int, "item_id">>(kDelete, "/items/{item_id}", "delete_item").status_code =
      204;
  routes.add<std::vector<std::string>, Query<Filter>>(kGet, "/search", "search");
  routes.add<std::string, Form<Login>>(kPost, "/login", "login");
  routes.add<bool, Form<std::string, "username">, Form<int, "age", Default{18}>>(kPost, "/signup",
                                                                                 "signup");
  routes.add<int, Form<std::string, "title">, File<UploadFile, "photo">,
             File<std::vector<UploadFile>, "others">, File<std::optional<UploadFile>, "thumbnail">>(
      kPost, "/photos", "upload");
  routes.add<std::string, Path<std::string, "path">>(kGet, "/files/{path:path}", "read_file")
      .operation_id = "read_any_file";
  routes.add<double, Depends<paging>, Query<std::string, "q">>(kGet, "/pages", "pages");
  routes.add<Message, Security<current_user, "me", "items">, Depends<bearer>>(kGet, "/me", "me");
  routes.add<
      Message, Body<Order, "order", Embed{}>,
      Query<std::optional<std::string>, "item_query", Alias{"item-query"}, Title{"Query string"},
            Description{"What to look for"}, MinLength{3}, Deprecated{}>,
      Query<std::string, "trace", Default{""}, IncludeInSchema{false}>>(kPost, "/orders", "order");
  routes.add<Color, Header<Common>>(kGet, "/common", "common");
  routes.add<std::optional<Message>>(kGet, "/extra", "extra").openapi_extra =
      R"({"x-owner": "team", "responses": {"200": {"x-note": "n"}}})";
  return routes;
}

Json fastapi_document() {
  const char* root = std::getenv("SOURCE_ROOT");
  REQUIRE_MESSAGE(root, "SOURCE_ROOT is the project's folder; `./dev test` sets it");
  std::ifstream file(std::string(root) + "/tests/handlers/openapi/fastapi/app.json");
  return Json::parse(file);
}

}  // namespace

TEST_CASE("the document is what FastAPI says of the same application") {
  const Json ours = make_openapi_document(shop(), shop_routes().all());
  const Json theirs = fastapi_document();
  // As maps: the order of keys is for people.
  const nlohmann::json difference =
      nlohmann::json::diff(nlohmann::json(ours), nlohmann::json(theirs));
  CHECK_MESSAGE(difference.empty(), difference.dump(2));
}
