// SPDX-License-Identifier: MIT
#include "errors.hpp"

#include "../http/status.hpp"
#include "response_model.hpp"

namespace capricorn {

HTTPException::HTTPException(int status, std::string detail, HeaderList headers)
    : status_(status),
      detail_(detail.empty() ? std::string(reason_phrase(status)) : std::move(detail)),
      headers_(std::move(headers)) {}
HTTPException::~HTTPException() = default;

ValidationException::ValidationException(ValidationErrors errors) : errors_(std::move(errors)) {}
ValidationException::~ValidationException() = default;
RequestValidationError::~RequestValidationError() = default;
WebSocketRequestValidationError::~WebSocketRequestValidationError() = default;

namespace {

/// `detail` is JSON.
Response json_error_response(int status, std::string_view detail) {
  Buffer body(R"({"detail":)");
  body.append(detail);
  body.push_back('}');
  return Response(status, std::move(body), "application/json");
}

std::string describe(const ErrorDetail& error) {
  const std::string inside = join_loc(std::span(error.loc).subspan(1));  // the first is "body"
  return "response" + (inside.empty() ? "" : "." + inside) + ": " + error.msg;
}

std::string describe(const ValidationErrors& errors) {
  std::string text =
      std::to_string(errors.size()) + " validation error" + (errors.size() == 1 ? "" : "s");
  const char* separator = ": ";
  for (const ErrorDetail& error : errors) {
    text += std::exchange(separator, "; ") + describe(error);
  }
  return text;
}

}  // namespace

ResponseValidationError::ResponseValidationError(ValidationErrors errors)
    : ValidationException(std::move(errors)), what_(describe(this->errors())) {}
ResponseValidationError::~ResponseValidationError() = default;

Response response_for(const HTTPException& exception) {
  const int status = exception.status();
  Response response(status);
  if (is_body_allowed(status)) {
    response = exception.detail_is_json() ? json_error_response(status, exception.detail())
                                          : error_response(status, exception.detail());
  }
  for (const auto& [name, value] : exception.headers()) response.headers().append(name, value);
  return response;
}

Response response_for(const ValidationErrors& errors) {
  Buffer body;
  write_errors_json(body, errors);
  return Response(422, std::move(body), "application/json");
}

Response error_response(int status, std::string_view detail) {
  Buffer body(R"({"detail":)");
  write_json_string(body, detail);
  body.push_back('}');
  return Response(status, std::move(body), "application/json");
}

}  // namespace capricorn
