// Many readers of server-sent events in one process: they are opened, read, counted and dropped together.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samples.h"

enum stream_state { STREAM_CLOSED, STREAM_CONNECTING, STREAM_ASKING, STREAM_READING };

// When a stream counts as live.
enum liveness { LIVE_AT_HEAD, LIVE_AT_WELCOME, LIVE_AT_MISSED_EVENT };

struct stream {
    int descriptor;
    uint8_t state, event, chunk_phase;
    bool chunked, live, welcomed, resumed, has_id;
    uint32_t chunk_left;
    // Stamps of the event that is being read.
    uint32_t stamps;
    // What has been read of a response's head, or of a line.
    char *rest;
    uint32_t rest_length, rest_capacity;
    // The last id, which the next request takes along.
    char position[64];
};

// What all streams together were told since the last step.
struct tally {
    // Whole events with a stamp; a merged one has several.
    uint64_t events, stamps;
    uint64_t welcomes, resumed, beats, resets, goaways, bytes, closed;
};

struct crowd {
    struct stream *streams;
    unsigned count, port, sources, at_once;
    // May hold `{user}`.
    const char *path;
    // One for each stream in turn, or one for all, or none.
    char **tokens;
    size_t token_count;
    enum liveness liveness;
    bool with_positions;
    int poller;

    unsigned asked, connecting, live, failed;
    uint64_t last_live_at, last_told_at;
    struct tally tally;
    struct samples latency;
    bool records_latency;
};

// Begins to open all streams; `crowd_ask` connects as many as may be in flight at once, and is to be called until all are.
void crowd_open(struct crowd *crowd, enum liveness liveness, bool with_positions);
void crowd_ask(struct crowd *crowd);
void crowd_handle(struct crowd *crowd, unsigned index, uint32_t events);
void crowd_drop(struct crowd *crowd);
static inline bool crowd_is_settled(const struct crowd *crowd) { return crowd->live + crowd->failed >= crowd->count; }

// Called by the reader when an event or a response's head is whole.
void crowd_check_live(struct crowd *crowd, struct stream *stream, bool has_head, bool has_missed_event);

// For the reader of the bytes, wire.c: false where they are no response that a stream can go on with.
bool wire_read(struct crowd *crowd, struct stream *stream, const char *bytes, size_t length, uint64_t at);
