// SPDX-License-Identifier: MIT
#include "compiler_text.hpp"

#include <algorithm>

#include "../../http/html_escape.hpp"

namespace capricorn {
namespace {

struct Piece {
  std::string_view text;        // before the sequence
  std::string_view parameters;  // "0;1;31"
  char kind = '\0';             // 'm' sets colours; '\0': no sequence follows
};

/// The text up to the next sequence, and that.
Piece take_piece(std::string_view& text) {
  const std::size_t escape = std::min(text.find("\x1b["), text.size());
  Piece piece{.text = text.substr(0, escape)};
  text.remove_prefix(std::min(escape + 2, text.size()));
  const std::size_t end = std::min(text.find_first_not_of("0123456789;"), text.size());
  piece.parameters = text.substr(0, end);
  if (end < text.size()) piece.kind = text[end];
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

struct Style {
  int color = 0;  // 30 to 37; 0: the text's own
  bool bold = false;

  void read(std::string_view parameters) {
    do {
      const std::size_t end = std::min(parameters.find(';'), parameters.size());
      int number = 0;
      for (const char digit : parameters.substr(0, end)) number = number * 10 + (digit - '0');
      if (number == 0) *this = {};
      if (number == 1) bold = true;
      if (number >= 30 && number <= 37) color = number;
      if (number == 39) color = 0;
      parameters.remove_prefix(std::min(end + 1, parameters.size()));
    } while (!parameters.empty());
  }
  bool plain() const noexcept { return color == 0 && !bold; }
};

void append_styled(std::string& html, const Style& style, std::string_view text) {
  if (text.empty()) return;
  if (style.plain()) {
    html += html_escape(text);
    return;
  }
  html += "<span class=\"";
  if (style.color != 0) html += "c" + std::to_string(style.color);
  if (style.bold) html += style.color != 0 ? " b" : "b";
  html += "\">" + html_escape(text) + "</span>";
}

}  // namespace

std::string without_colors(std::string_view text) {
  std::string plain;
  while (!text.empty()) plain += take_piece(text).text;
  return plain;
}

std::string colors_to_html(std::string_view text) {
  std::string html;
  Style style;
  while (!text.empty()) {
    const Piece piece = take_piece(text);
    append_styled(html, style, piece.text);
    if (piece.kind == 'm') style.read(piece.parameters);
  }
  return html;
}

}  // namespace capricorn
