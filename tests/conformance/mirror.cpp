// SPDX-License-Identifier: MIT
#include "mirror.hpp"

#include <stdexcept>

namespace capricorn::conformance {

Task<std::string> Mirror::seen(Scope& scope, Receive& receive) {
  std::string text = std::string(scope.method_name) + " " + std::string(scope.raw_path);
  if (!scope.query_string.empty()) text += "?" + std::string(scope.query_string);
  if (scope.path.starts_with("/host")) {
    text += " host=" + std::string(scope.headers.get(HeaderId::kHost).value_or("none"));
  }
  for (const Headers::Field field : scope.headers) {
    if (field.name.starts_with("x-")) {
      text += " " + std::string(field.name) + "=" + std::string(field.value);
    }
  }
  std::string body;
  std::string trailers;
  for (bool more = true; more;) {
    const ReceiveEvent event = co_await receive();
    const auto* piece = std::get_if<HttpRequest>(&event);
    if (!piece) co_return "disconnected";
    body += piece->body;
    more = piece->more_body;
    if (!piece->trailers) continue;
    for (const Headers::Field field : *piece->trailers) {
      trailers += " " + std::string(field.name) + "=" + std::string(field.value);
    }
  }
  if (!body.empty()) text += " [" + body + "]";
  co_return text + trailers;
}

Task<> Mirror::operator()(Scope& scope, Receive& receive, Send& send) {
  const std::string path(scope.path);
  const Headers none;
  if (path == "/throw") throw std::runtime_error("thrown");
  if (path == "/nothing") co_return;
  if (path == "/unread") {
    co_await send(WholeResponse{200, none, "unread"});
    co_return;
  }
  if (path == "/early") {  // answers before the body is there, and then reads it
    co_await send(ResponseStart{200, none});
    co_await send(ResponseBody{"early", true});
    co_await seen(scope, receive);
    co_await send(ResponseBody{"", false});
    co_return;
  }
  if (path == "/limited") scope.max_body = 8;
  if (path == "/slow") co_await passes(5);
  const std::string text = co_await seen(scope, receive);
  if (path == "/late") co_await passes(5);
  if (path == "/stream" || path == "/half" || path == "/short" || path == "/long") {
    const Headers length{{"content-length", "6"}};
    const bool sized = path == "/short" || path == "/long";
    co_await send(ResponseStart{200, sized ? length : none});
    co_await send(ResponseBody{"one", true});
    if (path == "/half") throw std::runtime_error("thrown");
    if (path == "/long") co_await send(ResponseBody{"more", true});
    co_await send(ResponseBody{path == "/short" ? "" : "two", false});
    co_return;
  }
  if (path == "/hints") co_await send(EarlyHints{Headers{{"link", "</a.css>"}}});
  if (path.starts_with("/status/")) {
    co_await send(WholeResponse{std::stoi(path.substr(8)), none, text});
    co_return;
  }
  const Headers close{{"connection", "close"}};
  const Headers chunked{{"transfer-encoding", "chunked"}};
  co_await send(WholeResponse{200,
                              path == "/close"    ? close
                              : path == "/coding" ? chunked
                                                  : none,
                              text});
}

}  // namespace capricorn::conformance
