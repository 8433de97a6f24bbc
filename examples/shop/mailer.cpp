// SPDX-License-Identifier: MIT
#include "mailer.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace shop {

void OutboxMailer::send(const Mail& mail) {
  const auto now = std::chrono::system_clock::now();
  // By time, so that they leave in order; with something random, for two may share a second.
  const std::string file =
      folder_ + "/" + std::to_string(jwt::numeric_date(now)) + "-" + secrets::token_hex(8) + ".eml";
  const std::string unfinished = file + ".part";
  {
    std::ofstream out(unfinished, std::ios::binary);
    out << "From: Shop <shop@localhost>\r\nTo: <" << mail.to << ">\r\nSubject: " << mail.subject
        << "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        << mail.text << "\r\n";
    if (!out.flush()) throw std::runtime_error("the mail to " + mail.to + " was not written");
  }
  std::filesystem::rename(unfinished, file);  // whoever watches the folder sees whole mails only
}

Mailer& get_mailer(Request& request) { return request.app().state().get<OutboxMailer>(); }

void deliver(Mailer* mailer, const Mail& mail) { mailer->send(mail); }

}  // namespace shop
