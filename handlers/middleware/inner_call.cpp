// SPDX-License-Identifier: MIT
#include "inner_call.hpp"

#include <utility>
#include <variant>

#include "../../http/client_disconnect.hpp"
#include "../../loop/errors.hpp"
#include "../../loop/loop.hpp"

namespace capricorn::detail {

/// The body of an answer that streams: the application's own sends, let through.
class RelayedBody final : public BodyStream {
 public:
  explicit RelayedBody(InnerCall& call) noexcept : call_(&call) { call.body_ = this; }
  RelayedBody(const RelayedBody&) = delete;
  RelayedBody& operator=(const RelayedBody&) = delete;
  ~RelayedBody() override {
    if (call_) call_->body_ = nullptr;
  }

  Task<> run(BodyWriter& writer) override {
    if (!call_) throw RuntimeError("the body of this response is over");
    co_await call_->relay(writer.sink());
  }
  /// The application knows what it answers to HEAD.
  bool runs_for_head() const noexcept override { return true; }

  void forget_call() noexcept { call_ = nullptr; }

 private:
  InnerCall* call_;
};

/// While the application may run: a mount in there has set the scope to its own place, which the
/// middleware must not see, nor another call begin at.
class InnerCall::Turn {
 public:
  explicit Turn(InnerCall& call) noexcept
      : call_(call), app_(call.scope_.app), root_path_(call.scope_.root_path) {
    call_.scope_.app = call_.app_;
    call_.scope_.root_path = call_.root_path_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    call_.app_ = std::exchange(call_.scope_.app, app_);
    call_.root_path_ = std::exchange(call_.scope_.root_path, root_path_);
  }

 private:
  InnerCall& call_;
  Application* app_;
  std::string_view root_path_;
};

InnerCall::~InnerCall() {
  if (body_) body_->forget_call();
}

Task<Response> InnerCall::start(Request& request) {
  co_await finish();
  if (body_) std::exchange(body_, nullptr)->forget_call();
  request_ = &request;
  body_gone_ = body_taken();
  body_given_ = false;
  app_ = scope_.app;
  root_path_ = scope_.root_path;
  step_ = Step::kRunning;
  reported_.clear();
  go_on_.clear();
  const Turn turn(*this);
  task_ = get_running_loop().create_task(run(*this), {.eager_start = true});
  co_await wait_for_application();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (!response_) throw RuntimeError("No response returned.");
  Response response = *std::exchange(response_, std::nullopt);
  if (step_ == Step::kHead) response.set_stream(std::make_unique<RelayedBody>(*this));
  co_return response;
}

/// Its failure is kept for whoever waits, and thrown there.
Task<> InnerCall::run(InnerCall& self) {
  struct End {
    TaskCore& task;
    Scope::Owner* owner;  // of what the label shows, should a loop that closes take us last
    ~End() {
      task.drop_label();
      if (owner) owner->drop_reference();
    }
  } end{*get_running_loop().current_task(), self.scope_.owner};
  if (end.owner) end.owner->add_reference();
  end.task.set_label(self.scope_.route);
  try {
    co_await self.application_(self.scope_, self, self);
  } catch (...) {  // thrown again to whom it concerns: in `next`, or behind the answer
    self.failure_ = std::current_exception();
  }
  self.reported_.set();
}

/// Until it is held up or has ended. Cancelled, it cancels the application and waits for its end.
Task<> InnerCall::wait_for_application() {
  std::exception_ptr cancelled;
  try {
    co_await reported_.wait();
  } catch (const CancelledError& error) {
    cancelled = std::current_exception();
    task_.cancel(error.message);
  }
  if (!cancelled) co_return;
  co_await join();
  failure_ = nullptr;
  std::rethrow_exception(cancelled);
}

/// To the application's end, and not shorter: it uses what lies in our frame.
Task<> InnerCall::join() {
  std::exception_ptr cancelled;
  while (!task_.done()) {
    let_go();
    reported_.clear();
    try {
      co_await reported_.wait();
    } catch (const CancelledError& error) {
      cancelled = std::current_exception();
      task_.cancel(error.message);
    }
  }
  if (cancelled) std::rethrow_exception(cancelled);
}

void InnerCall::let_go() noexcept {
  if (step_ == Step::kHead || step_ == Step::kRunning || step_ == Step::kRelaying)
    step_ = Step::kDiscarded;
  else if (step_ != Step::kDiscarded)
    step_ = Step::kReleased;
  go_on_.set();
}

Task<> InnerCall::finish() {
  if (!task_) co_return;
  const Turn turn(*this);
  co_await join();
  task_ = {};
  if (!failure_) co_return;
  try {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  } catch (const ClientDisconnect&) {
    if (step_ != Step::kDiscarded) throw;
  }
}

Task<> InnerCall::abandon() {
  if (!task_) co_return;
  const Turn turn(*this);
  task_.cancel("the middleware before it failed");
  co_await join();
  if (is_keyboard_interrupt(failure_)) std::rethrow_exception(failure_);
}

ValueTask<ReceiveEvent> InnerCall::operator()() {
  if (body_given_) return receive_();
  const bool given = request_->body_loaded() || request_->stream_consumed() || body_gone_;
  if (!given) return receive_body();
  body_given_ = true;
  if (body_gone_ && !request_->body_loaded()) return taken_body();
  return ReceiveEvent(HttpRequest{request_->loaded_body(), false});
}

Task<ReceiveEvent> InnerCall::receive_body() {
  ReceiveEvent event = co_await receive_();
  if (const auto* piece = std::get_if<HttpRequest>(&event)) {
    took_bytes_ = took_bytes_ || !piece->body.empty();
    took_end_ = body_given_ = !piece->more_body;
  }
  co_return event;
}

/// For who would wait for it now: the client sends it once.
ReceiveEvent InnerCall::taken_body() const {
  if (!took_bytes_) return HttpRequest{{}, false};
  throw RuntimeError(
      "the body was taken by what `next` called before: a middleware that needs it again reads it "
      "by `request.body()` first");
}

ValueTask<ReceiveEvent> InnerCall::Outside::operator()() {
  return call.body_taken() ? call.taken_body() : call.receive_();
}

ValueTask<void> InnerCall::operator()(const SendEvent& event) {
  if (step_ == Step::kRunning) {
    if (const auto* whole = std::get_if<WholeResponse>(&event)) {
      take_head(whole->status, whole->headers);
      // To HEAD an empty body may come with the length of GET's, which set_body would take away.
      const bool for_head = scope_.method == Method::kHead && whole->body.empty();
      if (!for_head) response_->set_body(Buffer(whole->body));
      return hold(Step::kWhole);
    }
    if (const auto* start = std::get_if<ResponseStart>(&event)) {
      take_head(start->status, start->headers);
      return hold(Step::kHead);
    }
  } else if (step_ == Step::kRelaying || step_ == Step::kDiscarded) {
    if (const auto* body = std::get_if<ResponseBody>(&event)) return send_body(*body);
    if (const auto* range = std::get_if<FileRange>(&event)) return send_file(*range);
    if (step_ == Step::kDiscarded) return {};
  }
  return send_(event);  // an early hint, or what is out of order: it knows what is wrong with it
}

void InnerCall::take_head(int status, const Headers& headers) {
  response_.emplace(status);
  response_->headers() = headers.clone();
}

/// Until the middleware sends the answer, or is done with it.
Task<> InnerCall::hold(Step step) {
  step_ = step;
  go_on_.clear();
  reported_.set();
  co_await go_on_.wait();
  if (step_ == Step::kDiscarded) throw ClientDisconnect();
}

ValueTask<void> InnerCall::send_body(const ResponseBody& piece) {
  if (!piece.more_body) return send_last(piece);
  if (step_ == Step::kDiscarded) throw ClientDisconnect();
  return (*relay_)(piece);
}

ValueTask<void> InnerCall::send_file(const FileRange& range) {
  if (!range.more_body) return send_last_file(range);
  if (step_ == Step::kDiscarded) throw ClientDisconnect();
  return (*relay_)(range);
}

/// The end itself is the middleware's to send.
Task<> InnerCall::send_last(ResponseBody piece) {
  if (step_ == Step::kDiscarded) co_return;
  piece.more_body = true;
  const SendEvent event = piece;
  if (!piece.body.empty()) co_await (*relay_)(event);
  co_await hold(Step::kBodyEnded);
}

Task<> InnerCall::send_last_file(FileRange range) {
  if (step_ == Step::kDiscarded) co_return;
  range.more_body = true;
  const SendEvent event = range;
  co_await (*relay_)(event);
  co_await hold(Step::kBodyEnded);
}

Task<> InnerCall::relay(Send& to) {
  if (step_ != Step::kHead) throw RuntimeError("the body of this response is over");
  relay_ = &to;
  step_ = Step::kRelaying;
  const Turn turn(*this);
  reported_.clear();
  go_on_.set();
  co_await wait_for_application();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  // A body that breaks off must not look complete.
  if (step_ != Step::kBodyEnded) {
    throw RuntimeError("Application returned without completing response.");
  }
}

}  // namespace capricorn::detail
