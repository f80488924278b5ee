/* From the ticks of a trace's event clock to nanoseconds. */
#ifndef DECODER_CLOCK_H
#define DECODER_CLOCK_H

#include "decoder/error.h"
#include "decoder/trace_info.h"

#include <stdint.h>

/* No tick is later than this, 292 years: a trace that says so lies, and sums stay in 64 bits. */
#define CLOCK_NS_MAX ((uint64_t)INT64_MAX)

/* A tick is multiplier / divisor nanoseconds, in lowest terms. */
struct clock {
    uint64_t multiplier;
    uint64_t divisor;
    uint64_t whole_max; /* of ticks / divisor: from there on the time is CLOCK_NS_MAX */
};

/*
 * `type` is TRACE_LOGFILE_HEADER.ReservedFlags: 1 ticks are of QueryPerformanceCounter, PerfFreq a
 * second; 2 of 100 ns; 3 of the CPU, CpuSpeedInMHz (Microsoft, WNODE_HEADER, Remarks). `*hz` is
 * the ticks a second. An unknown type or an impossible frequency is ERROR_NOT_A_TRACE at `offset`.
 */
bool clock_init(struct clock *clock, uint32_t type, uint64_t perf_freq, uint32_t cpu_mhz,
                uint64_t *hz, uint64_t offset, struct error *err);

/* Nanoseconds, exact, rounded down; never above CLOCK_NS_MAX. */
static inline uint64_t clock_ns(const struct clock *clock, uint64_t ticks)
{
    /* The clock of Windows 10 and later has 100 ns: no division, which would cost 10 of ours. */
    bool is_whole = clock->divisor == 1;
    uint64_t whole = is_whole ? ticks : ticks / clock->divisor;
    uint64_t rest = is_whole ? 0 : ticks % clock->divisor;
    if (whole >= clock->whole_max)
        return CLOCK_NS_MAX;
    if (is_whole)
        return whole * clock->multiplier;
    return whole * clock->multiplier + rest * clock->multiplier / clock->divisor;
}

#endif
