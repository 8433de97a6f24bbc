// SPDX-License-Identifier: MIT
// Drogon, as its examples write a server: server PORT [PEM].
#include <drogon/WebSocketController.h>
#include <drogon/drogon.h>

#include <charconv>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

namespace {

using drogon::HttpRequestPtr;
using drogon::HttpResponse;
using drogon::HttpResponsePtr;
using Callback = std::function<void(const HttpResponsePtr&)>;

HttpResponsePtr refusal() {
  HttpResponsePtr response = HttpResponse::newHttpResponse();
  response->setStatusCode(drogon::k422UnprocessableEntity);
  return response;
}

bool are_numbers(const Json::Value& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (!object[name].isNumeric()) return false;
  }
  return true;
}

bool is_review(const Json::Value& review) {
  return review["author"].isString() && !review["author"].asString().empty() &&
         review["text"].isString() && review["stars"].isInt() && review["stars"].asInt() >= 1 &&
         review["stars"].asInt() <= 5;
}

bool is_item(const Json::Value& item) {
  const bool own = item["id"].isInt() && item["name"].isString() && item["active"].isBool() &&
                   item["note"].isString() && are_numbers(item, {"price", "tax"}) &&
                   item["tags"].isArray() && item["reviews"].isArray() &&
                   are_numbers(item["size"], {"width", "height", "depth"});
  if (!own || item["price"].asDouble() <= 0) return false;
  const std::size_t name = item["name"].asString().size();
  if (name == 0 || name > 100) return false;
  for (const Json::Value& tag : item["tags"]) {
    if (!tag.isString()) return false;
  }
  for (const Json::Value& review : item["reviews"]) {
    if (!is_review(review)) return false;
  }
  return true;
}

void plain(const HttpRequestPtr&, Callback&& answer) {
  HttpResponsePtr response = HttpResponse::newHttpResponse();
  response->setContentTypeCode(drogon::CT_TEXT_PLAIN);
  response->setBody("Hello, World!");
  answer(response);
}

void json(const HttpRequestPtr&, Callback&& answer) {
  Json::Value message;
  message["message"] = "Hello, World!";
  answer(HttpResponse::newHttpJsonResponse(std::move(message)));
}

void user(const HttpRequestPtr&, Callback&& answer, const std::string& parameter) {
  int id = 0;
  const char* const end = parameter.data() + parameter.size();
  const auto [last, error] = std::from_chars(parameter.data(), end, id);
  if (error != std::errc() || last != end) return answer(refusal());
  Json::Value found;
  found["id"] = id;
  found["name"] = "Alice";
  answer(HttpResponse::newHttpJsonResponse(std::move(found)));
}

void create_item(const HttpRequestPtr& request, Callback&& answer) {
  const auto item = request->getJsonObject();
  if (!item || !is_item(*item)) return answer(refusal());
  answer(HttpResponse::newHttpJsonResponse(*item));
}

void echo(const HttpRequestPtr& request, Callback&& answer) {
  HttpResponsePtr response = HttpResponse::newHttpResponse();
  response->setContentTypeString(request->getHeader("content-type"));
  response->setBody(std::string(request->body()));
  answer(response);
}

class Echo final : public drogon::WebSocketController<Echo> {
 public:
  void handleNewMessage(const drogon::WebSocketConnectionPtr& socket, std::string&& message,
                        const drogon::WebSocketMessageType& type) override {
    if (type == drogon::WebSocketMessageType::Text) socket->send(message);
  }
  void handleNewConnection(const HttpRequestPtr&, const drogon::WebSocketConnectionPtr&) override {}
  void handleConnectionClosed(const drogon::WebSocketConnectionPtr&) override {}
  WS_PATH_LIST_BEGIN
  WS_PATH_ADD("/ws");
  WS_PATH_LIST_END
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  auto& app = drogon::app();
  if (argc > 2)
    app.addListener("127.0.0.1", port, true, argv[2], argv[2]);
  else
    app.addListener("127.0.0.1", port);
  app.registerHandler("/plain", &plain, {drogon::Get})
      .registerHandler("/json", &json, {drogon::Get})
      .registerHandler("/users/{id}", &user, {drogon::Get})
      .registerHandler("/items", &create_item, {drogon::Post})
      .registerHandler("/echo", &echo, {drogon::Post})
      .setThreadNum(1)
      .setLogLevel(trantor::Logger::kWarn)
      .run();
}
