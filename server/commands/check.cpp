// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <variant>

#include "../module.hpp"
#include "../program_start.hpp"
#include "../tls.hpp"
#include "commands.hpp"

namespace capricorn {
namespace {

void ok(const std::string& sentence) { std::printf("ok: %s\n", sentence.c_str()); }

/// "12 routes"
std::string told_routes(const Application& application) {
  const std::optional<std::size_t> count = application.route_count();
  if (!count) return "loads";
  return std::to_string(*count) + (*count == 1 ? " route" : " routes");
}

bool check_certificates(const Config& config) {
  if (!ServerTls::wanted(config)) return true;
  try {
    const ServerTls tls(config);
    ok("certificates load");
    return true;
  } catch (const TlsError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return false;
  }
}

/// Whether lines can be appended to it: as it is, or in its folder where it is not there yet.
bool check_log_file(const std::string& path, const char* option) {
  struct stat status{};
  const bool folder_named =
      path.ends_with('/') || (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
  if (path.empty() || (!folder_named && ::access(path.c_str(), W_OK) == 0)) return true;
  if (folder_named) {
    errno = EISDIR;
  } else if (errno == ENOENT) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return true;
  }
  std::fprintf(stderr, "cannot open %s '%s': %s\n", option, path.c_str(), std::strerror(errno));
  return false;
}

bool check_log_files(const Config& config) {
  const bool messages = check_log_file(config.log_file, "--log-file");
  return check_log_file(config.access_log_file, "--access-log-file") && messages;
}

bool check_application(const Config& config) {
  try {
    const LoadedApplication application = load_module(config.app, config.app_dir);
    ok("application " + config.app + ": " + told_routes(*application));
    return true;
  } catch (const LoadError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return false;
  }
}

}  // namespace

int check(int argc, char** argv) {
  Program program = binary_program();
  program.usage = "Usage: capricorn check [OPTIONS] APP\n\nValidates the options and loads APP.\n";
  const auto parsed = read_options([&] { return parse_command_line(argc - 1, argv + 1, program); });
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  ok("options" + (config.config_file.empty() ? "" : " and " + config.config_file));
  const bool logs_good = check_log_files(config);
  const bool certificates_good = check_certificates(config);
  if (!check_application(config) || !certificates_good) return 3;
  return logs_good ? 0 : 1;  // as each would end the server
}

}  // namespace capricorn
