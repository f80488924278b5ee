/* From the ticks of a trace's event clock to nanoseconds. */
#include "decoder/clock.h"

#include <inttypes.h>

enum { NS_PER_SECOND = 1000000000, NS_PER_FILETIME_TICK = 100, NS_PER_MICROSECOND = 1000 };

/* So that rest * multiplier in clock_ns keeps to 64 bits; no clock counts 18 GHz. */
#define PERF_FREQ_MAX (UINT64_MAX / NS_PER_SECOND)

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void set_ratio(struct clock *clock, uint64_t multiplier, uint64_t divisor)
{
    uint64_t common = greatest_common_divisor(multiplier, divisor);
    clock->multiplier = multiplier / common;
    clock->divisor = divisor / common;
    clock->whole_max = CLOCK_NS_MAX / clock->multiplier;
}

bool clock_init(struct clock *clock, uint32_t type, uint64_t perf_freq, uint32_t cpu_mhz,
                uint64_t *hz, uint64_t offset, struct error *err)
{
    switch (type) {
    case CLOCK_QPC:
        if (perf_freq == 0 || perf_freq > PERF_FREQ_MAX)
            return error_set(err, ERROR_NOT_A_TRACE, offset,
                             "the header says its clock ticks %" PRIu64 " times a second",
                             perf_freq);
        set_ratio(clock, NS_PER_SECOND, perf_freq);
        *hz = perf_freq;
        return true;
    case CLOCK_SYSTEM:
        set_ratio(clock, NS_PER_FILETIME_TICK, 1);
        *hz = NS_PER_SECOND / NS_PER_FILETIME_TICK;
        return true;
    case CLOCK_CYCLES:
        if (cpu_mhz == 0)
            return error_set(err, ERROR_NOT_A_TRACE, offset,
                             "the header counts CPU cycles and says the CPU has 0 MHz");
        set_ratio(clock, NS_PER_MICROSECOND, cpu_mhz);
        *hz = (uint64_t)cpu_mhz * 1000000;
        return true;
    default:
        return error_set(err, ERROR_NOT_A_TRACE, offset, "unknown clock type %" PRIu32, type);
    }
}
