// Time as this generator counts it: nanoseconds of the monotonic clock, which no clock setting moves.
#pragma once

#include <stdint.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

static inline uint64_t clock_read(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline uint64_t now(void) { return clock_read(CLOCK_MONOTONIC); }
