/* SPDX-License-Identifier: MIT */
/* What the kernel's interface costs: one epoll, one recv and one send for each readiness, and nothing
 * parsed. It counts blank lines and answers each with the same bytes; with "echo" it sends back what
 * came. No server that looks at its requests can be expected below this. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kAnswer[] =
    "HTTP/1.1 200 OK\r\nServer: limit\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
enum { kAnswerSize = sizeof kAnswer - 1, kMostAnswers = 64, kEvents = 1024 };

static char input[64 << 10];
static char answers[kMostAnswers * kAnswerSize];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int listen_on(int port) {
  const int on = 1;
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((in_port_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4096) < 0) {
    die("listen");
  }
  return fd;
}

static void accept_all(int epoll, int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    const int on = 1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  }
}

static int count_requests(ssize_t size) {
  int requests = 0;
  const char *at = input, *const end = input + size;
  while (requests < kMostAnswers && (at = memmem(at, (size_t)(end - at), "\r\n\r\n", 4)) != NULL) {
    ++requests;
    at += 4;
  }
  return requests;
}

static void serve(int fd, int echo) {
  const ssize_t size = recv(fd, input, sizeof input, 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) {
    close(fd);
    return;
  }
  const char *out = echo ? input : answers;
  const size_t wanted = echo ? (size_t)size : (size_t)count_requests(size) * kAnswerSize;
  if (wanted > 0 && send(fd, out, wanted, MSG_NOSIGNAL) < 0) close(fd);
}

int main(int argc, char **argv) {
  static struct epoll_event events[kEvents];
  if (argc < 2) {
    fprintf(stderr, "usage: %s PORT [echo]\n", argv[0]);
    return 2;
  }
  const int echo = argc > 2, listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) die("epoll_ctl");
  for (int i = 0; i < kMostAnswers; ++i) memcpy(answers + i * kAnswerSize, kAnswer, kAnswerSize);
  for (;;) {
    const int number = epoll_wait(epoll, events, kEvents, -1);
    for (int i = 0; i < number; ++i) {
      if (events[i].data.fd == listener)
        accept_all(epoll, listener);
      else
        serve(events[i].data.fd, echo);
    }
  }
}
