// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "../../config/command_line.hpp"

namespace capricorn {

/// What the binary does besides serving: `capricorn check app.so`. Each has the whole command line,
/// its own name at argv[1], and returns the exit code.
struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
  int (*run)(int argc, char** argv);
  bool has_help = true;  // of its own; else these words are all there is to say
};
std::span<const Command> commands() noexcept;
/// Prints its words, for one that has no help of its own.
int help_of(const Command& command);

/// `capricorn app.so`
int serve(int argc, char** argv);
/// Validates the options and loads the application, without serving and without its lifespan.
int check(int argc, char** argv);
/// For containers without curl: `capricorn healthcheck --url http://host:port/path`, and over TLS
/// and Unix sockets.
int healthcheck(int argc, char** argv);
/// Compiles a file to a module, serves it, and does so again whenever it is saved.
int dev(int argc, char** argv);
/// Writes a small project: `capricorn new NAME`.
int new_project(int argc, char** argv);
/// Prints what is written about the options: `capricorn settings --format markdown|toml|json`.
int settings(int argc, char** argv);

/// The live tasks of a server that runs, as a tree: `capricorn tasks PID`.
int tasks(int argc, char** argv);
/// How a server that runs does, again each second: `capricorn top [--once] PID`.
int top(int argc, char** argv);

/// The binary, as its command line knows it.
Program binary_program();

}  // namespace capricorn
