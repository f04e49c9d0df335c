// The three ways in which an event gets to a server: through PostgreSQL, to the floor's control socket, over HTTP to nchan.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "template.h"

struct lane;

struct publisher {
    struct lane *lanes;
    unsigned lane_count, next;
    int poller;
    // What is sent: an SQL statement, an event, or the body of a POST to `path`.
    const char *text, *path;
    // How many users one change tells; 0 is everybody at once.
    unsigned batch;
    // When the last change was acknowledged: for PostgreSQL, when its commit had been answered.
    uint64_t answered_at;
    unsigned unanswered;

    bool (*send)(struct publisher *, struct lane *, struct change);
    void (*receive)(struct publisher *, struct lane *);
};

// `target` is `postgres:CONNINFO`, `floor:SOCKET` or `http:PORT`. Its events in `poller` have `tag | lane` as their data.
void publisher_start(struct publisher *publisher, const char *target, uint64_t tag);

// False when every lane is waiting for an answer.
bool publisher_send(struct publisher *publisher, struct change change);
void publisher_handle(struct publisher *publisher, unsigned lane);
