// SPDX-License-Identifier: MIT
#pragma once

#include "../../http/application.hpp"
#include "build_session.hpp"

namespace capricorn {

/// The application that is being worked on. While its last build has failed, whoever asks for a
/// page (GET, and HTML is accepted) is shown why: a page of the former one would be taken for the
/// new one's. Programs, which could not read that page, are answered by the former one. The page
/// asks again each second, and goes when the next build is there.
class DevApplication final : public Application {
 public:
  /// Compiled at that time of the session's. Null where nothing has compiled yet: then everybody is
  /// shown the failure. Both outlive it.
  DevApplication(Application* application, long long compiled, const BuildSession& session) noexcept
      : application_(application), compiled_(compiled), session_(session) {}

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override;
  std::optional<std::size_t> route_count() const override {
    return application_ ? application_->route_count() : std::nullopt;
  }

 private:
  Application* application_;
  long long compiled_;
  const BuildSession& session_;
};

}  // namespace capricorn
