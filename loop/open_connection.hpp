// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "stream.hpp"

namespace capricorn {

/// Connects to the first of the host's addresses that accepts. Throws std::system_error: "cannot
/// connect to example.com port 80: Connection refused"; with a timeout, TimeoutError; with ssl,
/// what Stream::start_tls throws, and std::invalid_argument for options that do not go together.
/// https://docs.python.org/3/library/asyncio-stream.html#asyncio.open_connection
Task<Stream> open_connection(std::string host, int port, StreamOptions options = {});
Task<Stream> open_unix_connection(std::string path, StreamOptions options = {});

}  // namespace capricorn
