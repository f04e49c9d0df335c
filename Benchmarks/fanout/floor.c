// The floor: the least that a server can do for a stream, one `write` of bytes that are encoded already.
//
//     floor CONTROL-SOCKET     prints the port that it listens on, and ends with the generator that has connected there
//
// No parser, no authorisation, no list by scope, and no answer to a reader that is too slow: what is measured of it is what
// the kernel takes. A write that the kernel does not take whole is counted as lost, and ends the floor with status 1.
#define _GNU_SOURCE
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "failure.h"

const char *program_name = "floor";

enum { STREAMS = 1 << 20, EVENTS = 256, PACKET = 1 << 18 };

static const char head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";

// By the number in the path: a descriptor, or -1. And all open descriptors without gaps, for one quick pass over them.
static int by_number[STREAMS], everybody[STREAMS], place[STREAMS], number_of[STREAMS];
static int open_streams;
static unsigned long lost;
static int poller;

static void watch(int descriptor, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = descriptor };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

static int listen_for_streams(void)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 65535) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("it cannot listen on 127.0.0.1: %s", strerror(errno));
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static int listen_for_control(const char *path)
{
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) fail("the path of the control socket, %s, is too long", path);
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4) != 0)
        fail("it cannot listen on %s: %s", path, strerror(errno));
    return listener;
}

static void accept_streams(int listener)
{
    int stream, one = 1;
    while ((stream = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (stream >= STREAMS) fail("more than %d descriptors are open", STREAMS);
        setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        place[stream] = -1;
        watch(stream, EPOLLIN);
    }
    if (errno == EMFILE) fail("it may not open more descriptors: raise `ulimit -n`");
}

static void close_stream(int stream)
{
    int at = place[stream];
    if (at >= 0) {
        int last = everybody[--open_streams];
        everybody[at] = last;
        place[last] = at;
        if (by_number[number_of[stream]] == stream) by_number[number_of[stream]] = -1;
    }
    close(stream);
}

static void answer(int stream)
{
    char request[4096];
    ssize_t length = read(stream, request, sizeof request - 1);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) {
        close_stream(stream);
        return;
    }
    request[length] = 0;
    int number;
    if (place[stream] >= 0 || sscanf(request, "GET /%d ", &number) != 1 || number < 0 || number >= STREAMS) return;
    by_number[number] = stream;
    number_of[stream] = number;
    place[stream] = open_streams;
    everybody[open_streams++] = stream;
    if (write(stream, head, sizeof head - 1) != sizeof head - 1) lost++;
}

static void put(int stream, const char *bytes, size_t length)
{
    if (write(stream, bytes, length) != (ssize_t)length) lost++;
}

static void obey(const char *packet, size_t length)
{
    struct floor_record record;
    while (length >= sizeof record) {
        memcpy(&record, packet, sizeof record);
        packet += sizeof record;
        length -= sizeof record;
        if (record.length > length) fail("a record of %u bytes is cut off", record.length);
        if (record.stream == FLOOR_EVERYBODY)
            for (int i = 0; i < open_streams; i++) put(everybody[i], packet, record.length);
        else if (record.stream < STREAMS && by_number[record.stream] >= 0)
            put(by_number[record.stream], packet, record.length);
        packet += record.length;
        length -= record.length;
    }
}

int main(int count, char **arguments)
{
    static char packet[PACKET];
    struct epoll_event events[EVENTS];
    if (count != 2) fail("usage: floor CONTROL-SOCKET");
    memset(by_number, -1, sizeof by_number);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int control_listener = listen_for_control(arguments[1]), listener = listen_for_streams(), control = -1;
    watch(control_listener, EPOLLIN);
    watch(listener, EPOLLIN);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == listener) {
                accept_streams(listener);
            } else if (descriptor == control_listener) {
                if (control >= 0) fail("there is a generator already");
                control = accept4(control_listener, NULL, NULL, SOCK_CLOEXEC);
                if (control >= 0) watch(control, EPOLLIN);
            } else if (descriptor == control) {
                ssize_t length = recv(control, packet, sizeof packet, MSG_DONTWAIT);
                if (length > 0) obey(packet, (size_t)length);
                if (length == 0) {
                    if (lost) fail("the kernel did not take %lu writes whole", lost);
                    return 0;
                }
            } else {
                answer(descriptor);
            }
        }
    }
}
