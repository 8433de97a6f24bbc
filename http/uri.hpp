// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

/// The address of a resource (RFC 3986), as a client takes it apart to ask for it: escapes stay as
/// they are, and what may not stand in an address is escaped. The fragment is dropped: it is never
/// sent. Owns its strings.
struct Uri {
  std::string scheme;  // in lower case
  std::string host;    // in lower case, an IPv6 address with its brackets
  int port = 0;        // the scheme's own where none was said
  std::string path;    // begins with "/"
  std::string query;   // without "?"

  /// "http://host:port/path?query", or with https, ws or wss. Throws std::invalid_argument for
  /// anything else, and for an address that names a user.
  static Uri parse(std::string_view text);
  /// What a Location of this resource means (RFC 3986, 5.2); throws as `parse`.
  Uri resolve(std::string_view reference) const;
  /// The path, or path and query, below this address: what a client with a base address is asked
  /// for. An address of its own stays as it is. Nothing is taken out of a path, not even "..".
  Uri join(std::string_view target) const;

  /// "host", and ":port" where it is not the scheme's own.
  std::string authority() const;
  std::string origin() const { return scheme + "://" + authority(); }
  /// "/path?query", as a request line has it.
  std::string target() const { return path + (query.empty() ? "" : "?" + query); }
  std::string str() const { return origin() + target(); }
};

}  // namespace capricorn
