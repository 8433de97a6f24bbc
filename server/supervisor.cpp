// SPDX-License-Identifier: MIT
#include "supervisor.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "../loop/log.hpp"
#include "../loop/platform.hpp"
#include "admin/admin_server.hpp"
#include "logging.hpp"
#include "program_start.hpp"
#include "reload_files.hpp"
#include "sockets.hpp"
#include "tls.hpp"
#include "wait_status.hpp"

namespace capricorn {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBusyTurn{50};
constexpr std::chrono::milliseconds kQuietTurn{500};
constexpr std::chrono::seconds kPause{1};              // more than a busy machine makes of a turn
constexpr std::chrono::seconds kLeastPatience{2};      // a loop says once a second that it goes on
constexpr std::chrono::milliseconds kStackTime{500};   // for a hung worker's watchdog to say where
constexpr std::chrono::milliseconds kForcedTime{500};  // to end at once
constexpr std::chrono::seconds kCleanUpTime{5};        // behind the deadline of its requests
constexpr std::chrono::seconds kQuickDeath{1};
constexpr std::chrono::seconds kLongestPause{10};

std::string process(pid_t pid) { return "[" + std::to_string(pid) + "]"; }

/// So that what fails again and again keeps no core busy.
std::chrono::milliseconds pause_behind(unsigned failures) {
  const unsigned enough = std::min(failures, 100u);
  return std::min<std::chrono::milliseconds>(enough * enough * 250ms, kLongestPause);
}

/// It answers no requests.
Config supervisor_logging(const Config& config) {
  Config quiet = config;
  quiet.access_log = false;
  return quiet;
}

}  // namespace

Supervisor::Supervisor(Config config, ReadConfig read_config, Serve serve)
    : config_(std::make_shared<const Config>(std::move(config))),
      read_config_(std::move(read_config)),
      serve_(std::move(serve)),
      board_(MetricsBoard::slots_for(static_cast<std::size_t>(config_->workers) *
                                     static_cast<std::size_t>(config_->loops))),
      wanted_(config_->reload ? 1 : static_cast<std::size_t>(std::max(config_->workers, 1))) {
  if (config_->reload) files_.emplace(reload_files(*config_));
}

Supervisor::~Supervisor() = default;

int Supervisor::run() {
  take_over();
  log(LogLevel::kInfo, "Started parent process " + process(::getpid()));
  for (std::size_t i = 0; i < wanted_; ++i) start_worker(0);
  while (!stopping() || !workers_.empty()) {
    handle(signals_.wait(patience()));
    turn();
  }
  release_files();
  log(LogLevel::kInfo, "Stopping parent process " + process(::getpid()));
  return *exit_code_;
}

std::chrono::milliseconds Supervisor::patience() const {
  const bool busy = stopping() || count(Worker::Stage::kServing) != workers_.size() ||
                    workers_.size() != wanted_ || former_config_;
  return std::min(busy ? kBusyTurn : kQuietTurn, systemd_.beat());
}

void Supervisor::turn() {
  reap();
  forgive_pause();
  check_health();
  systemd_.alive();
  if (stopping()) return;
  promote_started();
  look_at_files();
  start_what_is_missing();
}

void Supervisor::handle(int signal) {
  switch (signal) {
    case SIGINT:
    case SIGTERM: return told_to_stop(signal);
    case SIGHUP:
      if (stopping()) return;
      log(LogLevel::kInfo, "Received SIGHUP, replacing the workers.");
      return reload();
    case SIGUSR2: return hand_over();
    case SIGTTIN:
      log(LogLevel::kInfo, "Received SIGTTIN, starting another worker.");
      ++wanted_;
      return;
    case SIGTTOU:
      if (wanted_ > 1) --wanted_;
      log(LogLevel::kInfo, "Received SIGTTOU, keeping " + std::to_string(wanted_) + " worker(s).");
      return;
    case SIGUSR1: reopen_log_files(); return tell_all(signal);
    case SIGQUIT: return tell_all(signal);
    default: return;  // SIGALRM and SIGCHLD: it is time to look
  }
}

/// A second time at once. What the other of a hand-over tells us is no wish of an operator's, who
/// may have one at the same moment.
void Supervisor::told_to_stop(int signal) {
  const pid_t sender = signals_.sender();
  const bool by_successor =
      signal == SIGTERM && newest_successor_ != 0 &&
      (sender == newest_successor_ || (sender == 0 && !stopping()));  // where no system tells
  const bool by_other = by_successor || (sender != 0 && sender == predecessor_);
  if (by_other && stopping()) return;
  const bool again = stopping() && !std::exchange(stopped_by_other_, false);
  log(LogLevel::kInfo, std::string("Received ") + (signal == SIGINT ? "SIGINT" : "SIGTERM") +
                           (again ? ", stopping at once." : ", exiting."));
  if (again && !std::exchange(forced_, true)) return force();
  if (stopping()) return;
  stopped_by_other_ = by_other;
  if (!by_successor) stop_successor();
  stop(0);
}

void Supervisor::tell_all(int signal) {
  for (const Worker& worker : workers_) ::kill(worker.pid, signal);
}

void Supervisor::stop(int exit_code) {
  if (stopping()) return;
  exit_code_ = exit_code;
  if (successor_ == 0) systemd_.stopping();
  // Workers have their own: who comes once they accept no more is refused, and does not wait for
  // our end. Whoever passed a socket keeps it open.
  sockets_.clear();
  former_sockets_.clear();
  for (Worker& worker : workers_) retire(worker);
}

void Supervisor::force() {
  for (Worker& worker : workers_) {
    worker.status->forced.store(true);
    ::kill(worker.pid, SIGTERM);
    worker.kill_at = std::min(worker.kill_at, Clock::now() + kForcedTime);
  }
}

// ------------------------------------------------------------------------------------- workers

std::size_t Supervisor::count(Worker::Stage stage) const {
  return static_cast<std::size_t>(std::ranges::count(workers_, stage, &Worker::stage));
}

/// Started workers that are to serve beside all others, and not in the place of one that serves.
std::size_t Supervisor::starting_in_gaps() const {
  return static_cast<std::size_t>(std::ranges::count_if(workers_, [this](const Worker& worker) {
    if (worker.stage != Worker::Stage::kStarting) return false;
    const auto former = std::ranges::find(workers_, worker.predecessor, &Worker::pid);
    return former == workers_.end() || former->stage != Worker::Stage::kServing;
  }));
}

std::size_t Supervisor::serving_formerly() const {
  return static_cast<std::size_t>(std::ranges::count_if(workers_, [this](const Worker& worker) {
    return worker.stage == Worker::Stage::kServing && worker.generation != generation_;
  }));
}

Supervisor::Worker* Supervisor::find(pid_t pid) {
  const auto found = std::ranges::find(workers_, pid, &Worker::pid);
  return found == workers_.end() ? nullptr : &*found;
}

void Supervisor::start_worker(pid_t predecessor) {
  const Config config = worker_config();
  const pid_t supervisor = ::getpid();
  WorkerStatus::Shared status = WorkerStatus::share();
  pid_t pid = -1;
  if (status) {
    std::fflush(nullptr);
    pid = ::fork();
  }
  if (pid < 0) {
    log(LogLevel::kError, std::string("cannot start a worker: ") + std::strerror(errno));
    next_start_ = Clock::now() + 1s;
    return;
  }
  if (pid == 0) become_worker(config, WorkerLink(*status, supervisor, board_));
  workers_.push_back({.pid = pid,
                      .status = std::move(status),
                      .config = config_,
                      .generation = generation_,
                      .predecessor = predecessor,
                      .started = Clock::now(),
                      .heard = {}});
}

Config Supervisor::worker_config() {
  Config config = *config_;
  if (ServerTls::wanted(config)) {
    if (!ticket_keys_) ticket_keys_ = std::make_unique<TicketKeys>();
    config.ssl_ticket_keys = ticket_keys_->text();
  }
  return config;
}

void Supervisor::become_worker(const Config& config, WorkerLink link) {
  // What a terminal or pkill tells everybody is the supervisor's to decide.
  for (const int signal : {SIGINT, SIGHUP, SIGUSR2, SIGTTIN, SIGTTOU}) std::signal(signal, SIG_IGN);
  signals_.release_in_child({SIGUSR1, SIGQUIT});  // they wait for the worker's handlers
  name_this_thread("capricorn:work");
  int exit_code = 3;
  try {
    former_sockets_.clear();
    exit_code = serve_(config, link, std::move(sockets_));
  } catch (const std::exception& error) {
    log(LogLevel::kError, error.what());
  } catch (...) {  // none passes: what the supervisor cleans up is not this process's
    log(LogLevel::kError, "an exception of unknown type");
  }
  std::exit(exit_code);
}

void Supervisor::reap() {
  int wait_status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &wait_status, WNOHANG)) > 0;) {
    board_.worker_gone(pid);
    if (pid == successor_) {
      successor_ended(wait_status);
    } else if (Worker* worker = find(pid)) {
      Worker gone = std::move(*worker);
      workers_.erase(workers_.begin() + (worker - workers_.data()));
      ended(std::move(gone), wait_status);
    }
  }
}

/// By what it says itself, which nobody here may have looked at yet.
bool Supervisor::is_starting(const Worker& worker) {
  return worker.status->stage.load() == WorkerStatus::Stage::kStarting;
}

void Supervisor::ended(Worker worker, int wait_status) {
  const bool clean = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
  if (worker.stage == Worker::Stage::kRetiring || stopping()) {
    const std::string how = clean ? "" : ": " + cause_of_end(wait_status);
    return log(clean ? LogLevel::kInfo : LogLevel::kWarning,
               "Terminated child process " + process(worker.pid) + how);
  }
  if (worker.stage == Worker::Stage::kStarting && is_starting(worker)) {
    return could_not_start(worker, wait_status);
  }
  board_.worker_replaced(worker.hung ? RestartReason::kHung : RestartReason::kDied);
  log(clean ? LogLevel::kInfo : LogLevel::kError, "Child process " + process(worker.pid) +
                                                      " died (" + cause_of_end(wait_status) +
                                                      "), replacing it.");
  // One that dies as soon as it serves is not to keep a core busy.
  quick_deaths_ = Clock::now() - worker.started < kQuickDeath ? quick_deaths_ + 1 : 0;
  next_start_ = Clock::now() + pause_behind(quick_deaths_);
}

void Supervisor::could_not_start(const Worker& worker, int wait_status) {
  const std::string text = "Child process " + process(worker.pid) + " could not start (" +
                           cause_of_end(wait_status) + ")";
  if (former_config_) {
    log(LogLevel::kError, text + ": the former workers go on.");
    return reload_failed();
  }
  if (config_->reload) {
    log(LogLevel::kError, text + ": waiting for a change of the files.");
    if (worker.predecessor == 0) wanted_ = 0;
    return keep_what_serves();
  }
  if (announced_ && count(Worker::Stage::kServing) > 0) return start_later(text);
  log(LogLevel::kError, text + ". Stopping.");
  const bool bad_option = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 1;
  stop(bad_option ? 1 : 3);
}

/// What it needs may be back in a moment, and those that serve are worth more than an end that
/// somebody notices.
void Supervisor::start_later(const std::string& text) {
  systemd_.status(text);
  const std::chrono::milliseconds pause = pause_behind(++failed_starts_);
  log(LogLevel::kError, text + ": the others go on, the next attempt is in " +
                            std::to_string(pause.count()) + " ms.");
  next_start_ = Clock::now() + pause;
}

void Supervisor::retire(Worker& worker) {
  if (worker.stage == Worker::Stage::kRetiring) return;
  const bool starting = is_starting(worker);  // it has no requests to end
  worker.stage = Worker::Stage::kRetiring;
  const bool others = !stopping() || successor_ != 0;
  using Order = WorkerStatus::Order;
  worker.status->order.store(others ? Order::kRetire : Order::kEnd);
  Clock::duration most = kCleanUpTime;
  if (!starting) most += worker.config->timeout_graceful_shutdown;
  if (!starting && !others) most += worker.config->shutdown_delay;
  worker.kill_at = Clock::now() + most;
  // A second signal would end it at once.
  const bool leaves = worker.status->stage.load() == WorkerStatus::Stage::kStopping;
  if (!leaves) ::kill(worker.pid, SIGTERM);
}

void Supervisor::promote_started() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    if (worker.stage != Worker::Stage::kStarting || is_starting(worker)) continue;
    worker.stage = Worker::Stage::kServing;
    worker.heard = Clock::now();
    if (std::exchange(failed_starts_, 0) > 0) systemd_.status("serving");
    if (Worker* former = find(worker.predecessor)) {
      board_.worker_replaced(former->status->asks_replacement.load() ? former->status->reason.load()
                                                                     : RestartReason::kReload);
      // The last that accepts from them takes what waits there, and then they are closed.
      if (serving_formerly() <= 1) {
        turn_away_from(former_sockets_, sockets_);
        drop_former_sockets();
      }
      retire(*former);
    }
  }
  if (announced_ || wanted_ == 0 || count(Worker::Stage::kServing) < wanted_) return;
  announced_ = true;
  pid_file_.write(config_->pid_file);
  systemd_.main_process(::getpid());
  systemd_.ready("serving with " + std::to_string(wanted_) + " worker(s)");
  if (predecessor_ != 0 && ::getppid() == predecessor_) ::kill(predecessor_, SIGTERM);
}

/// Who has more memory than it may from the beginning would have no end of successors like it: each
/// serves for a while.
bool Supervisor::is_outdated(const Worker& worker) const {
  if (worker.stage != Worker::Stage::kServing) return false;
  if (worker.generation != generation_) return true;
  if (worker.status->stage.load() == WorkerStatus::Stage::kStopping) return true;
  if (!worker.status->asks_replacement.load()) return false;
  return worker.status->reason.load() != RestartReason::kMemory ||
         Clock::now() - worker.started >= kLongestPause;
}

/// As many as are wanted, beside one that does not come to its end of starting; then, one at a
/// time, those that are to be replaced.
void Supervisor::start_what_is_missing() {
  if (Clock::now() < next_start_) return;
  const std::size_t serving = count(Worker::Stage::kServing);
  const std::size_t coming = starting_in_gaps();
  if (serving + coming < wanted_) return start_worker(0);
  if (coming > 0 && serving + coming > wanted_) {
    return retire(*std::ranges::find(workers_, Worker::Stage::kStarting, &Worker::stage));
  }
  if (count(Worker::Stage::kStarting) > 0) return;
  const auto outdated =
      std::ranges::find_if(workers_, [this](auto& worker) { return is_outdated(worker); });
  if (serving > wanted_) {
    retire(outdated != workers_.end()
               ? *outdated
               : *std::ranges::find(workers_, Worker::Stage::kServing, &Worker::stage));
  } else if (outdated != workers_.end()) {
    start_worker(outdated->pid);
  } else if (former_config_) {
    if (config_->pid_file != former_config_->pid_file) {
      pid_file_.remove();
      pid_file_.write(config_->pid_file);
    }
    former_config_.reset();
    former_variables_.clear();
    drop_former_sockets();
    log(LogLevel::kInfo, "Every worker is replaced.");
    systemd_.ready("serving with " + std::to_string(wanted_) + " worker(s)");
  }
}

/// What makes us stand still, a container or a machine that is paused, does so to the workers: such
/// a time is not held against them.
void Supervisor::forgive_pause() {
  const Clock::time_point now = Clock::now();
  const Clock::duration late = now - std::exchange(looked_, now) - kQuietTurn;
  if (late < kPause) return;
  for (Worker& worker : workers_) {
    worker.heard += late;
    if (worker.kill_at != Clock::time_point::max()) worker.kill_at += late;
  }
}

void Supervisor::check_health() {
  for (Worker& worker : workers_) {
    if (Clock::now() >= worker.kill_at) {
      if (!worker.hung) {
        log(LogLevel::kError,
            "Child process " + process(worker.pid) + " has not ended, killing it.");
      }
      worker.kill_at = Clock::time_point::max();
      ::kill(worker.pid, SIGKILL);
    }
    if (worker.stage == Worker::Stage::kServing && !worker.hung) check_hung(worker);
  }
}

void Supervisor::check_hung(Worker& worker) {
  const std::uint64_t beats = worker.status->beats.load(std::memory_order_relaxed);
  if (beats != worker.beats) {
    worker.beats = beats;
    worker.heard = Clock::now();
    return;
  }
  if (config_->timeout_worker_healthcheck <= 0ms) return;
  const auto patience =
      std::max<std::chrono::milliseconds>(config_->timeout_worker_healthcheck, kLeastPatience);
  if (Clock::now() - worker.heard < patience) return;
  log(LogLevel::kError, "Child process " + process(worker.pid) + " has not answered for " +
                            std::to_string(patience.count()) + " ms, killing it.");
  worker.hung = true;
  ::kill(worker.pid, SIGQUIT);  // its watchdog says where it hangs
  worker.kill_at = Clock::now() + kStackTime;
}

// -------------------------------------------------------------------------------------- reload

/// Those of a reload that is not over, and those of the workers that it has not replaced yet, whose
/// addresses may be wanted back.
ListeningSockets Supervisor::open_sockets() const {
  ListeningSockets sockets = copies_of(sockets_);
  for (ListeningSocket& former : copies_of(former_sockets_)) {
    const bool known = std::ranges::any_of(sockets_, [&](const ListeningSocket& each) {
      return each.asked == former.asked && each.admin == former.admin;
    });
    if (!known) sockets.push_back(std::move(former));
  }
  return sockets;
}

void Supervisor::reload() {
  EnvVariables variables = env_file_variables();
  auto read = read_config_();
  if (const auto* refused = std::get_if<ExitWith>(&read)) {
    return refuse_reload(one_line(*refused));
  }
  auto next = std::make_shared<const Config>(std::get<Config>(std::move(read)));
  ListeningSockets sockets;
  try {
    sockets = bind_all_sockets(*next, open_sockets());
    configure_logging(supervisor_logging(*next), LogWriter::Mode::kDirect);
  } catch (const std::exception& error) {  // an address, the log's file, or no descriptor is left
    set_env_file_variables(std::move(variables));
    return refuse_reload(std::string(error.what()) + ". ");
  }
  systemd_.reloading();
  if (next->log_level != config_->log_level) board_.set_log_level(std::nullopt);
  if (!former_config_) {
    former_config_ = config_;
    former_variables_ = std::move(variables);
    former_wanted_ = wanted_;
    former_sockets_ = std::move(sockets_);
  }
  config_ = std::move(next);
  sockets_ = std::move(sockets);
  own_files();
  if (config_->reload) {
    wanted_ = 1;
  } else if (config_->workers > 0 && config_->workers != former_config_->workers) {
    wanted_ = static_cast<std::size_t>(config_->workers);
  }
  begin_generation();
}

/// systemd waits for the end of each, where that is its way to reload.
void Supervisor::refuse_reload(const std::string& why) {
  log(LogLevel::kError, why + "The workers go on as they are.");
  if (!announced_) return;
  systemd_.reloading();
  if (!former_config_) systemd_.ready("serving; the last reload failed");
}

/// Whoever has not come so far with the former code or configuration is not waited for.
void Supervisor::begin_generation() {
  ++generation_;
  next_start_ = {};
  retire_starting();
}

void Supervisor::retire_starting() {
  for (Worker& worker : workers_) {
    if (worker.stage == Worker::Stage::kStarting && is_starting(worker)) retire(worker);
  }
}

void Supervisor::reload_failed() {
  config_ = std::exchange(former_config_, nullptr);
  try {
    configure_logging(supervisor_logging(*config_), LogWriter::Mode::kDirect);
  } catch (const LogFileError& error) {  // the new one's is good as well
    log(LogLevel::kError, error.what());
  }
  set_env_file_variables(std::exchange(former_variables_, {}));
  wanted_ = former_wanted_;
  if (!former_sockets_.empty()) sockets_ = std::move(former_sockets_);
  drop_former_sockets();
  retire_starting();
  keep_what_serves();
  systemd_.ready("serving; the last reload failed");
}

void Supervisor::keep_what_serves() {
  for (Worker& worker : workers_) worker.generation = generation_;
}

void Supervisor::look_at_files() {
  if (!files_) return;
  const std::optional<std::string> path = files_->changed();
  if (!path) return;
  log(LogLevel::kWarning, "Detected changes in '" + *path + "'. Reloading...");
  wanted_ = 1;
  begin_generation();
}

// ------------------------------------------------------------------------------------- started

bool wants_supervisor(const Config& config) noexcept { return config.workers > 0 || config.reload; }

int supervise(const Config& config, Supervisor::ReadConfig read_config, Supervisor::Serve serve) {
  if (!start_logging(supervisor_logging(config), LogWriter::Mode::kDirect)) return 1;
  if (config.reload && config.workers > 1) {
    log(LogLevel::kWarning, "\"workers\" flag is ignored when reloading is enabled.");
  }
  try {
    return Supervisor(config, std::move(read_config), std::move(serve)).run();
  } catch (const BindError& error) {
    log(LogLevel::kError, error.what());
    return 1;
  }
}

}  // namespace capricorn
