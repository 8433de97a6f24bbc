# SPDX-License-Identifier: MIT
"""The benchmarks on Python's event loops: asyncio_loop.py asyncio|uvloop --list | NAME OPERATIONS.

Each gives the nanoseconds it took, or a dictionary. What one operation is stands in run."""
import asyncio
import os
import random
import statistics
import sys
import threading
import time
from pathlib import Path

LIVE_TIMERS = 10_000
TIMERS_A_PASS = 1000  # so that what was cancelled is collected now and then
BATCH = 1000
cpu = time.process_time_ns  # what never waits takes as long on a busy machine
now = time.perf_counter_ns


def nothing():
    pass


def long_delays():
    """Deadlines of long timers in seconds, 10 to 60 s."""
    source = random.Random(1)
    return [source.uniform(10, 60) for _ in range(LIVE_TIMERS)]


def spread(waits):
    waits.sort()
    return {"value": statistics.fmean(waits), "p50": waits[len(waits) // 2],
            "p99": waits[len(waits) * 99 // 100], "least": waits[0], "worst": waits[-1]}


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


# ---------------------------------------------------------------- callbacks


async def call_soon_chain(n):
    loop, left = asyncio.get_running_loop(), n
    done = loop.create_future()

    def step():
        nonlocal left
        left -= 1
        if left:
            loop.call_soon(step)
        else:
            done.set_result(None)

    begin = cpu()
    loop.call_soon(step)
    await done
    return cpu() - begin


async def idle_iteration(n):
    return await call_soon_chain(n)


async def polling_iteration(n):
    read_end, write_end = os.pipe()
    asyncio.get_running_loop().add_reader(read_end, nothing)
    taken = await call_soon_chain(n)
    asyncio.get_running_loop().remove_reader(read_end)
    os.close(read_end)
    os.close(write_end)
    return taken


async def call_soon_batch(n):
    loop, left = asyncio.get_running_loop(), n
    done = loop.create_future()

    def add():
        for _ in range(BATCH):
            loop.call_soon(step)

    def step():
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)
        elif left % BATCH == 0:
            add()

    begin = cpu()
    add()
    await done
    return cpu() - begin


# ---------------------------------------------------------------- coroutines and tasks


async def child(value):
    return value


async def nested(depth):
    return 1 if depth == 1 else 1 + await nested(depth - 1)


async def yield_times(n):
    for _ in range(n):
        await asyncio.sleep(0)


async def await_coro(n):
    begin = cpu()
    for _ in range(n):
        await child(1)
    return cpu() - begin


async def await_depth8(n):
    begin = cpu()
    for _ in range(n // 8):
        await nested(8)
    return cpu() - begin


async def spawn_await(n):
    begin = cpu()
    for _ in range(n):
        await asyncio.create_task(child(1))
    return cpu() - begin


async def sleep0_single(n):
    begin = cpu()
    await yield_times(n)
    return cpu() - begin


async def pingpong_sleep0(n):
    begin = cpu()
    first = asyncio.create_task(yield_times(n // 2))
    second = asyncio.create_task(yield_times(n // 2))
    await first
    await second
    return cpu() - begin


async def future_wake(n):
    loop = asyncio.get_running_loop()
    begin = cpu()
    for _ in range(n):
        future = loop.create_future()
        loop.call_soon(future.set_result, None)
        await future
    return cpu() - begin


async def future_switch(n):
    loop = asyncio.get_running_loop()
    slots = [loop.create_future(), loop.create_future()]

    async def play(me):
        for _ in range(n // 2):
            await slots[me]
            slots[me] = loop.create_future()
            slots[1 - me].set_result(None)

    begin = cpu()
    first, second = asyncio.create_task(play(0)), asyncio.create_task(play(1))
    slots[0].set_result(None)
    await first
    await second
    return cpu() - begin


async def wait_for_done(n):
    begin = cpu()
    for _ in range(n):
        await asyncio.wait_for(child(1), 30)
    return cpu() - begin


async def gather1000(n):
    begin = cpu()
    for _ in range(n // BATCH):
        await asyncio.gather(*[child(c) for c in range(BATCH)])
    return cpu() - begin


async def gather1000_sleep0(n):
    begin = cpu()
    for _ in range(n // BATCH):
        await asyncio.gather(*[yield_times(1) for _ in range(BATCH)])
    return cpu() - begin


async def cancel_throw(n):
    begin, cancelled = cpu(), 0
    for _ in range(n):
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            cancelled += 1
    assert cancelled == n
    return cpu() - begin


async def queue_pingpong(n):
    requests, answers = asyncio.Queue(), asyncio.Queue()

    async def echo_items():
        for _ in range(n):
            await answers.put(await requests.get())

    begin = cpu()
    echo = asyncio.create_task(echo_items())
    for _ in range(n):
        await requests.put(1)
        await answers.get()
    await echo
    return cpu() - begin


async def lock_uncontended(n):
    lock = asyncio.Lock()
    begin = cpu()
    for _ in range(n):
        await lock.acquire()
        lock.release()
    return cpu() - begin


# ---------------------------------------------------------------- timers


def live_timers(delays):
    loop = asyncio.get_running_loop()
    return [loop.call_later(delay, nothing) for delay in delays]


async def timer_add_cancel(n, among_live=False):
    loop, delays = asyncio.get_running_loop(), long_delays()
    live = live_timers(delays) if among_live else []
    begin = cpu()
    for i in range(n):
        loop.call_later(delays[i % LIVE_TIMERS], nothing).cancel()
        if i % TIMERS_A_PASS == 0:
            await asyncio.sleep(0)
    taken = cpu() - begin
    for timer in live:
        timer.cancel()
    return taken


async def timer_add_cancel_10k(n):
    return await timer_add_cancel(n, True)


async def timer_rearm_10k_live(n):
    loop, timers = asyncio.get_running_loop(), live_timers([30] * LIVE_TIMERS)
    begin = cpu()
    for i in range(n):
        timers[i % LIVE_TIMERS].cancel()
        timers[i % LIVE_TIMERS] = loop.call_later(30, nothing)
        if i % TIMERS_A_PASS == 0:
            await asyncio.sleep(0)
    taken = cpu() - begin
    for timer in timers:
        timer.cancel()
    return taken


async def timer_fire(n):
    loop, left, fired = asyncio.get_running_loop(), 0, None

    def step():
        nonlocal left
        left -= 1
        if not left:
            fired.set_result(None)

    begin = cpu()
    for _ in range(n // BATCH):
        fired, left = loop.create_future(), BATCH
        for _ in range(BATCH):
            loop.call_later(0.001, step)
        await fired
    return cpu() - begin


async def timer_precision(n):
    loop, lateness = asyncio.get_running_loop(), []
    for i in range(n):
        delay, fired, begin = i % 10 + 1, loop.create_future(), now()

        def fire():
            lateness.append(now() - begin - 1_000_000 * delay)
            fired.set_result(None)

        loop.call_later(delay / 1000, fire)
        await fired
    return spread(lateness)


async def sleep_10k(n):
    before = resident_bytes()
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(n)]
    await asyncio.sleep(0)
    return {"value": (resident_bytes() - before) / len(tasks)}


# ---------------------------------------------------------------- threads


async def to_thread_rt(n):
    begin = now()
    for _ in range(n):
        await asyncio.to_thread(nothing)
    return now() - begin


async def threadsafe_wake(n):
    loop, waits, answered = asyncio.get_running_loop(), [], True
    done = loop.create_future()

    def answer(sent):
        nonlocal answered
        waits.append(now() - sent)
        if len(waits) == n:
            done.set_result(None)
        answered = True

    def send():
        nonlocal answered
        for _ in range(n):
            answered = False
            time.sleep(0.0001)  # the loop is asleep by then
            loop.call_soon_threadsafe(answer, now())
            while not answered:
                time.sleep(0.0001)

    sender = threading.Thread(target=send)
    sender.start()
    await done
    sender.join()
    return spread(waits)


async def threadsafe_throughput(n):
    loop, left, begin = asyncio.get_running_loop(), n, 0
    done = loop.create_future()

    def step():
        nonlocal left
        left -= 1
        if not left:
            done.set_result(None)

    def send():
        nonlocal begin
        begin = now()
        for _ in range(n):
            loop.call_soon_threadsafe(step)

    sender = threading.Thread(target=send)
    sender.start()
    await done
    taken = now() - begin
    sender.join()
    return taken


# ---------------------------------------------------------------- main

IN_BATCHES = (call_soon_batch, await_depth8, pingpong_sleep0, future_switch, gather1000,
              gather1000_sleep0, timer_fire)
BENCHMARKS = {function.__name__: function for function in (
    call_soon_chain, call_soon_batch, idle_iteration, polling_iteration, await_coro, await_depth8,
    spawn_await, sleep0_single, pingpong_sleep0, future_wake, future_switch, wait_for_done, gather1000,
    gather1000_sleep0, cancel_throw, timer_add_cancel, timer_add_cancel_10k, timer_rearm_10k_live,
    timer_fire, timer_precision, sleep_10k, queue_pingpong, lock_uncontended, to_thread_rt,
    threadsafe_wake, threadsafe_throughput)}


def loop_factory(name):
    if name == "asyncio":
        return asyncio.new_event_loop
    import uvloop  # pylint: disable=import-outside-toplevel
    return uvloop.new_event_loop


def measure(function, factory, n):
    if function in IN_BATCHES:
        n = -(-n // BATCH) * BATCH
    with asyncio.Runner(loop_factory=factory) as runner:
        result = runner.run(function(n))
    return result if isinstance(result, dict) else {"value": result / n}


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: asyncio_loop.py asyncio|uvloop --list | NAME OPERATIONS")
    factory = loop_factory(sys.argv[1])
    if sys.argv[2] == "--list":
        print(*BENCHMARKS, sep="\n")
        return
    name, n = sys.argv[2], int(sys.argv[3])
    if name != "sleep_10k":  # it measures what was never asked for before
        measure(BENCHMARKS[name], factory, max(n // 10, 1))
    result = measure(BENCHMARKS[name], factory, n)
    details = (f"{key}={value:.0f}" for key, value in result.items() if key != "value")
    print(name, f"{result['value']:.2f}", *details)


if __name__ == "__main__":
    main()
