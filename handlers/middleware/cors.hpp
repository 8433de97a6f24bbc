// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../http/application.hpp"
#include "../response.hpp"

namespace capricorn {

struct CORSOptions {
  std::vector<std::string> allow_origins = {};       // "https://example.com"; "*": all
  std::string allow_origin_regex = {};               // RE2's, for the whole origin; "": none
  std::vector<std::string> allow_methods = {"GET"};  // "*": all usual ones
  /// Besides Accept, Accept-Language, Content-Language and Content-Type; "*": all that are asked
  /// for.
  std::vector<std::string> allow_headers = {};
  bool allow_credentials = false;      // cookies and Authorization
  bool allow_private_network = false;  // a public page may ask a server of a private network
  std::vector<std::string> expose_headers = {};  // that the page's script may read
  std::chrono::seconds max_age{600};  // for which the browser remembers a preflight's answer
};

/// Tells browsers which pages of other origins may call the application: Starlette's
/// CORSMiddleware. It answers preflights itself, with 200, or 400 that says what is not allowed;
/// other requests go on whatever their origin, and their answers say what the browser may show.
/// https://fetch.spec.whatwg.org/#http-cors-protocol
class CORSMiddleware final : public Application {
 public:
  using Options = CORSOptions;

  /// `next` outlives it. Throws std::invalid_argument for a regular expression that is none.
  explicit CORSMiddleware(Application& next, CORSOptions options = {});
  ~CORSMiddleware() override;

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class CorsSend;
  struct Regex;
  Task<> answer(Scope& scope, Receive& receive, Send& send);
  Response preflight(const Headers& request) const;
  bool headers_allowed(std::string_view list) const;
  bool allows_origin(std::string_view origin) const;
  void mark(const Headers& request, Headers& response) const;

  Application& next_;
  CORSOptions options_;
  std::unique_ptr<Regex> regex_;
  bool all_origins_;
  bool all_headers_;
  Headers simple_;
  Headers preflight_;
};

}  // namespace capricorn
