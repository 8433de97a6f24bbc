// SPDX-License-Identifier: MIT
#include <cstdio>
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
  const auto parsed = parse_command_line(argc - 1, argv + 1, program);
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  if (!prepare_environment(config)) return 1;
  ok("options" + (config.config_file.empty() ? "" : " and " + config.config_file));
  const bool certificates_good = check_certificates(config);
  return check_application(config) && certificates_good ? 0 : 3;
}

}  // namespace capricorn
