// SPDX-License-Identifier: MIT
#include "test_response.hpp"

#include <nlohmann/json.hpp>

#include "../../http/field_value.hpp"
#include "../../http/status.hpp"
#include "../json_dom.hpp"
#include "../json_read.hpp"
#include "content_decoder.hpp"

namespace capricorn {

HTTPStatusError::~HTTPStatusError() = default;

std::string TestResponse::header(std::string_view name) const {
  for (const Headers::Field field : headers) {
    if (equals_ignoring_case(field.name, name)) return std::string(field.value);
  }
  return {};
}

const std::string& TestResponse::content() const {
  if (!fault_.empty()) throw std::runtime_error(fault_);
  return content_;
}

nlohmann::json TestResponse::json() const { return parse_json(content()); }

void TestResponse::read_json_to(const TypeInfo& type, void* value) const {
  ValidationErrors errors;
  if (read_json(content(), type, value, errors)) return;
  Buffer told;
  write_errors_json(told, errors);
  throw std::invalid_argument("The response " + content_ +
                              " is none of that type: " + std::string(told.view()));
}

bool TestResponse::is_redirect() const noexcept {
  switch (status_code) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return headers.get("location").has_value();
    default: return false;
  }
}

std::string_view TestResponse::reason_phrase() const noexcept {
  return capricorn::reason_phrase(status_code);
}

const TestResponse& TestResponse::raise_for_status() const {
  if (is_success()) return *this;
  const std::string kind = is_client_error()   ? "Client error"
                           : is_server_error() ? "Server error"
                                               : "Redirect response";
  throw HTTPStatusError(status_code, kind + " '" + std::to_string(status_code) + " " +
                                         std::string(reason_phrase()) + "' for url '" + url + "'");
}

void TestResponse::set_content(std::string raw) {
  detail::ContentDecoder decoder(headers);
  if (raw.empty() || !decoder.decodes()) {
    content_ = std::move(raw);
    return;
  }
  try {
    content_ = decoder.decode(raw);
    decoder.finish();
  } catch (const std::runtime_error& error) {
    fault_ = error.what();
  }
  encoded_ = std::move(raw);
}

}  // namespace capricorn
