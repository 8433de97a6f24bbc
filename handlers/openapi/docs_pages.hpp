// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../response.hpp"

namespace capricorn {

/// The page that shows Swagger UI. URLs are as the browser is to ask for them. No script stands in
/// the page itself: a Content-Security-Policy without 'unsafe-inline' for scripts lets it work.
struct SwaggerUiPage {
  std::string openapi_url;
  std::string title;
  std::string js_url;
  std::string css_url;
  std::string init_url;  // of swagger_ui_init_script()
  std::string favicon_url = {};
  std::string oauth2_redirect_url = {};  // "": none
  std::string parameters = {};           // of Swagger UI, as JSON text of an object
  std::string init_oauth = {};           // for its initOAuth, likewise
};
Response get_swagger_ui_html(const SwaggerUiPage& page);
/// What the page's own script is: it starts Swagger UI with what the page says.
std::string_view swagger_ui_init_script() noexcept;

/// The page where an OAuth2 server sends the browser back to. `js_url`: Swagger UI's
/// oauth2-redirect.js.
Response get_swagger_ui_oauth2_redirect_html(std::string_view js_url);

struct RedocPage {
  std::string openapi_url;
  std::string title;
  std::string js_url;
  std::string favicon_url = {};
};
Response get_redoc_html(const RedocPage& page);

}  // namespace capricorn
