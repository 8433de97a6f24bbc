// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <string>

namespace shop {

using namespace capricorn;

struct Mail {
  std::string to;
  std::string subject;
  std::string text;
};

/// Sends mail. `send` may block and may be called by any thread.
class Mailer {
 public:
  virtual ~Mailer() = default;
  virtual void send(const Mail& mail) = 0;
};

/// Writes each mail into a folder, as a file that any mail program opens. What empties the folder,
/// and talks to a mail server, is another program: it may be down, and no mail is lost.
class OutboxMailer final : public Mailer {
 public:
  explicit OutboxMailer(std::string folder) : folder_(std::move(folder)) {}
  void send(const Mail& mail) override;

 private:
  std::string folder_;
};

/// The tests put another in its place: `app.dependency_overrides().set<get_mailer>(...)`.
Mailer& get_mailer(Request& request);
using MailerDep = Depends<on_loop(get_mailer)>;

/// For `background.add_task(deliver, &*mailer, mail)`: behind the answer, in a thread of the pool.
void deliver(Mailer* mailer, const Mail& mail);

}  // namespace shop
