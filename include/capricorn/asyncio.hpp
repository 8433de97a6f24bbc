// SPDX-License-Identifier: MIT
#pragma once

/// The event loop and everything that runs on it: asyncio, by one include.

#include <capricorn/loop/address.hpp>
#include <capricorn/loop/as_completed.hpp>
#include <capricorn/loop/async_generator.hpp>
#include <capricorn/loop/barrier.hpp>
#include <capricorn/loop/condition.hpp>
#include <capricorn/loop/context.hpp>
#include <capricorn/loop/datagram.hpp>
#include <capricorn/loop/ensure_future.hpp>
#include <capricorn/loop/errors.hpp>
#include <capricorn/loop/event.hpp>
#include <capricorn/loop/exception_group.hpp>
#include <capricorn/loop/executor.hpp>
#include <capricorn/loop/finally_async.hpp>
#include <capricorn/loop/future.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/lock.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/loop_monitor.hpp>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/queue.hpp>
#include <capricorn/loop/rate_limiter.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/run_coroutine_threadsafe.hpp>
#include <capricorn/loop/semaphore.hpp>
#include <capricorn/loop/shield.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/stream.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/stream_state.hpp>
#include <capricorn/loop/task.hpp>
#include <capricorn/loop/task_dump.hpp>
#include <capricorn/loop/task_glance.hpp>
#include <capricorn/loop/task_group.hpp>
#include <capricorn/loop/task_handle.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/thread_pool_executor.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <capricorn/loop/wait.hpp>
#include <capricorn/loop/wait_for.hpp>
#include <capricorn/loop/watchdog.hpp>
