// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <nlohmann/json.hpp>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

struct Line {
  int number;
};

AsyncGenerator<Line> lines() { co_yield Line{1}; }

Json content_of(App& app) {
  return app.openapi()["paths"]["/"]["get"]["responses"]["200"]["content"];
}

}  // namespace

TEST_CASE("JSON Lines are described line by line") {
  App app;
  app.get("/", lines);
  CHECK(content_of(app) ==
        Json::parse(
            R"({"application/jsonl": {"itemSchema": {"$ref": "#/components/schemas/Line"}}})"));
  CHECK(app.openapi()["components"]["schemas"].contains("Line"));
}

TEST_CASE("a generator of events is described as an event stream") {
  const auto events = []() -> AsyncGenerator<ServerSentEvent> {
    co_yield ServerSentEvent{.data = "x"};
  };
  App app;
  app.get("/", events, {.response_model = response_model<Line>()});
  const Json content = content_of(app);
  CHECK(content.size() == 1);
  const Json data = content["text/event-stream"]["itemSchema"]["properties"]["data"];
  CHECK(data["contentSchema"]["$ref"] == "#/components/schemas/Line");
}

TEST_CASE("an event stream is described as FastAPI describes it") {
  const auto events = []() -> Task<Response> { co_return Response(); };
  App bare;
  bare.get("/", events, {.response_media_type = "text/event-stream"});
  CHECK(content_of(bare) == Json::parse(R"({"text/event-stream": {"itemSchema": {
    "type": "object",
    "properties": {
      "data": {"type": "string"},
      "event": {"type": "string"},
      "id": {"type": "string"},
      "retry": {"type": "integer", "minimum": 0}}}}})"));
  App typed;
  typed.get("/", events,
            {.response_media_type = "text/event-stream", .response_model = response_model<Line>()});
  const Json schema = content_of(typed)["text/event-stream"]["itemSchema"];
  CHECK(schema["properties"]["data"] == Json::parse(R"({
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": {"$ref": "#/components/schemas/Line"}})"));
  CHECK(schema["required"] == Json{"data"});
}
