// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace capricorn {

/// A socket that whoever started this process listens on already.
struct PassedSocket {
  int fd = -1;
  std::string name;  // FileDescriptorName= of its unit
};

/// sd_listen_fds(3): those that LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PID tell of. The variables
/// are taken away, and no child inherits the descriptors. Before any thread is started.
std::vector<PassedSocket> take_passed_sockets();

}  // namespace capricorn
