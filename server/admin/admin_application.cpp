// SPDX-License-Identifier: MIT
#include "admin_application.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>
#include <variant>

#include "../../http/authority.hpp"
#include "../../http/field_value.hpp"
#include "../../http/ip_literal.hpp"
#include "../../loop/log.hpp"
#include "../../loop/task_dump.hpp"
#include "../log_line.hpp"
#include "../logging.hpp"
#include "../metrics.hpp"
#include "../metrics_text.hpp"
#include "admin_json.hpp"
#include "admin_page.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kLargestBody = 1024;
constexpr const char* kMisdirected =
    "Expected an IP address, localhost or the name of --admin-host in Host.\n";

/// The whole body, or what there is of it beyond the limit.
Task<std::string> read_body(Receive& receive) {
  std::string body;
  for (;;) {
    ReceiveEvent event = co_await receive();
    const auto* request = std::get_if<HttpRequest>(&event);
    if (!request) co_return body;
    body += request->body;
    if (!request->more_body || body.size() > kLargestBody) co_return body;
  }
}

/// A page of another site's may have its own name lead here (DNS rebinding), and so be of the same
/// origin: over TCP names count only where they are known to be ours. A browser always sends one.
/// Who gives all addresses to the inside is read there by names that nobody here knows.
bool asks_for_another(const Scope& scope, std::string_view own_host) {
  const bool unix_socket = scope.client_port == 0;
  const bool reads = scope.method == Method::kGet || scope.method == Method::kHead;
  if (reads && (own_host == "0.0.0.0" || own_host == "::")) return false;
  const std::string_view field = scope.headers.get(HeaderId::kHost).value_or("");
  const std::string_view host = without_brackets(split_authority(field).host);
  return !unix_socket && !host.empty() && !is_ipv4_literal(host) && !is_ipv6_literal(host) &&
         !equals_ignoring_case(host, "localhost") && !equals_ignoring_case(host, own_host);
}

/// A page of another site's that a browser shows must change nothing here.
bool from_another_site(const Scope& scope) {
  const auto origin = scope.headers.get(HeaderId::kOrigin);
  if (!origin) return false;
  const std::string_view host = scope.headers.get(HeaderId::kHost).value_or(std::string_view());
  const std::size_t at = origin->find("://");
  return at == origin->npos || origin->substr(at + 3) != host;
}

/// `debug`, or `{"level": "debug"}`.
std::optional<LogLevel> read_level(std::string_view body) {
  constexpr std::string_view kAround = " \t\r\n{}\":,";
  constexpr std::string_view kKey = "\"level\"";
  if (const std::size_t key = body.find(kKey); key != body.npos) {
    body.remove_prefix(key + kKey.size());
  }
  const std::size_t begin = std::min(body.find_first_not_of(kAround), body.size());
  const std::size_t end = std::min(body.find_last_not_of(kAround) + 1, body.size());
  return begin < end ? level_named(body.substr(begin, end - begin)) : std::nullopt;
}

std::string log_level_json() {
  return "{\"level\":\"" + std::string(level_name(log_level())) + "\"}\n";
}

}  // namespace

constinit const AdminApplication::Row AdminApplication::kRows[] = {
    {"/", &AdminApplication::page},
    {"/metrics", &AdminApplication::metrics},
    {"/livez", &AdminApplication::live},
    {"/readyz", &AdminApplication::ready},
    {"/startupz", &AdminApplication::started},
    {"/tasks", &AdminApplication::tasks},
    {"/loop", &AdminApplication::loop_figures},
    {"/log-level", &AdminApplication::log_level_now},
};

AdminApplication::AdminApplication(const Config& config, Metrics& metrics, Loop& loop,
                                   std::shared_ptr<SiblingLoops> siblings, std::size_t index)
    : config_(config),
      metrics_(metrics),
      loop_(loop),
      siblings_(siblings ? std::move(siblings) : std::make_shared<SiblingLoops>(1)),
      index_(index),
      slow_(loop) {
  siblings_->join(index_, loop_, [this](LoopQuestion question) { return tell(question); });
}

AdminApplication::~AdminApplication() { siblings_->leave(index_); }

std::string AdminApplication::tell(LoopQuestion question) {
  switch (question) {
    case LoopQuestion::kTasks: return task_trees_json(loop_);
    case LoopQuestion::kTaskText: return format_tasks(loop_);
    case LoopQuestion::kSlowCallbacks: slow_.watch(); return slow_callbacks_json(slow_.slowest());
  }
  return {};
}

Task<> AdminApplication::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) co_return;
  std::string body;
  if (scope.method == Method::kPut || scope.method == Method::kPost) {
    body = co_await read_body(receive);
  }
  const Answer answered = co_await answer(scope, body);
  Headers headers{{"content-type", answered.type},
                  {"cache-control", "no-store"},
                  {"x-content-type-options", "nosniff"},
                  {"cross-origin-resource-policy", "same-origin"}};
  if (!answered.policy.empty()) headers.append("content-security-policy", answered.policy);
  if (!answered.allow.empty()) headers.append("allow", answered.allow);
  co_await send(WholeResponse{answered.status, headers, answered.body});
}

Task<AdminApplication::Answer> AdminApplication::answer(const Scope& scope,
                                                        const std::string& body) {
  if (asks_for_another(scope, config_.admin_host)) {
    co_return Answer{.status = 421, .body = kMisdirected};
  }
  const auto row = std::ranges::find(kRows, scope.path, &Row::path);
  if (row == std::end(kRows)) co_return Answer{.status = 404, .body = "Not Found\n"};
  if (scope.method == Method::kGet || scope.method == Method::kHead)
    co_return co_await (this->*row->get)(scope);
  if (row->path != "/log-level") {
    co_return Answer{.status = 405, .body = "Method Not Allowed\n", .allow = "GET, HEAD"};
  }
  if (scope.method == Method::kPut || scope.method == Method::kPost) {
    co_return change_log_level(scope, body);
  }
  co_return Answer{.status = 405, .body = "Method Not Allowed\n", .allow = "GET, HEAD, PUT, POST"};
}

Task<AdminApplication::Answer> AdminApplication::page(const Scope&) {
  co_return Answer{.type = "text/html; charset=utf-8",
                   .body = std::string(admin_page()),
                   .policy = admin_page_policy()};
}

Task<AdminApplication::Answer> AdminApplication::metrics(const Scope&) {
  co_return Answer{.type = kMetricsType, .body = metrics_text(metrics_.board())};
}

/// By how late the loop was at worst in the second before: a loop that is blocked answers nothing.
Task<AdminApplication::Answer> AdminApplication::live(const Scope&) {
  const Duration lag = metrics_.last_second().longest_pass();
  char text[64];
  std::snprintf(text, sizeof text, "loop lag %.3f s\n", std::chrono::duration<double>(lag).count());
  co_return Answer{.status = lag < config_.livez_max_lag ? 200 : 503, .body = text};
}

Task<AdminApplication::Answer> AdminApplication::ready(const Scope&) {
  if (metrics_.board().ready()) co_return Answer{.body = "ready\n"};
  const bool stopping = metrics_.board().ever_served();
  co_return Answer{.status = 503, .body = stopping ? "stopping\n" : "starting\n"};
}

Task<AdminApplication::Answer> AdminApplication::started(const Scope&) {
  if (metrics_.board().ever_served()) co_return Answer{.body = "started\n"};
  co_return Answer{.status = 503, .body = "starting\n"};
}

Task<AdminApplication::Answer> AdminApplication::tasks(const Scope& scope) {
  if (scope.query_string == "format=text") {
    const auto texts = co_await SiblingLoops::ask(siblings_, index_, LoopQuestion::kTaskText);
    co_return Answer{.body = tasks_text(texts)};
  }
  const auto trees = co_await SiblingLoops::ask(siblings_, index_, LoopQuestion::kTasks);
  co_return Answer{.type = kJson, .body = tasks_json(trees)};
}

Task<AdminApplication::Answer> AdminApplication::loop_figures(const Scope&) {
  const auto slow = co_await SiblingLoops::ask(siblings_, index_, LoopQuestion::kSlowCallbacks);
  co_return Answer{.type = kJson, .body = figures_json(metrics_, slow)};
}

Task<AdminApplication::Answer> AdminApplication::log_level_now(const Scope&) {
  co_return Answer{.type = kJson, .body = log_level_json()};
}

AdminApplication::Answer AdminApplication::change_log_level(const Scope& scope,
                                                            const std::string& body) {
  if (from_another_site(scope)) return {.status = 403, .body = "Forbidden\n"};
  const std::optional<LogLevel> level = read_level(body);
  if (!level) {
    return {.status = 400, .body = "Expected critical, error, warning, info, debug or trace.\n"};
  }
  metrics_.board().set_log_level(*level);
  set_log_level(*level);
  log(LogLevel::kWarning, "The level of the log is " + std::string(level_name(*level)) + " now.");
  return {.type = kJson, .body = log_level_json()};
}

}  // namespace capricorn
