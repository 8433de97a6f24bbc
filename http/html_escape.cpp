// SPDX-License-Identifier: MIT
#include "html_escape.hpp"

namespace capricorn {

std::string html_escape(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#x27;"; break;
      default: html += c;
    }
  }
  return html;
}

}  // namespace capricorn
