// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace capricorn {

/// Several failures at once. https://docs.python.org/3/library/exceptions.html#ExceptionGroup
class ExceptionGroup : public std::exception {
 public:
  /// `message` gets " (N sub-exceptions)" behind it. There is at least one.
  ExceptionGroup(const std::string& message, std::vector<std::exception_ptr> exceptions);
  ExceptionGroup(const ExceptionGroup&);
  ~ExceptionGroup() override;

  const std::vector<std::exception_ptr>& exceptions() const noexcept { return exceptions_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
  std::vector<std::exception_ptr> exceptions_;
};

}  // namespace capricorn
