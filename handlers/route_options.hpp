// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../loop/buffer.hpp"
#include "../loop/runnable.hpp"
#include "dependency.hpp"
#include "json_read.hpp"
#include "json_write.hpp"
#include "openapi/document_info.hpp"
#include "openapi/route_callbacks.hpp"
#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

/// The type that an answer is brought into: made by `response_model<PublicUser>()`.
struct ResponseModel {
  const TypeInfo* type = nullptr;  // null: the answer is what the handler returns
  /// Reads `json` as the model and writes it again: what the model does not declare is gone. Where
  /// it does not fit, `errors` says why.
  void (*convert)(std::string_view json, Buffer& out, ValidationErrors& errors) = nullptr;

  explicit operator bool() const noexcept { return type != nullptr; }
  /// For the document alone: `.responses = {{404, {"No such item", response_model<Message>()}}}`.
  operator const TypeInfo*() const noexcept { return type; }  // NOLINT: it is that type
};

template <class T>
ResponseModel response_model() {
  static_assert(bool(Describable<T>),
                "response_model<>() takes a model or another value that JSON has");
  ResponseModel model{&type_info<T>(), nullptr};
  model.convert = [](std::string_view json, Buffer& out, ValidationErrors& errors) {
    T value{};
    read_json(json, value, errors);
    if (errors.empty()) write_json(out, value);
  };
  return model;
}

/// For `response_model(Item{})`, to say so.
template <class T>
ResponseModel response_model(const T&) {
  static_assert(sizeof(T) == 0,
                "response_model takes the model's type, and no value: response_model<Item>()");
  return {};
}

/// What one route asks for besides the application's and the server's options, and what the OpenAPI
/// document says of it. The names are FastAPI's.
struct RouteOptions {
  int status_code = 0;  // of the answer to a value that the handler returns; 0: 200
  std::vector<std::string> tags = {};
  std::string summary = {};      // "": of the name
  std::string description = {};  // Markdown
  std::string response_description = "Successful Response";
  std::string operation_id = {};  // "": of name, path and method
  std::string name = {};          // for url_for(); "": of method and path
  bool deprecated = false;
  bool include_in_schema = true;
  AdditionalResponses responses = {};  // {{404, {"No such item"}}}
  // Of the answer to a value that the handler returns: a text is sent as it is, unless the type is
  // JSON's. "": of an answer without content, for the document.
  std::string response_media_type = "application/json";
  std::vector<OpenAPIExample> openapi_examples = {};
  RouteCallbacks callbacks = {};     // routes that its client serves
  std::string openapi_extra = {};    // JSON text of an object, merged into the operation's
  DependencyList dependencies = {};  // called before the handler's own; their results go nowhere
  ResponseModel response_model = {};
  // Names of members: an answer has these alone, or has all but these. Of a list each element.
  std::vector<std::string> response_model_include = {};
  std::vector<std::string> response_model_exclude = {};
  // Members of the answer that are left out, of all models in it. A value has all of its members,
  // hence none is unset: what has its default counts. A required member has none and stays.
  bool response_model_exclude_unset = false;
  bool response_model_exclude_defaults = false;
  bool response_model_exclude_none = false;
  // Whether members with an Alias are called so in answers, in all models; else by their own names.
  // The document has the aliases, as FastAPI's.
  bool response_model_by_alias = true;

  std::size_t max_body = 0;  // bytes; a larger body gets 413; 0: the server's limit
  // From when the route is called, its body and its dependencies included; the answer is 504 then.
  // A plain handler's thread goes on behind it. 0: none.
  Duration timeout{};
  bool cancel_on_eof = false;  // a client that sends FIN has left; for answers nobody else awaits
  std::string pool = {};       // of `App::thread_pool`, for plain functions; "": the app's own
};

/// What one websocket's route asks for.
struct WebSocketRouteOptions {
  std::size_t max_message = 0;  // bytes; a larger one is closed with 1009; 0: --ws-max-size
  std::string name = {};        // for url_for()
  DependencyList dependencies = {};
};

}  // namespace capricorn
