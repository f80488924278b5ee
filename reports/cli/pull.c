/* The only loop of the program: the batches of a trace, one after the other. */
#include "reports/cli/pull.h"

#include "reports/cli/memory.h"
#include "reports/cli/progress.h"
#include "reports/cli/session.h"

/* Asking how much memory is in use is cheap, but not beside a batch of events. */
enum { BATCHES_A_MEMORY_CHECK = 32 };

bool pull_trace(const struct pull *pull, struct error *err)
{
    struct progress progress = progress_begin(pull->is_quiet);
    struct event_batch batch;
    enum next got = NEXT_BATCH;
    for (uint64_t batches = 1; check_stop(pull->when_stopped, err); batches++) {
        got = decoder_next(pull->decoder, &batch, err);
        if (got != NEXT_BATCH || (pull->take && !pull->take(pull->taker, &batch, err)))
            break;
        if (batches % BATCHES_A_MEMORY_CHECK == 0 &&
            !check_memory(pull->memory_bytes_max, pull->when_stopped, err))
            break;
        progress_show(&progress, pull->decoder);
    }
    progress_end(&progress);
    return got == NEXT_END;
}
