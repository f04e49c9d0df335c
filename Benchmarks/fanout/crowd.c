#define _GNU_SOURCE
#include "crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"
#include "template.h"

static void complain(const char *what)
{
    static int complaints;
    if (complaints++ < 3) fprintf(stderr, "%s: %s: %s\n", program_name, what, strerror(errno));
}

static void end(struct crowd *crowd, struct stream *stream)
{
    if (stream->state == STREAM_CLOSED) return;
    if (stream->live)
        crowd->live--, crowd->tally.closed++;
    else
        crowd->connecting--, crowd->failed++;
    stream->live = false;
    stream->state = STREAM_CLOSED;
    close(stream->descriptor);
}

void crowd_check_live(struct crowd *crowd, struct stream *stream, bool has_head, bool has_missed_event)
{
    bool live = crowd->liveness == LIVE_AT_HEAD ? has_head
        : crowd->liveness == LIVE_AT_WELCOME    ? stream->welcomed
                                                : has_missed_event;
    if (!live || stream->live) return;
    stream->live = true;
    crowd->connecting--;
    crowd->live++;
    crowd->last_live_at = now();
}

// One address has some 28,000 free ports, fewer while those of streams that were dropped are still being kept; 127.0.0.0/8
// has addresses enough.
static void take_source(const struct crowd *crowd, int descriptor, unsigned index)
{
    int one = 1;
    struct sockaddr_in source = { .sin_family = AF_INET };
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % crowd->sources);
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(descriptor, (struct sockaddr *)&source, sizeof source) != 0)
        fail("it cannot take the address 127.0.0.%u: %s", 2 + index % crowd->sources, strerror(errno));
}

static void connect_one(struct crowd *crowd, unsigned index)
{
    struct stream *stream = &crowd->streams[index];
    char *rest = stream->rest, position[sizeof stream->position];
    uint32_t capacity = stream->rest_capacity;
    memcpy(position, stream->position, sizeof position);
    *stream = (struct stream){ .rest = rest, .rest_capacity = capacity, .state = STREAM_CONNECTING };
    memcpy(stream->position, position, sizeof position);

    crowd->connecting++;
    stream->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->descriptor < 0) fail("it cannot open stream %u: %s", index + 1, strerror(errno));
    if (crowd->sources) take_source(crowd, stream->descriptor, index);
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons((uint16_t)crowd->port) };
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = index };
    if (connect(stream->descriptor, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS) {
        complain("connect");
        end(crowd, stream);
    } else if (epoll_ctl(crowd->poller, EPOLL_CTL_ADD, stream->descriptor, &event) != 0) {
        fail("epoll_ctl: %s", strerror(errno));
    }
}

static bool send_request(struct crowd *crowd, struct stream *stream, unsigned index)
{
    char request[4096], path[512];
    struct change who = { .user = index, .streams = crowd->count };
    template_fill(path, sizeof path, crowd->path, &who);
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: text/event-stream\r\n",
        path, crowd->port);
    size_t used = (size_t)length;
    if (crowd->token_count)
        used += (size_t)snprintf(request + used, sizeof request - used, "Authorization: Bearer %.1024s\r\n",
            crowd->tokens[index % crowd->token_count]);
    if (crowd->with_positions && *stream->position)
        used += (size_t)snprintf(request + used, sizeof request - used, "Last-Event-ID: %s\r\n", stream->position);
    used += (size_t)snprintf(request + used, sizeof request - used, "\r\n");
    stream->state = STREAM_ASKING;
    return send(stream->descriptor, request, used, MSG_NOSIGNAL) == (ssize_t)used;
}

// Edge-triggered: a read that does not fill the buffer has emptied the socket, and what comes later is an edge of its own.
static bool read_all(struct crowd *crowd, struct stream *stream, bool until_end)
{
    static char buffer[1 << 18];
    for (;;) {
        ssize_t length = recv(stream->descriptor, buffer, sizeof buffer, 0);
        if (length < 0) return errno == EAGAIN || errno == EINTR;
        if (length == 0 || !wire_read(crowd, stream, buffer, (size_t)length, now())) return false;
        if ((size_t)length < sizeof buffer && !until_end) return true;
    }
}

void crowd_open(struct crowd *crowd, enum liveness liveness, bool with_positions)
{
    crowd->liveness = liveness;
    crowd->with_positions = with_positions;
    crowd->asked = crowd->live = crowd->failed = crowd->connecting = 0;
    crowd_ask(crowd);
}

void crowd_ask(struct crowd *crowd)
{
    while (crowd->asked < crowd->count && (!crowd->at_once || crowd->connecting < crowd->at_once))
        connect_one(crowd, crowd->asked++);
}

void crowd_handle(struct crowd *crowd, unsigned index, uint32_t events)
{
    struct stream *stream = &crowd->streams[index];
    bool goes_on = true;
    if (stream->state == STREAM_CLOSED) return;
    if (stream->state == STREAM_CONNECTING) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(stream->descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
        errno = error;
        goes_on = !error && send_request(crowd, stream, index);
        if (!goes_on) complain("a stream could not be asked for");
    }
    bool is_ending = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    if (goes_on && (is_ending || events & EPOLLIN)) goes_on = read_all(crowd, stream, is_ending);
    if (!goes_on) end(crowd, stream);
}

void crowd_drop(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->count; i++) {
        struct stream *stream = &crowd->streams[i];
        if (stream->state != STREAM_CLOSED) close(stream->descriptor);
        stream->state = STREAM_CLOSED;
        stream->live = false;
        stream->rest_length = 0;
    }
    crowd->live = crowd->connecting = 0;
}
