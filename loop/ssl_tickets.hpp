// SPDX-License-Identifier: MIT
#pragma once

struct ssl_ctx_st;

namespace capricorn {

class SSLContextState;

/// A session is resumed only as long as its client's certificate is valid.
void refuse_expired_tickets(ssl_ctx_st* context);
/// Session tickets of this server's context are sealed with its `ticket_keys` from now on.
void seal_tickets_with_keys(ssl_ctx_st* context);

}  // namespace capricorn
