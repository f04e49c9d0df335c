// Latencies as they were measured, so that a percentile is one of them and not the edge of a bucket.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct samples {
    uint64_t *values;
    size_t count, capacity;
};

// Past a bound, which no step of ours comes near, a sample is left out.
void samples_add(struct samples *samples, uint64_t nanoseconds);
void samples_forget(struct samples *samples);

// Writes `"NAME":{"count":…,"p50":…,"p99":…,"max":…}`, in milliseconds; sorts the samples.
void samples_print(struct samples *samples, const char *name);
