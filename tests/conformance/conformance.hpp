// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/config/config.hpp>

#include <span>
#include <string>
#include <string_view>

namespace capricorn::conformance {

/// What a client sends, raw, and what it must get. `expected` lists the answers in their order and
/// then what becomes of the connection: "200 GET /a; 404; close".
///
/// - An answer of the application is its status and its body, which says what the application saw:
///   "200 POST /a?q [body]". "chunked" or "until close" stands before a body without a length.
/// - A refusal is its status alone. An answer to HEAD is its status and "HEAD".
/// - At the end: "keep", "close", or "abort" for a reset.
///
/// Whatever stands here, every final answer has a Date, and a length that is right; "connection:
/// close" stands in the last one before "close", and in no other.
struct Case {
  std::string_view section;  // "RFC 9112, 3.2"
  std::string_view name;
  std::string request;
  std::string expected;
  bool fin = false;  // behind it the client sends FIN
};

/// Sends each case's request whole, byte by byte, and in two at every position: the outcome is the
/// expected one each time.
void check(std::span<const Case> cases, const Config& config = {});

/// "GET {target} HTTP/1.1", a Host, these fields (each with CRLF), a blank line.
std::string get(std::string_view target, std::string_view fields = "");
/// The same for POST, and the body behind it.
std::string post(std::string_view fields, std::string_view body, std::string_view target = "/a");
/// A chunked POST to /a.
std::string chunked(std::string_view body);

}  // namespace capricorn::conformance
