// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>

#include "../../http/application.hpp"
#include "../../loop/event.hpp"
#include "../../loop/task_handle.hpp"
#include "../request.hpp"
#include "../response.hpp"

namespace capricorn::detail {

class RelayedBody;

/// The application behind a `(request, next)` middleware while it answers. It runs in a task of its
/// own, so that a deadline or a group of tasks in there never ends what the middleware awaits. At
/// the head of its answer it is held up until the middleware sends that; from then on a stream goes
/// straight to whom it is sent, with that one's back-pressure. What the application does behind its
/// answer, background tasks and clean-up, comes when the middleware's answer is complete.
///
/// It lies in the middleware's frame, which awaits `finish` or `abandon` before it goes.
class InnerCall final : public Receive, public Send {
 public:
  /// All outlive it.
  InnerCall(Application& application, Scope& scope, Receive& receive, Send& send) noexcept
      : application_(application), scope_(scope), receive_(receive), send_(send) {}
  InnerCall(const InnerCall&) = delete;
  InnerCall& operator=(const InnerCall&) = delete;
  ~InnerCall();

  /// Runs the application until the head of its answer is there. Throws what it throws before
  /// that, and RuntimeError where it gives no answer. A second call ends the first one's answer.
  Task<Response> start(Request& request);
  /// The middleware has answered: the application goes on to its end. Throws what it throws.
  Task<> finish();
  /// The middleware failed or is cancelled: the application is cancelled, and awaited.
  Task<> abandon();

  ValueTask<ReceiveEvent> operator()() override;
  ValueTask<void> operator()(const SendEvent& event) override;

  /// Where the middleware's own request reads: what the application took does not come again.
  Receive& outside() noexcept { return outside_; }

 private:
  friend class RelayedBody;
  class Turn;
  struct Outside final : Receive {
    explicit Outside(InnerCall& inner) noexcept : call(inner) {}
    ValueTask<ReceiveEvent> operator()() override;
    InnerCall& call;
  };
  enum class Step : std::uint8_t {
    kIdle,
    kRunning,    // before the head
    kWhole,      // held up with all of its answer
    kHead,       // held up with the head of a stream
    kRelaying,   // its body goes on to whom it is sent
    kBodyEnded,  // held up behind the last of the body
    kDiscarded,  // nobody wants its answer
    kReleased,   // behind its answer
  };

  static Task<> run(InnerCall& self);
  Task<ReceiveEvent> receive_body();
  bool body_taken() const noexcept { return took_bytes_ || took_end_; }
  ReceiveEvent taken_body() const;
  Task<> relay(Send& to);
  Task<> wait_for_application();
  Task<> join();
  void let_go() noexcept;
  void take_head(int status, const Headers& headers);
  Task<> hold(Step step);
  ValueTask<void> send_body(const ResponseBody& piece);
  ValueTask<void> send_file(const FileRange& range);
  Task<> send_last(ResponseBody piece);
  Task<> send_last_file(FileRange range);

  // Request
  Application& application_;
  Scope& scope_;
  Receive& receive_;
  Send& send_;
  Request* request_ = nullptr;
  Outside outside_{*this};
  // By the application, from behind the middleware's request.
  bool took_bytes_ = false;
  bool took_end_ = false;

  // Call
  bool body_gone_ = false;      // a call before took it
  bool body_given_ = false;     // to its end
  Application* app_ = nullptr;  // the scope's, as the application has it; and so its root_path
  std::string_view root_path_;

  // Answer
  Step step_ = Step::kIdle;
  std::optional<Response> response_;
  RelayedBody* body_ = nullptr;  // that of the answer, as long as it lives
  Send* relay_ = nullptr;

  // Application
  TaskHandle<> task_;
  Event reported_;  // it was held up, or ended
  Event go_on_;
  std::exception_ptr failure_;
};

}  // namespace capricorn::detail
