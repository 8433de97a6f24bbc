// SPDX-License-Identifier: MIT
// A service that says what it does: the samples of docs/openapi.md.
#include <capricorn/capricorn.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

enum class Size { small, medium, large };

struct Cup {
  std::string name;
  Field<double, Gt{0}> price;
  Size size = Size::medium;
  std::optional<std::string> note;
};

struct Message {
  std::string detail;
};

Task<Cup> read_cup(Path<int, "cup_id", Ge{1}> cup_id) {
  if (*cup_id > 100) throw HTTPException(404, "No such cup");
  co_return Cup{"Number " + std::to_string(*cup_id), 2.5, Size::small, std::nullopt};
}

Task<std::vector<Cup>> read_cups(Query<int, "limit", Default{10}, Ge{1}, Le{100}> limit) {
  co_return std::vector<Cup>(static_cast<std::size_t>(*limit), Cup{"Plain", 1.5});
}

Task<Response> health() { co_return PlainTextResponse("fine"); }

Task<Response> label(Path<int, "cup_id"> cup_id) {
  co_return HTMLResponse("<h1>Cup " + std::to_string(*cup_id) + "</h1>");
}

App make_app() {
  App app({.title = "Cups",
           .summary = "What there is to drink from",
           .description = "Every cup of the **kitchen**, by number.",
           .version = "1.2.0",
           .openapi_tags = {{.name = "cups", .description = "One by one, or all of them"}},
           .contact = {.name = "The kitchen", .email = "kitchen@example.com"},
           .license_info = {.name = "MIT", .identifier = "MIT"}});

  app.get("/cups/{cup_id}", read_cup,
          {.tags = {"cups"},
           .summary = "One cup",
           .description = "By its number. Those above 100 are *not there*.",
           .name = "read_cup",
           .responses = {{404, {"There is no such cup", response_model<Message>()}}}});
  app.get("/cups", read_cups, {.tags = {"cups"}, .operation_id = "read_cups"});
  app.get("/cups/{cup_id}/label", label,
          {.tags = {"cups"}, .deprecated = true, .response_media_type = "text/html"});
  app.get("/health", health, {.include_in_schema = false});

  app.openapi()["info"]["x-logo"] = {{"url", "https://example.com/cup.png"}};
  return app;
}

}  // namespace

CAPRICORN_APP(make_app)
