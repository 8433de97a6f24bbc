// SPDX-License-Identifier: MIT
#include "event_source.hpp"

#include <ctime>
#include <exception>
#include <vector>

#include "../http/client_disconnect.hpp"
#include "../http/date.hpp"
#include "../loop/event.hpp"
#include "../loop/loop.hpp"
#include "../loop/sleep.hpp"
#include "../loop/task_group.hpp"

namespace capricorn {

EventWriter::EventWriter(BodyWriter& body) noexcept
    : body_(&body), last_write_(get_running_loop().time()) {}

Task<> EventWriter::send(ServerSentEvent event) {
  const auto turn = co_await lock_.scoped();
  out_.clear();
  write_event(out_, event);
  co_await flush();
}

/// The browser hears at once that the stream is open.
Task<> EventWriter::begin(std::optional<std::chrono::milliseconds> retry) {
  if (retry)
    co_await send(ServerSentEvent{.retry = retry});
  else
    co_await body_->flush();
}

Task<> EventWriter::ping() {
  const auto turn = co_await lock_.scoped();
  out_.clear();
  write_event_comment(out_, "ping - " + format_http_date(std::time(nullptr)));
  co_await flush();
}

ValueTask<void> EventWriter::flush() {
  last_write_ = get_running_loop().time();
  return body_->write(out_.view());
}

namespace detail {
namespace {

/// What ends a stream, whichever comes first.
struct End {
  Event come;
  std::exception_ptr failure;  // of the source
};

/// Ends with the source; what it throws is the response's to throw.
Task<> forward_events(Task<> events, End& end) {
  try {
    co_await std::move(events);
  } catch (const CancelledError&) {
    if (current_task().cancelling() > 0) throw;  // else what it awaited was cancelled
    end.failure = std::current_exception();
  } catch (...) {  // thrown again by the response
    end.failure = std::current_exception();
  }
  end.come.set();
}

Task<> watch_client(Receive& receive, End& end) {
  for (bool complete = false;;) {
    const ReceiveEvent event = co_await receive();
    const auto* body = std::get_if<HttpRequest>(&event);
    if (!body) break;
    // Who says twice that the body is complete does not wait for the client to leave.
    if (complete && body->body.empty()) co_return;
    complete = !body->more_body;
  }
  end.come.set();
}

Task<> watch_server(Event& shutdown, End& end) {
  co_await shutdown.wait();
  end.come.set();
}

/// Until the client has left, should that be told here first.
Task<> ping_in_silence(EventWriter& writer, Duration interval, End& end) {
  try {
    for (;;) {
      const TimePoint due = writer.last_write() + interval;
      const TimePoint now = get_running_loop().time();
      if (now < due)
        co_await sleep(due - now);
      else
        co_await writer.ping();
    }
  } catch (const ClientDisconnect&) {
    end.come.set();
  }
}

class EventStream final : public BodyStream {
 public:
  EventStream(std::unique_ptr<EventSource> source, const EventSourceOptions& options)
      : source_(std::move(source)), options_(options) {}

  Task<> run(BodyWriter& body) override {
    EventWriter writer(body);
    co_await send_events(writer);
  }

  Task<> run_for(Scope& scope, Receive* receive, BodyWriter& body) override {
    if (scope.shutdown && scope.shutdown->is_set()) co_return;
    EventWriter writer(body);
    End end;
    co_await TaskGroup::run(
        [&](TaskGroup& group) -> Task<> { co_await watch(group, scope, receive, writer, end); });
    if (end.failure) std::rethrow_exception(end.failure);
  }

 private:
  Task<> send_events(EventWriter& writer) {
    co_await writer.begin(options_.retry);
    co_await source_->run(writer);
  }

  /// All it starts has ended when the group has.
  Task<> watch(TaskGroup& group, Scope& scope, Receive* receive, EventWriter& writer, End& end) {
    std::vector<AnyTask> tasks;
    tasks.push_back(group.create_task(forward_events(send_events(writer), end)));
    if (receive) tasks.push_back(group.create_task(watch_client(*receive, end)));
    if (scope.shutdown) tasks.push_back(group.create_task(watch_server(*scope.shutdown, end)));
    if (options_.ping > Duration::zero()) {
      tasks.push_back(group.create_task(ping_in_silence(writer, options_.ping, end)));
    }
    co_await end.come.wait();
    for (AnyTask& task : tasks) task.cancel();
  }

  std::unique_ptr<EventSource> source_;
  EventSourceOptions options_;
};

}  // namespace

Response event_source_response(std::unique_ptr<EventSource> source,
                               const EventSourceOptions& options) {
  Response response(options.status);
  response.headers().append("content-type", "text/event-stream; charset=utf-8");
  response.headers().append("cache-control", "no-cache");
  response.headers().append("x-accel-buffering", "no");
  response.set_stream(std::make_unique<EventStream>(std::move(source), options));
  return response;
}

}  // namespace detail
}  // namespace capricorn
