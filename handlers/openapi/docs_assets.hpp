// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../request.hpp"
#include "../response.hpp"

namespace capricorn {

/// A file of Swagger UI or ReDoc as the pages name it: below `folder_url` where the binary carries
/// it, with its digest, so that a browser may keep it for good; else on a CDN.
std::string docs_asset_url(std::string_view folder_url, std::string_view name);

/// The file itself, packed where the client takes that, and unpacked for the others; 404 where the
/// binary does not carry it, 304 where the client has it.
Response docs_asset(const Request& request, std::string_view name);

/// A text that was made at run time, with an ETag: 304 where the client has it.
Response tagged_text(const Request& request, std::string_view text, std::string_view media_type);

}  // namespace capricorn
