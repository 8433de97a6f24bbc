// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>
#include <time.h>

/// What loop/selector_kqueue.cpp uses of the BSDs' <sys/event.h>, so that it is compiled on Linux
/// too. Declarations alone: nothing here can be linked. The numbers are FreeBSD's and macOS's.

struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  intptr_t data;
  void* udata;
};

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_EOF 0x8000

#define EV_SET(event, identifier, filter_, flags_, fflags_, data_, udata_) \
  do {                                                                     \
    struct kevent* set_ = (event);                                         \
    set_->ident = (uintptr_t)(identifier);                                 \
    set_->filter = (int16_t)(filter_);                                     \
    set_->flags = (uint16_t)(flags_);                                      \
    set_->fflags = (uint32_t)(fflags_);                                    \
    set_->data = (intptr_t)(data_);                                        \
    set_->udata = (void*)(udata_);                                         \
  } while (0)

extern "C" {
int kqueue();
int kevent(int queue, const struct kevent* changes, int number_of_changes, struct kevent* events,
           int number_of_events, const struct timespec* timeout);
}
