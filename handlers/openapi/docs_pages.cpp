// SPDX-License-Identifier: MIT
#include "docs_pages.hpp"

#include "../../http/html_escape.hpp"

namespace capricorn {

namespace {

std::string head(std::string_view title, std::string_view favicon_url) {
  // An empty icon of its own, so that no browser asks for /favicon.ico.
  const std::string icon = favicon_url.empty() ? "data:," : html_escape(favicon_url);
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<link rel=\"icon\" href=\"" +
         icon + "\">\n<title>" + html_escape(title) + "</title>\n";
}

std::string script(std::string_view url) {
  return "<script src=\"" + html_escape(url) + "\"></script>\n";
}

std::string data(const char* name, std::string_view value) {
  return value.empty() ? std::string()
                       : " data-" + std::string(name) + "=\"" + html_escape(value) + "\"";
}

}  // namespace

Response get_swagger_ui_html(const SwaggerUiPage& page) {
  return HTMLResponse(head(page.title, page.favicon_url) + "<link rel=\"stylesheet\" href=\"" +
                      html_escape(page.css_url) + "\">\n</head>\n<body>\n<div id=\"swagger-ui\"" +
                      data("openapi-url", page.openapi_url) +
                      data("oauth2-redirect-url", page.oauth2_redirect_url) +
                      data("parameters", page.parameters) + data("init-oauth", page.init_oauth) +
                      "></div>\n" + script(page.js_url) + script(page.init_url) +
                      "</body>\n</html>\n");
}

std::string_view swagger_ui_init_script() noexcept {
  return R"("use strict";
(function () {
  const page = document.getElementById("swagger-ui").dataset;
  const parameters = {
    url: page.openapiUrl,
    dom_id: "#swagger-ui",
    layout: "BaseLayout",
    deepLinking: true,
    showExtensions: true,
    showCommonExtensions: true,
    presets: [SwaggerUIBundle.presets.apis],
  };
  if (page.oauth2RedirectUrl) {
    parameters.oauth2RedirectUrl = window.location.origin + page.oauth2RedirectUrl;
  }
  const ui = SwaggerUIBundle(Object.assign(parameters, JSON.parse(page.parameters || "{}")));
  if (page.initOauth) ui.initOAuth(JSON.parse(page.initOauth));
  window.ui = ui;
})();
)";
}

Response get_swagger_ui_oauth2_redirect_html(std::string_view js_url) {
  return HTMLResponse(head("Swagger UI: OAuth2 Redirect", {}) + "</head>\n<body>\n" +
                      script(js_url) + "</body>\n</html>\n");
}

Response get_redoc_html(const RedocPage& page) {
  return HTMLResponse(head(page.title, page.favicon_url) +
                      "<style>body { margin: 0; padding: 0; }</style>\n</head>\n<body>\n"
                      "<noscript>This page needs JavaScript to show the documentation.</noscript>\n"
                      "<redoc spec-url=\"" +
                      html_escape(page.openapi_url) + "\"></redoc>\n" + script(page.js_url) +
                      "</body>\n</html>\n");
}

}  // namespace capricorn
