#define _GNU_SOURCE
#include "publisher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"
#include "floor.h"

struct lane {
    int descriptor;
    PGconn *connection;
    // Answers that are still to come.
    unsigned unanswered;
    char answer[8192];
    size_t answer_length;
};

enum { PACKET = 1 << 17 };

static void answered(struct publisher *publisher, struct lane *lane)
{
    lane->unanswered--;
    publisher->unanswered--;
    publisher->answered_at = now();
}

static unsigned user_of(struct change change, unsigned k) { return (change.first + k * change.stride) % change.streams; }

// PostgreSQL: one statement, which is one transaction, for a whole batch.

static void postgres_connect(struct lane *lane, const char *conninfo)
{
    lane->connection = PQconnectdb(conninfo);
    if (PQstatus(lane->connection) != CONNECTION_OK) fail("%s", PQerrorMessage(lane->connection));
    if (PQsetnonblocking(lane->connection, 1) != 0) fail("%s", PQerrorMessage(lane->connection));
    lane->descriptor = PQsocket(lane->connection);
}

static bool postgres_send(struct publisher *publisher, struct lane *lane, struct change change)
{
    char statement[8192];
    template_fill(statement, sizeof statement, publisher->text, &change);
    if (!PQsendQuery(lane->connection, statement) || PQflush(lane->connection) != 0)
        fail("PostgreSQL did not take a statement: %s", PQerrorMessage(lane->connection));
    lane->unanswered = 1;
    publisher->unanswered++;
    return true;
}

static void postgres_receive(struct publisher *publisher, struct lane *lane)
{
    if (!PQconsumeInput(lane->connection)) fail("PostgreSQL: %s", PQerrorMessage(lane->connection));
    while (lane->unanswered && !PQisBusy(lane->connection)) {
        PGresult *result = PQgetResult(lane->connection);
        if (!result) {
            answered(publisher, lane);
            return;
        }
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail("PostgreSQL: %s", PQresultErrorMessage(result));
        PQclear(result);
    }
}

// The floor: bytes as they are to be written, one packet for a whole batch.

static void floor_connect(struct lane *lane, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) fail("the path of the control socket, %s, is too long", path);
    strcpy(address.sun_path, path);
    lane->descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connect(lane->descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        fail("the floor cannot be told anything at %s: %s", path, strerror(errno));
}

static size_t floor_record(char *packet, size_t size, uint32_t stream, const char *text, struct change change)
{
    char event[4096], frame[16];
    size_t length = template_fill(event, sizeof event, text, &change);
    int frame_length = sprintf(frame, "%zx\r\n", length);
    struct floor_record record = { .stream = stream, .length = (uint32_t)(length + (size_t)frame_length + 2) };
    if (size < sizeof record + record.length) fail("a batch of more than %d bytes cannot be published", PACKET);
    char *at = mempcpy(packet, &record, sizeof record);
    at = mempcpy(at, frame, (size_t)frame_length);
    at = mempcpy(at, event, length);
    mempcpy(at, "\r\n", 2);
    return sizeof record + record.length;
}

static bool floor_send(struct publisher *publisher, struct lane *lane, struct change change)
{
    static char packet[PACKET];
    size_t used = 0;
    if (!publisher->batch) used = floor_record(packet, sizeof packet, FLOOR_EVERYBODY, publisher->text, change);
    for (unsigned k = 0; k < publisher->batch; k++) {
        change.user = user_of(change, k);
        used += floor_record(packet + used, sizeof packet - used, change.user, publisher->text, change);
    }
    ssize_t sent = send(lane->descriptor, packet, used, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) fail("the floor is gone: %s", strerror(errno));
    if (sent > 0) publisher->answered_at = now();
    return sent > 0;
}

static void floor_receive(struct publisher *publisher, struct lane *lane)
{
    (void)publisher, (void)lane;
    fail("the floor has ended");
}

// HTTP: a POST for each user, all of a batch behind each other on one connection.

static void http_connect(struct lane *lane, const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    lane->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(lane->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(lane->descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        fail("nothing can be published at port %s: %s", port, strerror(errno));
}

static size_t http_request(char *packet, size_t size, const struct publisher *publisher, struct change change)
{
    char body[4096], path[512];
    size_t length = template_fill(body, sizeof body, publisher->text, &change);
    template_fill(path, sizeof path, publisher->path, &change);
    int used = snprintf(packet, size, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %zu\r\n\r\n%s", path,
        length, body);
    if (used < 0 || (size_t)used >= size) fail("a batch of more than %d bytes cannot be published", PACKET);
    return (size_t)used;
}

static bool http_send(struct publisher *publisher, struct lane *lane, struct change change)
{
    static char packet[PACKET];
    size_t used = 0;
    unsigned requests = publisher->batch ? publisher->batch : 1;
    for (unsigned k = 0; k < requests; k++) {
        change.user = user_of(change, k);
        used += http_request(packet + used, sizeof packet - used, publisher, change);
    }
    for (size_t sent = 0; sent < used;) {
        ssize_t part = send(lane->descriptor, packet + sent, used - sent, MSG_NOSIGNAL);
        if (part < 0) fail("the server took no more to publish: %s", strerror(errno));
        sent += (size_t)part;
    }
    lane->unanswered = requests;
    publisher->unanswered += requests;
    return true;
}

static void http_receive(struct publisher *publisher, struct lane *lane)
{
    char *answer = lane->answer;
    ssize_t length = recv(lane->descriptor, answer + lane->answer_length, sizeof lane->answer - 1 - lane->answer_length,
        MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) fail("the server closed a connection that publishes");
    lane->answer_length += (size_t)length;
    for (;;) {
        answer[lane->answer_length] = 0;
        char *end = strstr(answer, "\r\n\r\n");
        if (!end) break;
        char *body_length = strcasestr(answer, "\r\ncontent-length:");
        if (!body_length || body_length > end) fail("an answer without a length: %.60s", answer);
        size_t whole = (size_t)(end + 4 - answer) + strtoul(body_length + 17, NULL, 10);
        if (whole > lane->answer_length) break;
        if (strncmp(answer, "HTTP/1.1 2", 10) != 0) fail("publishing was refused: %.60s", answer);
        lane->answer_length -= whole;
        memmove(answer, answer + whole, lane->answer_length);
        answered(publisher, lane);
    }
    if (lane->answer_length == sizeof lane->answer - 1) fail("an answer of more than %zu bytes", sizeof lane->answer);
}

static const struct kind {
    const char *name;
    void (*connect)(struct lane *, const char *);
    bool (*send)(struct publisher *, struct lane *, struct change);
    void (*receive)(struct publisher *, struct lane *);
} kinds[] = {
    { "postgres:", postgres_connect, postgres_send, postgres_receive },
    { "floor:", floor_connect, floor_send, floor_receive },
    { "http:", http_connect, http_send, http_receive },
};

void publisher_start(struct publisher *publisher, const char *target, uint64_t tag)
{
    const struct kind *kind = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !kind; i++)
        if (strncmp(target, kinds[i].name, strlen(kinds[i].name)) == 0) kind = &kinds[i];
    if (!kind) fail("%s is no target: postgres:CONNINFO, floor:SOCKET or http:PORT", target);
    publisher->send = kind->send;
    publisher->receive = kind->receive;
    // The floor has one reader of its control socket.
    if (kind->connect == floor_connect) publisher->lane_count = 1;
    publisher->lanes = calloc(publisher->lane_count, sizeof *publisher->lanes);
    if (!publisher->lanes) fail("no memory for %u connections", publisher->lane_count);
    for (unsigned i = 0; i < publisher->lane_count; i++) {
        struct lane *lane = &publisher->lanes[i];
        kind->connect(lane, target + strlen(kind->name));
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = tag | i };
        if (epoll_ctl(publisher->poller, EPOLL_CTL_ADD, lane->descriptor, &event) != 0)
            fail("epoll_ctl: %s", strerror(errno));
    }
}

bool publisher_send(struct publisher *publisher, struct change change)
{
    if (!publisher->lanes) fail("a step that publishes needs --publish");
    for (unsigned i = 0; i < publisher->lane_count; i++) {
        struct lane *lane = &publisher->lanes[(publisher->next + i) % publisher->lane_count];
        if (lane->unanswered) continue;
        publisher->next = (publisher->next + i + 1) % publisher->lane_count;
        return publisher->send(publisher, lane, change);
    }
    return false;
}

void publisher_handle(struct publisher *publisher, unsigned lane) { publisher->receive(publisher, &publisher->lanes[lane]); }
