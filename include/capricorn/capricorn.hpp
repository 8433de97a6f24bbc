// SPDX-License-Identifier: MIT
#pragma once

/// Everything an application needs, by one include.

#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/errors.hpp>
#include <capricorn/handlers/field.hpp>
#include <capricorn/handlers/invoke.hpp>
#include <capricorn/handlers/module.hpp>
#include <capricorn/handlers/parameters.hpp>
#include <capricorn/handlers/pattern.hpp>
#include <capricorn/handlers/request.hpp>
#include <capricorn/handlers/response.hpp>
#include <capricorn/handlers/router.hpp>
#include <capricorn/handlers/static_files.hpp>
#include <capricorn/http/application.hpp>
#include <capricorn/http/headers.hpp>
#include <capricorn/http/status.hpp>
#include <capricorn/http/url.hpp>
#include <capricorn/loop/errors.hpp>
#include <capricorn/loop/future.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/task.hpp>
#include <capricorn/loop/task_handle.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/loop/to_thread.hpp>
