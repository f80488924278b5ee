/* One thing that happened to a heap or a process: the names of the kinds. */
#include "decoder/event.h"

const char *const event_kind_names[EVENT_KIND_COUNT] = {
#define X(name) #name,
    EVENT_KIND_LIST(X)
#undef X
};
