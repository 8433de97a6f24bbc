// SPDX-License-Identifier: MIT
#include "test_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../../http/base64.hpp"
#include "../../http/field_value.hpp"
#include "../../http/media_type.hpp"
#include "../../http/url.hpp"

namespace capricorn::detail {
namespace {

std::string encode_pairs(const std::vector<std::pair<std::string, TextValue>>& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += encode_pair(name, value.text());
  }
  return out;
}

/// As browsers write a name in multipart/form-data (WHATWG HTML, 4.10.21.8).
std::string in_quotes(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"')
      out += "%22";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else
      out += c;
  }
  return out + '"';
}

/// The same each time, and none that stands in what it has to part.
std::string choose_boundary(const TestRequestOptions& options) {
  for (int i = 0;; ++i) {
    std::string boundary = "testclient-boundary-" + std::to_string(i);
    const auto stands_in_field = [&boundary](const auto& field) {
      return field.second.text().contains(boundary);
    };
    const auto stands_in_file = [&boundary](const TestFile& file) {
      return file.content.contains(boundary);
    };
    if (std::ranges::none_of(options.data, stands_in_field) &&
        std::ranges::none_of(options.files, stands_in_file)) {
      return boundary;
    }
  }
}

std::string encode_multipart(const TestRequestOptions& options, std::string_view boundary) {
  const std::string begin =
      "--" + std::string(boundary) + "\r\ncontent-disposition: form-data; name=";
  std::string out;
  for (const auto& [name, value] : options.data) {
    out += begin + in_quotes(name) + "\r\n\r\n" + value.text() + "\r\n";
  }
  for (const TestFile& file : options.files) {
    const std::string_view type = file.content_type.empty() ? guess_media_type(file.filename)
                                                            : std::string_view(file.content_type);
    out += begin + in_quotes(file.name) + "; filename=" + in_quotes(file.filename) +
           "\r\ncontent-type: ";
    out.append(type).append("\r\n\r\n").append(file.content).append("\r\n");
  }
  return out.append("--").append(boundary).append("--\r\n");
}

struct Content {
  std::string body;
  std::string type;  // "": not said
};
Content encode_content(const TestRequestOptions& options) {
  if (options.content) return {*options.content, ""};
  if (options.json.text()) return {*options.json.text(), "application/json"};
  if (!options.files.empty()) {
    const std::string boundary = choose_boundary(options);
    return {encode_multipart(options, boundary), "multipart/form-data; boundary=" + boundary};
  }
  if (!options.data.empty()) {
    return {encode_pairs(options.data), "application/x-www-form-urlencoded"};
  }
  return {};
}

bool has(const TextPairs& fields, std::string_view name) {
  return std::ranges::any_of(
      fields, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
}

/// Methods whose request says that it has no body (RFC 9110, 8.6).
bool expects_body(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string cookie_field(std::string from_jar, const TextPairs& cookies) {
  for (const auto& [name, value] : cookies) {
    if (!from_jar.empty()) from_jar += "; ";
    from_jar.append(name).append("=").append(value);
  }
  return from_jar;
}

}  // namespace

OutgoingRequest make_request(std::string_view method, Uri uri, const TextPairs& defaults,
                             const std::string& cookies, const TestRequestOptions& options) {
  if (!options.params.empty()) {
    uri.query += (uri.query.empty() ? "" : "&") + encode_pairs(options.params);
  }
  OutgoingRequest request{std::string(method), std::move(uri), {}, {}};
  const TextPairs& own = options.headers;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!has(own, name)) request.headers.append(name, value);
  };
  if (!has(defaults, "host")) add("host", request.uri.authority());
  for (const auto& [name, value] : defaults) add(name, value);
  if (options.auth) {
    add("authorization",
        "Basic " + base64_encode(options.auth->username + ":" + options.auth->password));
  }
  const std::string cookie = cookie_field(cookies, options.cookies);
  if (!cookie.empty()) add("cookie", cookie);
  Content content = encode_content(options);
  if (!content.type.empty()) add("content-type", content.type);
  if (!content.body.empty() || expects_body(method)) {
    add("content-length", std::to_string(content.body.size()));
  }
  for (const auto& [name, value] : own) request.headers.append(name, value);
  request.body = std::move(content.body);
  return request;
}

void redirect(OutgoingRequest& request, int status, std::string_view location) {
  Uri to = request.uri.resolve(location);
  if (to.origin() != request.uri.origin()) request.headers.remove("authorization");
  request.headers.set("host", to.authority());
  request.uri = std::move(to);
  const bool see_other = (status == 303 || status == 302) && request.method != "HEAD";
  if (!see_other && (status != 301 || request.method != "POST")) return;
  request.method = "GET";
  request.body.clear();
  request.headers.remove("content-length");
  request.headers.remove("content-type");
}

}  // namespace capricorn::detail

namespace capricorn {

JsonBody::JsonBody(std::initializer_list<nlohmann::json> values) {
  const bool object = std::ranges::all_of(values, [](const nlohmann::json& value) {
    return value.is_array() && value.size() == 2 && value.front().is_string();
  });
  nlohmann::ordered_json whole =
      object ? nlohmann::ordered_json::object() : nlohmann::ordered_json::array();
  for (const nlohmann::json& value : values) {
    if (object)
      whole[value.front().get<std::string>()] = value.back();
    else
      whole.push_back(nlohmann::ordered_json(value));
  }
  text_ = whole.dump();
}

}  // namespace capricorn
