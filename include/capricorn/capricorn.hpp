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
#include <capricorn/loop/address.hpp>
#include <capricorn/loop/barrier.hpp>
#include <capricorn/loop/condition.hpp>
#include <capricorn/loop/datagram.hpp>
#include <capricorn/loop/errors.hpp>
#include <capricorn/loop/event.hpp>
#include <capricorn/loop/future.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/lock.hpp>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/loop_monitor.hpp>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/queue.hpp>
#include <capricorn/loop/rate_limiter.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/semaphore.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/stream.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/task.hpp>
#include <capricorn/loop/task_dump.hpp>
#include <capricorn/loop/task_handle.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <capricorn/loop/watchdog.hpp>
