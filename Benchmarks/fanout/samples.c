#include "samples.h"

#include <stdio.h>
#include <stdlib.h>

#include "failure.h"

static const size_t most = 4 << 20;

void samples_add(struct samples *samples, uint64_t nanoseconds)
{
    if (samples->count == samples->capacity) {
        if (samples->capacity >= most) return;
        samples->capacity = samples->capacity ? 2 * samples->capacity : 4096;
        samples->values = realloc(samples->values, samples->capacity * sizeof *samples->values);
        if (!samples->values) fail("no memory for %zu latencies", samples->capacity);
    }
    samples->values[samples->count++] = nanoseconds;
}

void samples_forget(struct samples *samples) { samples->count = 0; }

static int ascending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// The nearest rank: the least sample that so many in a hundred do not exceed.
static double percentile(const struct samples *samples, unsigned hundredths)
{
    if (!samples->count) return 0;
    size_t rank = (samples->count * hundredths + 99) / 100;
    return (double)samples->values[rank ? rank - 1 : 0] / 1e6;
}

void samples_print(struct samples *samples, const char *name)
{
    if (samples->count) qsort(samples->values, samples->count, sizeof *samples->values, ascending);
    printf("\"%s\":{\"count\":%zu,\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f}", name, samples->count,
        percentile(samples, 50), percentile(samples, 99), percentile(samples, 100));
}
