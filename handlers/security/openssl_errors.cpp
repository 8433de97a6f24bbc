// SPDX-License-Identifier: MIT
#include "openssl_errors.hpp"

#include <openssl/err.h>

namespace capricorn::detail {

OpenSslErrors::OpenSslErrors() noexcept { ERR_set_mark(); }
OpenSslErrors::~OpenSslErrors() { ERR_pop_to_mark(); }

}  // namespace capricorn::detail
