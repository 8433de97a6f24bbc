// SPDX-License-Identifier: MIT
#include "access_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "../http/base64.hpp"
#include "../http/field_value.hpp"
#include "../http/headers.hpp"
#include "../http/status.hpp"
#include "../loop/decimal_text.hpp"
#include "log_line.hpp"
#include "log_masking.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

std::string_view status_color(int status) {
  switch (status / 100) {
    case 1: return "\x1b[97m";
    case 2: return "\x1b[32m";
    case 3: return "\x1b[33m";
    case 4: return "\x1b[31m";
    case 5: return "\x1b[91m";
    default: return "";
  }
}

void append_target(std::string& out, std::string_view target) {
  if (target.find('?') == target.npos && target.find("://") == target.npos) {
    return append_escaped(out, target);
  }
  append_escaped(out, masked_url(target));
}

void append_status(std::string& out, const AccessRecord& record, bool colors) {
  if (record.websocket && record.status == 101) {
    out += "[accepted]";
    return;
  }
  if (colors) out += status_color(record.status);
  append_number(out, static_cast<std::uint64_t>(record.status));
  if (const std::string_view phrase = reason_phrase(record.status); !phrase.empty()) {
    out += ' ';
    out += phrase;
  }
  if (colors) out += kReset;
}

/// Where the request's own line was not read, or is none, the server has answered it all the same.
bool has_line(const AccessRecord& record) { return !record.target.empty(); }

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }
std::string query_of(std::string_view target) {
  std::string query;
  const std::size_t mark = target.find('?');
  if (mark != target.npos) append_masked_query(query, target.substr(mark + 1));
  return query;
}

std::string protocol_of(const AccessRecord& record) {
  return has_line(record) ? "HTTP/1." + std::to_string(record.http_minor) : "";
}

std::string seconds_text(Duration duration) {
  return decimal_text(std::chrono::duration<double>(duration).count(), 6);
}

/// "GET /a HTTP/1.1", "WebSocket /a"
void append_request(std::string& out, const AccessRecord& record) {
  if (!has_line(record)) {
    out += '-';
    return;
  }
  append_escaped(out, record.websocket ? "WebSocket" : record.method);
  out += ' ';
  append_target(out, record.target);
  if (record.websocket) return;
  out += " HTTP/1.";
  append_number(out, static_cast<std::uint64_t>(record.http_minor));
}

}  // namespace

void append_access_line(std::string& out, const AccessRecord& record, bool colors) {
  append_level(out, LogLevel::kInfo, colors);
  if (!record.client_host.empty()) {
    append_escaped(out, record.client_host);
    out += ':';
    append_number(out, static_cast<std::uint64_t>(record.client_port));
  }
  out += " - \"";
  if (colors) out += "\x1b[1m";
  append_request(out, record);
  if (colors) out += kReset;
  out += "\" ";
  append_status(out, record, colors);
  if (record.request_id.empty()) return;
  out += " [";
  append_escaped(out, record.request_id);
  out += ']';
}

void append_access_json(Buffer& out, const AccessRecord& record) {
  const auto text = [&out](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out.append(",\"");
    out.append(key);
    out.append("\":");
    append_json_text(out, value);
  };
  const auto number = [&out](std::string_view key, std::string_view value) {
    out.append(",\"");
    out.append(key);
    out.append("\":");
    out.append(value);
  };
  const std::string path(path_of(record.target));
  std::string message(record.websocket ? "WebSocket" : record.method);
  if (has_line(record))
    message.append(" ").append(path).append(" ");
  else
    message = "- ";
  message += record.status == 0 ? "-" : std::to_string(record.status);
  begin_json_line(out, LogLevel::kInfo, message);
  if (!record.client_host.empty()) {
    text("client", std::string(record.client_host) + ":" + std::to_string(record.client_port));
  }
  text("method", record.method);
  text("path", path);
  text("query", query_of(record.target));
  text("route", record.route);
  text("protocol", protocol_of(record));
  number("status", record.status == 0 ? "null" : std::to_string(record.status));
  number("duration", seconds_text(record.took));
  number("bytes", std::to_string(record.bytes));
  text("request_id", record.request_id);
  text("trace_id", record.trace_id);
  out.append("}");
}

namespace {

std::string_view value_of(const AccessRecord& record, std::string_view header) {
  if (!record.headers) return {};
  return record.headers->get(header).value_or(std::string_view());
}

/// Of Basic credentials; the password is none of the log's.
std::string user_of(const AccessRecord& record) {
  constexpr std::string_view kBasic = "basic ";
  const std::string_view field = value_of(record, "authorization");
  if (field.size() < kBasic.size() ||
      !equals_ignoring_case(field.substr(0, kBasic.size()), kBasic)) {
    return "-";
  }
  const auto text = base64_decode(trim_ows(field.substr(kBasic.size())));
  if (!text || text->find(':') == text->npos || text->starts_with(':')) return "-";
  return text->substr(0, text->find(':'));
}

/// "[21/Nov/2026:17:23:02 +0000]", here and now.
std::string local_time() {
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  const long minutes = std::abs(local.tm_gmtoff) / 60;
  char text[64];
  std::snprintf(text, sizeof text, "[%02d/%s/%04d:%02d:%02d:%02d %c%02ld%02ld]", local.tm_mday,
                kMonths[static_cast<std::size_t>(local.tm_mon)], local.tm_year + 1900,
                local.tm_hour, local.tm_min, local.tm_sec, local.tm_gmtoff < 0 ? '-' : '+',
                minutes / 60, minutes % 60);
  return text;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

/// A header as the log may show it.
std::string shown(std::string_view name, std::string_view value) {
  if (value.empty()) return "-";
  if (is_secret_header(name)) return std::string(kMasked);
  return name == "referer" || name == "location" ? masked_url(value) : std::string(value);
}

std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value) return "-";
  return is_secret_name(name) ? std::string(kMasked) : std::string(value);
}

std::string value_of(const AccessAtom& atom, const AccessRecord& record) {
  switch (atom.name) {
    case 'h': return or_dash(std::string(record.client_host));
    case 'l': return "-";
    case 'u': return user_of(record);
    case 't': return local_time();
    case 'r':
      if (!has_line(record)) return "-";
      return std::string(record.method) + " " + masked_url(record.target) + " " +
             protocol_of(record);
    case 'm': return or_dash(std::string(record.method));
    case 'U': return or_dash(std::string(path_of(record.target)));
    case 'q': return query_of(record.target);
    case 'H': return or_dash(protocol_of(record));
    case 's': return record.status == 0 ? "-" : std::to_string(record.status);
    case 'B': return std::to_string(record.bytes);
    case 'b': return record.bytes == 0 ? "-" : std::to_string(record.bytes);
    case 'f': return shown("referer", value_of(record, "referer"));
    case 'a': return shown("user-agent", value_of(record, "user-agent"));
    case 'T': return std::to_string(record.took / std::chrono::seconds(1));
    case 'D': return std::to_string(record.took / std::chrono::microseconds(1));
    case 'M': return std::to_string(record.took / std::chrono::milliseconds(1));
    case 'L': return seconds_text(record.took);
    case 'p': return "<" + std::to_string(::getpid()) + ">";
    case 'i': return shown(atom.text, value_of(record, atom.text));
    case 'e': return variable(atom.text);
    default: return {};
  }
}

}  // namespace

AccessFormat::AccessFormat(std::string_view format) {
  std::optional<std::vector<AccessAtom>> atoms = parse_access_format(format);
  if (!atoms) throw std::invalid_argument("an access log's format with an unknown atom");
  atoms_ = std::move(*atoms);
  for (const AccessAtom& atom : atoms_) {
    if (atom.name == 'o') response_headers_.push_back(atom.text);
  }
}

void AccessFormat::append(std::string& out, const AccessRecord& record) const {
  std::size_t header = 0;
  for (const AccessAtom& atom : atoms_) {
    if (atom.name == '\0') {
      out += atom.text;
    } else if (atom.name == 'o') {
      const bool known = header < record.response_headers.size();
      append_escaped(out, shown(atom.text, known ? record.response_headers[header] : ""));
      ++header;
    } else {
      append_escaped(out, value_of(atom, record));
    }
  }
}

}  // namespace capricorn
