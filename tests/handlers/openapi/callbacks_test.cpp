// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

struct Invoice {
  std::string id;
  double total;
};
struct InvoiceEvent {
  std::string description;
  bool paid;
};
struct InvoiceEventReceived {
  bool ok;
};

APIRouter invoice_callbacks() {
  APIRouter router;
  router.post(
      "{$callback_url}/invoices/{$request.body.id}",
      [](Body<InvoiceEvent>) -> Task<InvoiceEventReceived> { co_return InvoiceEventReceived{}; },
      {.name = "invoice_notification"});
  return router;
}

}  // namespace

TEST_CASE("a route tells of the requests that it sends to its client, as FastAPI does") {
  App app;
  app.post(
      "/invoices/",
      [](Body<Invoice>, Query<std::optional<HttpUrl>, "callback_url">) -> Task<> { co_return; },
      {.name = "create_invoice", .callbacks = invoice_callbacks().routes()});
  const Json& document = app.openapi();
  const Json& post = document["paths"]["/invoices/"]["post"];
  CHECK(post["callbacks"] == Json::parse(R"({
    "invoice_notification": {
      "{$callback_url}/invoices/{$request.body.id}": {
        "post": {
          "summary": "Invoice Notification",
          "operationId": "invoice_notification__callback_url__invoices___request_body_id__post",
          "requestBody": {
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/InvoiceEvent"}}},
            "required": true},
          "responses": {
            "200": {
              "description": "Successful Response",
              "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/InvoiceEventReceived"}}}},
            "422": {
              "description": "Validation Error",
              "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}}}}}}})"));
  CHECK(document["components"]["schemas"].contains("InvoiceEvent"));
  CHECK(document["paths"].size() == 1);
}

TEST_CASE("a callback is never served") {
  App app;
  CHECK_THROWS_WITH_AS(app.include_router(invoice_callbacks()),
                       "\"{$callback_url}/invoices/{$request.body.id}\": a route pattern starts "
                       "with a slash",
                       std::invalid_argument);
}
