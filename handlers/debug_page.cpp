// SPDX-License-Identifier: MIT
#include "debug_page.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "../http/html_escape.hpp"
#include "../http/url.hpp"
#include "../loop/ascii.hpp"
#include "../loop/symbol.hpp"
#include "../loop/throw_trace.hpp"

namespace capricorn {
namespace {

struct Cause {
  std::string type;
  std::string message;
  std::string stack;  // of its throw, "" where that is not known
};

/// What a page is not to show to whoever looks over a shoulder, or finds it in a bug report.
bool is_secret(std::string_view name) {
  const std::string lower = ascii_lowered(name);
  for (const std::string_view word : {"authorization", "cookie", "token", "secret", "password",
                                      "passwd", "api-key", "api_key", "apikey", "signature"}) {
    if (lower.contains(word)) return true;
  }
  return false;
}
constexpr std::string_view kMask = "********";

/// Of the exception being handled; what std::throw_with_nested made of it is not shown.
std::string current_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  std::string name = type ? demangle(type->name()) : "exception";
  constexpr std::string_view kNested = "std::_Nested_exception<";
  if (name.starts_with(kNested) && name.ends_with('>')) {
    name = name.substr(kNested.size(), name.size() - kNested.size() - 1);
  }
  return name;
}

/// The exception, and those that it was thrown for (std::throw_with_nested).
std::vector<Cause> causes_of(std::exception_ptr failure) {
  std::vector<Cause> causes;
  while (failure) {
    std::exception_ptr inner;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      causes.push_back({current_type(), error.what(), stack_of_throw(failure)});
      if (const auto* nested = dynamic_cast<const std::nested_exception*>(&error)) {
        inner = nested->nested_ptr();
      }
    } catch (...) {  // it is shown
      causes.push_back({current_type(), "", stack_of_throw(failure)});
    }
    failure = inner;
  }
  return causes;
}

std::string line_of(const Cause& cause) {
  return cause.message.empty() ? cause.type : cause.type + ": " + cause.message;
}

/// "?" and the query, without its secrets.
std::string masked(std::string_view query) {
  std::string text;
  char separator = '?';
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string_view name = pair.substr(0, pair.find('='));
    text += std::exchange(separator, '&');
    if (is_secret(percent_decode(name)))
      text.append(name).append("=").append(kMask);
    else
      text.append(pair);
  }
  return text;
}

std::string request_line(const Scope& scope) {
  std::string line(scope.method_name);
  return line.append(" ").append(scope.raw_path) + masked(scope.query_string);
}

std::string field_value(const Headers::Field& field) {
  if (is_secret(field.name)) return std::string(kMask);
  const std::size_t mark = field.name == "referer" ? field.value.find('?') : field.value.npos;
  if (mark == field.value.npos) return std::string(field.value);
  return std::string(field.value.substr(0, mark)) + masked(field.value.substr(mark + 1));
}

Response text_page(const Scope& scope, const std::vector<Cause>& causes) {
  std::string text;
  for (const Cause& cause : causes) {
    if (!text.empty()) text += "caused by ";
    text += line_of(cause) + "\n" + cause.stack;
  }
  text += "\n" + request_line(scope) + "\n";
  if (!scope.route.empty()) text.append("route: ").append(scope.route).append("\n");
  return PlainTextResponse(text, 500);
}

void append_row(std::string& html, std::string_view name, std::string_view value) {
  html.append("<tr><th>").append(html_escape(name)).append("</th><td>");
  html.append(html_escape(value)).append("</td></tr>");
}

Response html_page(const Scope& scope, const std::vector<Cause>& causes) {
  std::string html =
      "<!doctype html><html><head><meta charset=\"utf-8\"><title>500 Server Error</title><style>"
      "body{font-family:sans-serif;margin:2em}h2{color:#a40000}th{text-align:left;padding-right:"
      "1em}"
      "td,pre{font-family:monospace}pre{overflow-x:auto}</style></head><body><h1>500 Server "
      "Error</h1>";
  bool first = true;
  for (const Cause& cause : causes) {
    html += first ? "<h2>" : "<p>caused by ";
    html += html_escape(line_of(cause)) + (first ? "</h2>" : "</p>");
    if (!cause.stack.empty()) html += "<pre>" + html_escape(cause.stack) + "</pre>";
    first = false;
  }
  html += "<table>";
  append_row(html, "request", request_line(scope));
  append_row(html, "route", scope.route);
  for (const Headers::Field field : scope.headers) {
    append_row(html, field.name, field_value(field));
  }
  html += "</table></body></html>";
  return HTMLResponse(html, 500);
}

}  // namespace

Response debug_page(const Scope& scope, const std::exception_ptr& failure) {
  const std::vector<Cause> causes = causes_of(failure);
  const std::string_view accept = scope.headers.get("accept").value_or("");
  const bool browser = accept.find("text/html") != std::string_view::npos;
  return browser ? html_page(scope, causes) : text_page(scope, causes);
}

}  // namespace capricorn
