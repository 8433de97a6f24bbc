// SPDX-License-Identifier: MIT
#include "dev_application.hpp"

#include <string_view>
#include <utility>

#include "../../http/hash.hpp"
#include "../../http/html_escape.hpp"
#include "compiler_text.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%</title>
<style>
body { margin: 0; background: #1b1b1f; color: #dfdfd6; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #202127;
  border-top: 6px solid #f14158; border-radius: 6px; }
h1 { margin: 0 0 1rem; font-size: 1.25rem; color: #ff7b8a; }
pre { margin: 0; overflow-x: auto; font: 14px/1.45 ui-monospace, monospace; }
p { margin: 1.5rem 0 0; color: #98989f; }
.b { font-weight: bold; }
.c31 { color: #ff7b8a; } .c32 { color: #3dd68c; } .c33 { color: #f9b44e; } .c34 { color: #8aa9ff; }
.c35 { color: #d08bff; } .c36 { color: #5fd7e0; } .c30, .c37 { color: #ffffff; }
</style>
</head>
<body>
<main>
)";

constexpr std::string_view kFoot = R"(
<p>This page goes when the next build is there. Until then requests that do not ask for HTML are
answered by the former build, if there is one.</p>
</main>
<script>
setInterval(async () => {
  try {
    const answer = await fetch(location.href, {headers: {accept: 'text/html'}, cache: 'no-store'});
    if (answer.headers.get('x-capricorn-build') !== '%') location.reload();
  } catch (error) { /* the server is away for a moment */ }
}, 1000);
</script>
</body>
</html>
)";

/// The text with `value` for its one percent sign that stands alone.
std::string fill(std::string_view text, std::string_view value, std::string_view mark) {
  std::string filled(text);
  filled.replace(filled.find(mark), 1, value);
  return filled;
}

std::string page_of(const BuildFailure& failure, const std::string& tag) {
  const std::string headline = html_escape(failure.headline);
  return fill(kHead, headline, "%</title>") + "<h1>" + headline + "</h1>\n<pre>" +
         colors_to_html(failure.messages) + "</pre>" + fill(kFoot, tag, "%'");
}

bool accepts_html(const Scope& scope) {
  const std::string_view accept = scope.headers.get("accept").value_or("");
  return accept.find("text/html") != std::string_view::npos;
}

Task<> answer_failure(bool html, BuildFailure failure, Send& send) {
  const std::string tag =
      "failed-" + to_hex(hash_digest(HashAlgorithm::kSha256, failure.messages)).substr(0, 12);
  Headers headers{{"cache-control", "no-store"}, {"x-capricorn-build", tag}};
  headers.append("content-type", html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
  const std::string body =
      html ? page_of(failure, tag) : failure.headline + "\n\n" + without_colors(failure.messages);
  co_await send(WholeResponse{500, headers, body});
}

Task<> refuse_websocket(Receive& receive, Send& send) {
  co_await receive();
  co_await send(WebSocketClose{});
}

}  // namespace

Task<> DevApplication::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kHttp) {
    const bool html = scope.method == Method::kGet && accepts_html(scope);
    if (html || !application_) {
      std::optional<BuildFailure> failure = session_.failure(application_ ? compiled_ : 0);
      if (!failure && !application_) failure = {"The application is being started", ""};
      if (failure) co_return co_await answer_failure(html, *std::move(failure), send);
    }
  } else if (!application_) {
    co_return co_await refuse_websocket(receive, send);
  }
  co_await (*application_)(scope, receive, send);
}

}  // namespace capricorn
