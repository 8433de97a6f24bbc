// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "../config/command_line.hpp"
#include "../config/config.hpp"
#include "../config/env_file.hpp"
#include "../loop/socket_file.hpp"
#include "../loop/ticket_keys.hpp"
#include "file_watch.hpp"
#include "metrics_board.hpp"
#include "pid_file.hpp"
#include "signal_queue.hpp"
#include "sockets.hpp"
#include "systemd.hpp"
#include "worker_status.hpp"

namespace capricorn {

/// Keeps worker processes serving: it makes the listening sockets and keeps them, forks a process
/// for each worker, replaces one that dies, hangs or has served enough, and all of them one by one
/// for new code and configuration. A new worker serves before an old one is told to leave, and the
/// sockets stay, so that no request fails.
///
/// It has one thread, runs no loop and loads no application: what it forks is clean.
///
/// SIGTERM and SIGINT stop it, the second time at once; SIGHUP replaces the workers, SIGUSR2 hands
/// the sockets to a new binary; SIGTTIN and SIGTTOU mean a worker more or less; SIGQUIT has every
/// worker report its tasks, SIGUSR1 open its log file again.
class Supervisor {
 public:
  /// Reads the configuration anew, for SIGHUP.
  using ReadConfig = std::function<std::variant<Config, ExitWith>()>;
  /// Serves on these sockets in a process of its own, until it is told to stop; the exit code.
  using Serve = std::function<int(const Config&, ServerParent&, std::vector<ListeningSocket>)>;

  Supervisor(Config config, ReadConfig read_config, Serve serve);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  /// Until it is stopped; the exit code: 0 done, 1 the address cannot be had, 3 a worker cannot
  /// start. Throws BindError.
  int run();

 private:
  using Clock = std::chrono::steady_clock;

  struct Worker {
    enum class Stage { kStarting, kServing, kRetiring };

    pid_t pid = 0;
    WorkerStatus::Shared status;
    std::shared_ptr<const Config> config;  // which a reload does not change
    unsigned generation = 0;
    Stage stage = Stage::kStarting;
    pid_t predecessor = 0;  // retires when this one serves; 0: none
    Clock::time_point started;

    // Heartbeats
    std::uint64_t beats = 0;
    Clock::time_point heard;

    // Its end
    bool hung = false;
    Clock::time_point kill_at = Clock::time_point::max();
  };

  // Life
  void turn();
  void handle(int signal);
  void told_to_stop(int signal);
  std::chrono::milliseconds patience() const;
  void stop(int exit_code);
  void force();
  bool stopping() const noexcept { return exit_code_.has_value(); }

  // Workers
  void start_worker(pid_t predecessor);
  [[noreturn]] void become_worker(const Config& config, WorkerLink link);
  Config worker_config();
  void reap();
  void ended(Worker worker, int wait_status);
  void could_not_start(const Worker& worker, int wait_status);
  void start_later(const std::string& text);
  void retire(Worker& worker);
  static bool is_starting(const Worker& worker);
  void promote_started();
  bool is_outdated(const Worker& worker) const;
  void start_what_is_missing();
  void forgive_pause();
  void check_health();
  void check_hung(Worker& worker);
  std::size_t count(Worker::Stage stage) const;
  std::size_t starting_in_gaps() const;
  std::size_t serving_formerly() const;
  Worker* find(pid_t pid);
  void tell_all(int signal);

  // Reload
  ListeningSockets open_sockets() const;
  void reload();
  void refuse_reload(const std::string& why);
  void begin_generation();
  void retire_starting();
  void reload_failed();
  void keep_what_serves();
  void look_at_files();

  // Hand-over
  void hand_over();
  void stop_successor();
  void successor_ended(int wait_status);
  void take_over();

  // Sockets
  void own_files();
  void release_files();
  void drop_former_sockets();

  // Server
  std::shared_ptr<const Config> config_;
  ReadConfig read_config_;
  Serve serve_;
  ListeningSockets sockets_;
  std::map<std::string, SocketFile> socket_files_;  // by what was asked for
  MetricsBoard board_;
  SignalQueue signals_;
  SystemdService systemd_;
  PidFile pid_file_;
  std::unique_ptr<TicketKeys> ticket_keys_;  // workers go on with each other's TLS sessions
  pid_t predecessor_ = 0;
  std::vector<std::string> handed_;  // what its sockets were asked for as
  std::optional<int> exit_code_;
  bool stopped_by_other_ = false;  // of a hand-over
  bool forced_ = false;
  bool announced_ = false;

  // Workers
  std::vector<Worker> workers_;
  std::size_t wanted_;
  Clock::time_point next_start_{};
  Clock::time_point looked_ = Clock::now();
  unsigned quick_deaths_ = 0;
  unsigned failed_starts_ = 0;  // on end, beside workers that serve

  // Reload
  unsigned generation_ = 0;
  std::shared_ptr<const Config> former_config_;
  EnvVariables former_variables_;  // of its --env-file
  std::size_t former_wanted_ = 0;
  ListeningSockets former_sockets_;  // of that one, until nobody needs them
  std::optional<FileWatch> files_;

  // Hand-over
  pid_t successor_ = 0;
  pid_t newest_successor_ = 0;  // told to stop or not
};

/// Whether these options ask for workers.
bool wants_supervisor(const Config& config) noexcept;

/// Logs, and runs a Supervisor; its exit code, and 1 where an address cannot be had.
int supervise(const Config& config, Supervisor::ReadConfig read_config, Supervisor::Serve serve);

}  // namespace capricorn
