/* What the log file header and the buffers say about a trace: the names of the header kinds. */
#include "decoder/trace_info.h"

const char *const header_kind_names[HEADER_KIND_MAX] = {
#define X(name, value) [HEADER_##name] = #name,
    HEADER_KIND_LIST(X)
#undef X
};
