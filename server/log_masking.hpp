// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

/// What a log shows in the place of a secret.
inline constexpr std::string_view kMasked = "***";

/// Whether a header of this lower-case name holds a secret: authorization, cookie and the like.
bool is_secret_header(std::string_view name) noexcept;
/// Whether a query's field, or an environment variable, is called like a secret: token, password,
/// api_key, signature and the like, also as a part of its name.
bool is_secret_name(std::string_view name);

/// Appends a query as it was sent, the values of secrets masked.
void append_masked_query(std::string& out, std::string_view query);
/// The same for a target or URL: masks in its query, and a password before its host.
std::string masked_url(std::string_view url);

}  // namespace capricorn
