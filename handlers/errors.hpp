// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "response.hpp"
#include "validation.hpp"

namespace capricorn {

/// Thrown by a handler to answer with an error: `{"detail": ...}`.
class HTTPException : public std::exception {
 public:
  using HeaderList = std::vector<std::pair<std::string, std::string>>;

  /// Without a detail: the status's phrase.
  explicit HTTPException(int status, std::string detail = "", HeaderList headers = {});
  /// The detail is a model, nlohmann::json or another value that JSON has.
  template <class T>
    requires(Describable<T> && !std::is_same_v<T, std::string>)
  HTTPException(int status, const T& detail, HeaderList headers = {})
      : HTTPException(status, json_text(detail), std::move(headers)) {
    detail_is_json_ = true;
  }
  ~HTTPException() override;

  int status() const noexcept { return status_; }
  /// The text, or the JSON where it is none.
  const std::string& detail() const noexcept { return detail_; }
  bool detail_is_json() const noexcept { return detail_is_json_; }
  const HeaderList& headers() const noexcept { return headers_; }
  const char* what() const noexcept override { return detail_.c_str(); }

 private:
  template <class T>
  static std::string json_text(const T& value) {
    Buffer text;
    write_json(text, value);
    return std::string(text.view());
  }

  int status_;
  std::string detail_;
  HeaderList headers_;
  bool detail_is_json_ = false;
};

/// What does not fit its declared type, and why.
class ValidationException : public std::exception {
 public:
  explicit ValidationException(ValidationErrors errors);
  ~ValidationException() override;

  const ValidationErrors& errors() const noexcept { return errors_; }

 private:
  ValidationErrors errors_;
};

/// A request that does not fit what the handler takes; answered as 422.
class RequestValidationError : public ValidationException {
 public:
  using ValidationException::ValidationException;
  ~RequestValidationError() override;

  const char* what() const noexcept override { return "the request is not valid"; }
};

/// A handshake that does not fit what the websocket's handler takes; closed with 1008, which is 403
/// before `accept`.
class WebSocketRequestValidationError : public ValidationException {
 public:
  using ValidationException::ValidationException;
  ~WebSocketRequestValidationError() override;

  const char* what() const noexcept override { return "the handshake is not valid"; }
};

/// What a handler returned does not fit its route's response_model: an error of the server.
class ResponseValidationError : public ValidationException {
 public:
  explicit ResponseValidationError(ValidationErrors errors);
  ~ResponseValidationError() override;

  /// "1 validation error: response.name: Field required"
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

Response response_for(const HTTPException& exception);
Response response_for(const ValidationErrors& errors);
/// `{"detail":"..."}`
Response error_response(int status, std::string_view detail);

}  // namespace capricorn
