// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "../../loop/errors.hpp"
#include "../../loop/log.hpp"
#include "../../loop/platform.hpp"
#include "../../loop/run.hpp"
#include "../../loop/symbol.hpp"
#include "../dev/build_session.hpp"
#include "../dev/dev_application.hpp"
#include "../dev/module_compiler.hpp"
#include "../dev/rebuilder.hpp"
#include "../dev/source_directives.hpp"
#include "../dev/toolchain.hpp"
#include "../logging.hpp"
#include "../module.hpp"
#include "../program_start.hpp"
#include "../serve.hpp"
#include "../supervisor.hpp"
#include "commands.hpp"

namespace capricorn {
namespace {

constexpr const char* kUsage =
    "Usage: capricorn dev [OPTIONS] [FILE.cpp[:name]]\n\n"
    "Compiles FILE to a module and serves it; again whenever it, or a file that it includes, is\n"
    "saved. While it does not compile, the former build goes on serving, and the browser shows "
    "the\n"
    "compiler's message. Without FILE: main.cpp, app.cpp or api.cpp, here or in app/ or src/.\n\n"
    "  --cxxflags TEXT  More flags for the compiler, between spaces.\n"
    "  --ldflags TEXT   More flags for linking: -lsqlite3.\n\n"
    "The file can say the same of itself: // capricorn: pkg-config sqlite3 (or cxxflags, "
    "ldflags).\n"
    "CXX names another compiler.\n";

/// What this command takes itself, and the rest of the command line.
struct Arguments {
  std::vector<std::string> cxxflags;
  std::vector<std::string> ldflags;
  std::vector<const char*> rest;
  std::string mistake;
};

/// `--name VALUE` or `--name=VALUE` at `argv[i]`: its words go to `list`.
bool take(const char* name, int argc, char** argv, int& i, std::vector<std::string>& list,
          std::string& mistake) {
  std::string_view argument = argv[i];
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(std::strlen(name));
  if (!argument.empty() && !argument.starts_with('=')) return false;
  if (argument.empty() && i + 1 == argc) {
    mistake = std::string(name) + ": expected flags after it.";
    return true;
  }
  const std::string_view value = argument.empty() ? argv[++i] : argument.substr(1);
  for (std::string& word : split_words(value)) list.push_back(std::move(word));
  return true;
}

Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    if (!take("--cxxflags", argc, argv, i, arguments.cxxflags, arguments.mistake) &&
        !take("--ldflags", argc, argv, i, arguments.ldflags, arguments.mistake)) {
      arguments.rest.push_back(argv[i]);
    }
  }
  return arguments;
}

/// "" where there is none of them.
std::string usual_source() {
  for (const char* folder : {"", "app/", "src/"}) {
    for (const char* name : {"main.cpp", "app.cpp", "api.cpp"}) {
      const std::string path = std::string(folder) + name;
      if (::access(path.c_str(), R_OK) == 0) return path;
    }
  }
  return "";
}

struct Source {
  std::string path;
  std::string suffix;  // ":name" of the application in it, or ""
};

Source read_source(const Config& config) {
  const std::size_t colon = config.app.rfind(':');
  Source source{.path = config.app, .suffix = {}};
  if (colon != std::string::npos && config.app.find('/', colon) == std::string::npos) {
    source = {.path = config.app.substr(0, colon), .suffix = config.app.substr(colon)};
  }
  if (!config.app_dir.empty() && !source.path.starts_with('/')) {
    source.path.insert(0, config.app_dir + "/");
  }
  return source;
}

/// "" for a file that can be compiled.
std::string mistake_of(const std::string& source) {
  if (::access(source.c_str(), R_OK) != 0) {
    return "cannot read '" + source + "': " + std::strerror(errno) + ".";
  }
  const std::string suffix = std::filesystem::path(source).extension();
  if (suffix == ".cpp" || suffix == ".cc" || suffix == ".cxx") return "";
  return "expected a source file, FILE.cpp, got '" + source + "'.";
}

// ------------------------------------------------------------------------------------- terminal

void tell(const char* subject, const std::string& text) {
  const char* format = ::isatty(STDERR_FILENO) == 1 ? "\x1b[36m%10s\x1b[0m   %s\n" : "%10s   %s\n";
  std::fprintf(stderr, format, subject, text.c_str());
}

void introduce(const Config& config, const Source& source, const Toolchain& toolchain) {
  tell("capricorn", "Starting development server");
  tell("module", source.path);
  tell("app", source.suffix.empty() ? "its CAPRICORN_APP" : "its " + source.suffix.substr(1));
  tell("compiler", toolchain.compiler);
  if (config.bind.empty() && config.uds.empty() && config.fd < 0 && config.port != 0) {
    const std::string url = std::string(config.ssl_certfile.empty() ? "http://" : "https://") +
                            config.host + ":" + std::to_string(config.port);
    tell("server", "Server started at " + url);
    tell("server", "Documentation at " + url + "/docs");
  }
  tell("tip", "Running in development mode, for production: build a module, capricorn app.so");
}

// --------------------------------------------------------------------------------------- builder

Task<> rebuild(ModuleCompiler compiler, const BuildSession* session, pid_t supervisor, int first) {
  Rebuilder rebuilder(std::move(compiler), *session);
  co_await rebuilder.build();
  const bool told = ::write(first, "1", 1) == 1;
  ::close(first);
  if (told) co_await rebuilder.follow_changes(supervisor);
}

[[noreturn]] void become_builder(ModuleCompiler compiler, const BuildSession& session,
                                 pid_t supervisor, int first) {
  name_this_thread("capricorn:build");
  try {
    run(rebuild(std::move(compiler), &session, supervisor, first));
  } catch (const KeyboardInterrupt&) {
    std::exit(0);
  } catch (const std::exception& error) {
    log(LogLevel::kError, error.what());
    std::exit(3);
  }
  std::exit(0);
}

/// The process that compiles: forked before there is a socket, so that it keeps none.
class Builder {
 public:
  /// Returns when the first build is over. Throws std::system_error.
  Builder(ModuleCompiler compiler, const BuildSession& session) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t supervisor = ::getpid();
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
      ::close(ends[0]);
      // The compiler's processes are not to keep it open.
      ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);
      become_builder(std::move(compiler), session, supervisor, ends[1]);
    }
    ::close(ends[1]);
    char byte = 0;
    ready_ = ::read(ends[0], &byte, 1) == 1;
    ::close(ends[0]);
  }
  Builder(const Builder&) = delete;
  ~Builder() {
    // The supervisor's wait() may have had it.
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

  /// False where it could not even begin, and told why.
  bool ready() const noexcept { return ready_; }

 private:
  pid_t pid_ = -1;
  bool ready_ = false;
};

// ---------------------------------------------------------------------------------------- worker

/// What the dynamic linker did not find, as it stands in the source; "" where that went well.
std::string undefined_symbol(std::string_view text) {
  constexpr std::string_view kMark = "undefined symbol: ";
  const std::size_t mark = text.find(kMark);
  if (mark == std::string_view::npos) return "";
  text.remove_prefix(mark + kMark.size());
  std::string name(text.substr(0, text.find_first_of(" ,")));
  if (name.ends_with('.')) name.pop_back();  // of the sentence
  return demangle(name);
}

/// What went wrong, and what is to be done where that is known.
std::string explain(const LoadError& error, const std::string& source) {
  std::string text = error.what();
  if (const std::string symbol = undefined_symbol(text); !symbol.empty()) {
    return text + "\n" + source + " uses " + symbol + ", which it is not linked with. " +
           "For one of a library write '// capricorn: ldflags -lNAME', or '// capricorn: " +
           "pkg-config NAME', into a line of the file; for one in another source file of " +
           "yours build with Meson or CMake: capricorn dev compiles one file.";
  }
  if (text.find("no application of that name") == std::string::npos) return text;
  std::ifstream file(source, std::ios::binary);
  const std::string code{std::istreambuf_iterator<char>(file), {}};
  if (code.find("CAPRICORN_APP") == std::string::npos) {
    text += "\n" + source + " has no CAPRICORN_APP. Write CAPRICORN_APP(make_app) behind the " +
            "function that makes the application.";
  }
  return text;
}

int serve_session(Config config, std::vector<ListeningSocket> sockets, ServerParent& parent,
                  const BuildSession& session, const std::string& source) {
  if (!start_logging(config)) return 1;
  LoadedApplication application(nullptr, nullptr);
  const long long compiled = session.module_time();  // of this one, or of one before it
  try {
    if (session.has_module()) {
      application = load_module(config.app);
      session.loaded();
    }
  } catch (const LoadError& error) {
    const std::string text = explain(error, source);
    log(LogLevel::kError, text);
    session.fail({source + " compiles, but cannot be served", text});
    if (session.has_loaded()) return 3;
  }
  if (!application) config.lifespan = "off";
  DevApplication served(application.get(), compiled, session);
  return serve(served, config, parent, std::move(sockets));
}

/// One worker, which the supervisor replaces when there is a new module.
Config session_config(Config config, const BuildSession& session, const Source& source) {
  config.app = session.module() + source.suffix;
  config.app_dir.clear();
  config.reload = true;
  config.reload_dirs = {session.folder()};
  // Nothing there but the module, which is watched anyway.
  config.reload_includes.clear();
  config.reload_excludes = {"*"};
  config.reload_delay = std::chrono::milliseconds(0);
  return config;
}

int develop(const Config& config, const Source& source, Arguments arguments) {
  Toolchain toolchain = find_toolchain();
  const std::string cache = cache_folder();
  const BuildSession session(cache);
  introduce(config, source, toolchain);
  ModuleCompiler compiler(
      std::move(toolchain),
      {source.path, std::move(arguments.cxxflags), std::move(arguments.ldflags)}, cache);
  const Config served = session_config(config, session, source);
  const Builder builder(std::move(compiler), session);
  if (!builder.ready()) return 3;
  return supervise(
      served, [&served] { return std::variant<Config, ExitWith>(served); },
      [&](const Config& current, ServerParent& parent, std::vector<ListeningSocket> sockets) {
        return serve_session(current, std::move(sockets), parent, session, source.path);
      });
}

}  // namespace

int dev(int argc, char** argv) {
  Arguments arguments = read_arguments(argc - 1, argv + 1);
  if (!arguments.mistake.empty()) return print({1, "Error: " + arguments.mistake + "\n"});
  arguments.rest.insert(arguments.rest.begin(), argv[0]);
  Program program = binary_program();
  program.usage = kUsage;
  program.defaults.app = usual_source();
  program.expects = "FILE.cpp; there is no main.cpp, app.cpp or api.cpp here, in app/ or in src/";
  const auto parsed = read_options([&] {
    return parse_command_line(static_cast<int>(arguments.rest.size()), arguments.rest.data(),
                              program);
  });
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  Config quiet = config;
  quiet.access_log = false;
  if (!start_logging(quiet, LogWriter::Mode::kDirect)) return 1;  // this process forks
  const Source source = read_source(config);
  if (const std::string mistake = mistake_of(source.path); !mistake.empty()) {
    return print({1, "Error: " + mistake + "\n"});
  }
  try {
    return develop(config, source, std::move(arguments));
  } catch (const ToolchainError& error) {
    return print({1, std::string("Error: ") + error.what() + "\n"});
  }
}

}  // namespace capricorn
