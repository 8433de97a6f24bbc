// SPDX-License-Identifier: MIT
#pragma once

#include <clocale>
#include <cstdlib>
#include <string>

#include "temporary_folder.hpp"

namespace capricorn::test {

/// While it lives the program has a locale that writes a number's decimals behind a comma, as an
/// application has in Germany that calls setlocale. Not where the system cannot make one.
class CommaLocale {
 public:
  CommaLocale() {
    folder_.write("source",
                  "LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \"\"\ngrouping -1\n"
                  "END LC_NUMERIC\n");
    const std::string command = "localedef -c -i " + folder_ / "source" + " -f ANSI_X3.4-1968 " +
                                folder_ / "comma" + " >/dev/null 2>&1";
    [[maybe_unused]] const int warned = std::system(command.c_str());  // of categories that lack
    ::setenv("LOCPATH", folder_.path().c_str(), 1);
    set_ = std::setlocale(LC_NUMERIC, "comma") != nullptr;
    if (!set_) MESSAGE("localedef is not installed: nothing is tried here");
  }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;
  ~CommaLocale() {
    std::setlocale(LC_NUMERIC, "C");
    ::unsetenv("LOCPATH");
  }

 private:
  TemporaryFolder folder_;
  bool set_ = false;
};

}  // namespace capricorn::test
