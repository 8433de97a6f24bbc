// SPDX-License-Identifier: MIT
#pragma once

/// Everything an application needs, by one include.

#include <capricorn/asyncio.hpp>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/compression.hpp>
#include <capricorn/handlers/dependency.hpp>
#include <capricorn/handlers/dependency_overrides.hpp>
#include <capricorn/handlers/depends.hpp>
#include <capricorn/handlers/errors.hpp>
#include <capricorn/handlers/event_source.hpp>
#include <capricorn/handlers/field.hpp>
#include <capricorn/handlers/form_data.hpp>
#include <capricorn/handlers/form_parameters.hpp>
#include <capricorn/handlers/invoke.hpp>
#include <capricorn/handlers/invoke_websocket.hpp>
#include <capricorn/handlers/middleware/http_middleware.hpp>
#include <capricorn/handlers/module.hpp>
#include <capricorn/handlers/on_loop.hpp>
#include <capricorn/handlers/parameters.hpp>
#include <capricorn/handlers/pattern.hpp>
#include <capricorn/handlers/request.hpp>
#include <capricorn/handlers/request_decompression.hpp>
#include <capricorn/handlers/response.hpp>
#include <capricorn/handlers/router.hpp>
#include <capricorn/handlers/security/api_key.hpp>
#include <capricorn/handlers/security/http_schemes.hpp>
#include <capricorn/handlers/security/jwt.hpp>
#include <capricorn/handlers/security/oauth2.hpp>
#include <capricorn/handlers/security/password_hash.hpp>
#include <capricorn/handlers/security/secrets.hpp>
#include <capricorn/handlers/server_sent_event.hpp>
#include <capricorn/handlers/static_files.hpp>
#include <capricorn/handlers/upload_file.hpp>
#include <capricorn/handlers/websocket.hpp>
#include <capricorn/http/application.hpp>
#include <capricorn/http/client_disconnect.hpp>
#include <capricorn/http/cookie.hpp>
#include <capricorn/http/headers.hpp>
#include <capricorn/http/status.hpp>
#include <capricorn/http/url.hpp>
