// The load: many readers of server-sent events and one publisher, in one thread, and what a server did in the meantime.
//
//     load --port PORT --streams COUNT [options] STEP…
//
// Steps, one after the other; each prints one JSON object on a line:
//     open             opens all streams and waits until they are live
//     drop             closes all streams, and keeps their positions
//     gate             says so, and waits for a line on standard input
//     reopen           opens all streams at once with their positions; live is who was welcomed and told of what it missed
//     idle=SECONDS     only reads
//     paced=COUNT,MS   publishes one after the other, MS apart, each when the one before has been read by all: latencies
//     flood=SECONDS,N  publishes so that N are under way at any time: throughput
//
// It ends after its last step, when standard input ends at a gate, or with status 1 and a sentence on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "failure.h"
#include "publisher.h"

const char *program_name = "load";

enum { EVENTS = 256, MOST_SERVERS = 64 };

// Who an event of the poller is for; below them it is the index of a stream.
static const uint64_t of_publisher = UINT64_C(1) << 32, of_input = UINT64_C(1) << 33;

// Without news for so long, a step has failed.
static const uint64_t patience = 20 * SECOND;

// A prime, so that the users of a batch lie far apart in the server's memory and are distinct for every number of streams
// that is no multiple of it.
static const unsigned stride = 197;

static struct crowd crowd = { .sources = 32, .at_once = 512, .path = "/{user}" };
static struct publisher publisher = { .lane_count = 4, .path = "/" };
static enum liveness liveness = LIVE_AT_HEAD;
static clockid_t servers[MOST_SERVERS];
static unsigned server_count;
static bool input_is_ready;

struct meter {
    uint64_t began, servers, self;
};

static uint64_t server_time(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < server_count; i++) {
        uint64_t time = clock_read(servers[i]);
        if (!time) fail("the server has ended");
        sum += time;
    }
    return sum;
}

static struct meter begin_step(void)
{
    memset(&crowd.tally, 0, sizeof crowd.tally);
    samples_forget(&crowd.latency);
    return (struct meter){ .began = now(), .servers = server_time(), .self = clock_read(CLOCK_PROCESS_CPUTIME_ID) };
}

static void print_step(const char *name, struct meter meter, double seconds)
{
    const struct tally *tally = &crowd.tally;
    printf("{\"step\":\"%s\",\"seconds\":%.6f,\"server_cpu\":%.6f,\"load_cpu\":%.6f,\"wall\":%.6f,", name, seconds,
        (double)(server_time() - meter.servers) / 1e9, (double)(clock_read(CLOCK_PROCESS_CPUTIME_ID) - meter.self) / 1e9,
        (double)(now() - meter.began) / 1e9);
    printf("\"live\":%u,\"failed\":%u,\"events\":%llu,\"stamps\":%llu,\"welcomes\":%llu,\"resumed\":%llu,\"beats\":%llu,"
           "\"resets\":%llu,\"goaways\":%llu,\"closed\":%llu,\"bytes\":%llu",
        crowd.live, crowd.failed, (unsigned long long)tally->events, (unsigned long long)tally->stamps,
        (unsigned long long)tally->welcomes, (unsigned long long)tally->resumed, (unsigned long long)tally->beats,
        (unsigned long long)tally->resets, (unsigned long long)tally->goaways, (unsigned long long)tally->closed,
        (unsigned long long)tally->bytes);
}

static void end_print(void)
{
    printf("}\n");
    fflush(stdout);
}

static double seconds_between(uint64_t from, uint64_t to) { return to > from ? (double)(to - from) / 1e9 : 0; }

// Handles what is ready, and waits for it until `deadline` and never for longer than 100 ms.
static void turn(uint64_t deadline)
{
    static struct epoll_event events[EVENTS];
    uint64_t at = now(), most = 100 * MILLISECOND;
    uint64_t wait = deadline <= at ? 0 : deadline - at < most ? deadline - at : most;
    int ready = epoll_wait(crowd.poller, events, EVENTS, (int)((wait + MILLISECOND - 1) / MILLISECOND));
    if (ready < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < ready; i++) {
        uint64_t data = events[i].data.u64;
        if (data & of_input)
            input_is_ready = true;
        else if (data & of_publisher)
            publisher_handle(&publisher, (unsigned)(data & ~of_publisher));
        else
            crowd_handle(&crowd, (unsigned)data, events[i].events);
    }
}

static void step_open(const char *name, enum liveness until, bool with_positions, unsigned at_once)
{
    struct meter meter = begin_step();
    crowd.at_once = at_once;
    crowd_open(&crowd, until, with_positions);
    uint64_t news = now();
    for (unsigned settled = 0; !crowd_is_settled(&crowd) && now() - news < patience;) {
        turn(now() + SECOND);
        crowd_ask(&crowd);
        if (crowd.live + crowd.failed > settled) news = now(), settled = crowd.live + crowd.failed;
    }
    print_step(name, meter, seconds_between(meter.began, crowd.last_live_at));
    end_print();
}

static void step_drop(void)
{
    struct meter meter = begin_step();
    crowd_drop(&crowd);
    print_step("drop", meter, seconds_between(meter.began, now()));
    end_print();
}

static void step_gate(void)
{
    struct meter meter = begin_step();
    struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = of_input };
    print_step("gate", meter, 0);
    end_print();
    if (epoll_ctl(crowd.poller, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) fail("a gate needs a pipe as standard input");
    while (!input_is_ready) turn(now() + SECOND);
    char line[64];
    if (read(STDIN_FILENO, line, sizeof line) <= 0) exit(0);
    epoll_ctl(crowd.poller, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    input_is_ready = false;
}

static void step_idle(double seconds)
{
    struct meter meter = begin_step();
    uint64_t end = meter.began + (uint64_t)(seconds * 1e9);
    while (now() < end) turn(end);
    print_step("idle", meter, seconds_between(meter.began, now()));
    end_print();
}

// The users of a batch begin anywhere; which is the same in each run, so that runs can be compared.
static unsigned next_first(void)
{
    static uint64_t state = UINT64_C(0x2545f4914f6cdd1d);
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((state >> 33) % crowd.count);
}

static bool publish(void)
{
    return publisher_send(&publisher,
        (struct change){ .stamp = now(), .first = next_first(), .stride = stride, .streams = crowd.count });
}

static unsigned hearers(void) { return publisher.batch ? publisher.batch : crowd.count; }

// Waits until so many stamps were read; false when none came for too long.
static bool await_stamps(uint64_t stamps)
{
    uint64_t news = now();
    for (uint64_t read = crowd.tally.stamps; crowd.tally.stamps < stamps || publisher.unanswered;) {
        turn(now() + SECOND);
        if (crowd.tally.stamps > read) read = crowd.tally.stamps, news = now();
        if (now() - news > patience) return false;
    }
    return true;
}

static void step_paced(unsigned long count, double milliseconds)
{
    static struct samples after_answer;
    uint64_t interval = (uint64_t)(milliseconds * 1e6);
    unsigned long published = 0;
    samples_forget(&after_answer);
    struct meter meter = begin_step();
    crowd.records_latency = true;
    for (uint64_t next = meter.began; published < count; next += interval) {
        while (now() < next) turn(next);
        if (!publish()) fail("there is no connection that could publish");
        if (!await_stamps(++published * hearers())) break;
        // With one reader, its reading can be set against the answer to the commit.
        if (crowd.count == 1)
            samples_add(&after_answer,
                crowd.last_told_at > publisher.answered_at ? crowd.last_told_at - publisher.answered_at : 0);
        if (next + interval < now()) next = now() - interval;
    }
    crowd.records_latency = false;
    print_step("paced", meter, seconds_between(meter.began, crowd.last_told_at));
    printf(",\"published\":%lu,\"missing\":%lld,", published, (long long)(published * hearers() - crowd.tally.stamps));
    samples_print(&crowd.latency, "latency");
    printf(",");
    samples_print(&after_answer, "after_answer");
    end_print();
}

// Whether one more may be under way. The first ones are sent one by one as those before are being read, for two that arrive
// at a server together are merged into one event where it can do that, and are another load than on one that cannot.
static bool has_room(uint64_t published, uint64_t fan, unsigned long under_way)
{
    uint64_t read = crowd.tally.stamps;
    if (published && published < under_way && 2 * read < (2 * published - 1) * fan) return false;
    return published * fan < read + under_way * fan;
}

static void step_flood(double seconds, unsigned long under_way)
{
    uint64_t published = 0, fan = hearers();
    struct meter meter = begin_step();
    uint64_t end = meter.began + (uint64_t)(seconds * 1e9), news = meter.began;
    for (uint64_t read = 0; now() < end && now() - news < patience;) {
        while (has_room(published, fan, under_way) && publish()) published++;
        turn(end);
        if (crowd.tally.stamps > read) read = crowd.tally.stamps, news = now();
    }
    await_stamps(published * fan);
    print_step("flood", meter, seconds_between(meter.began, crowd.last_told_at));
    printf(",\"published\":%llu,\"missing\":%lld", (unsigned long long)published,
        (long long)(published * fan - crowd.tally.stamps));
    end_print();
}

static void run(const char *step, unsigned at_once)
{
    double first;
    unsigned long second, count;
    if (strcmp(step, "open") == 0)
        step_open("open", liveness, false, at_once);
    else if (strcmp(step, "reopen") == 0)
        step_open("reopen", LIVE_AT_MISSED_EVENT, true, 0);
    else if (strcmp(step, "drop") == 0)
        step_drop();
    else if (strcmp(step, "gate") == 0)
        step_gate();
    else if (sscanf(step, "idle=%lf", &first) == 1)
        step_idle(first);
    else if (sscanf(step, "paced=%lu,%lf", &count, &first) == 2)
        step_paced(count, first);
    else if (sscanf(step, "flood=%lf,%lu", &first, &second) == 2)
        step_flood(first, second);
    else
        fail("%s is no step", step);
}

static void read_tokens(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) fail("the tokens in %s cannot be read: %s", path, strerror(errno));
    char *line = NULL;
    size_t size = 0, capacity = 0;
    for (ssize_t length; (length = getline(&line, &size, file)) > 0;) {
        if (line[length - 1] == '\n') line[--length] = 0;
        if (!length) continue;
        if (crowd.token_count == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            crowd.tokens = realloc(crowd.tokens, capacity * sizeof *crowd.tokens);
        }
        if (!crowd.tokens || !(crowd.tokens[crowd.token_count++] = strdup(line))) fail("no memory for the tokens");
    }
    free(line);
    fclose(file);
    if (!crowd.token_count) fail("%s holds no token", path);
}

static void watch_servers(char *list)
{
    for (char *pid = strtok(list, ","); pid; pid = strtok(NULL, ",")) {
        if (server_count == MOST_SERVERS) fail("more than %d processes cannot be watched", MOST_SERVERS);
        int error = clock_getcpuclockid(atoi(pid), &servers[server_count++]);
        if (error) fail("the processor time of process %s cannot be read: %s", pid, strerror(error));
    }
}

static void allow_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < crowd.count + 64)
        fail("%u streams need more open files than the %llu that are allowed: raise `ulimit -Hn`", crowd.count,
            (unsigned long long)limit.rlim_cur);
}

int main(int count, char **arguments)
{
    enum { PORT = 1, STREAMS, PATH, TOKENS, SOURCES, AT_ONCE, LIVE, WATCH, PUBLISH, TEXT, POST_PATH, BATCH, LANES, LIMIT };
    static const struct option options[] = {
        { "port", required_argument, NULL, PORT },           // of the server, on 127.0.0.1
        { "streams", required_argument, NULL, STREAMS },     // how many
        { "path", required_argument, NULL, PATH },           // of a stream; `{user}` is its number
        { "tokens", required_argument, NULL, TOKENS },       // a file, one bearer token a line, for the streams in turn
        { "sources", required_argument, NULL, SOURCES },     // how many addresses to connect from; 0: the system's choice
        { "at-once", required_argument, NULL, AT_ONCE },     // how many streams may be opening at once; 0: all
        { "live", required_argument, NULL, LIVE },           // a stream is live at its response's `head`, or its `welcome`
        { "watch", required_argument, NULL, WATCH },         // process ids of the server, with commas between
        { "publish", required_argument, NULL, PUBLISH },     // where to: publisher.h
        { "text", required_argument, NULL, TEXT },           // what: publisher.h, template.h
        { "post-path", required_argument, NULL, POST_PATH }, // where a server takes POSTs
        { "batch", required_argument, NULL, BATCH },         // how many users one change tells; 0: everybody
        { "lanes", required_argument, NULL, LANES },         // how many connections publish
        { "limit", required_argument, NULL, LIMIT },         // after so many seconds it is killed, whatever it does
        { NULL, 0, NULL, 0 },
    };
    const char *target = NULL;
    unsigned limit = 600;
    for (int option; (option = getopt_long(count, arguments, "+", options, NULL)) != -1;) {
        switch (option) {
        case PORT: crowd.port = (unsigned)atoi(optarg); break;
        case STREAMS: crowd.count = (unsigned)atoi(optarg); break;
        case PATH: crowd.path = optarg; break;
        case TOKENS: read_tokens(optarg); break;
        case SOURCES: crowd.sources = (unsigned)atoi(optarg); break;
        case AT_ONCE: crowd.at_once = (unsigned)atoi(optarg); break;
        case LIVE: liveness = strcmp(optarg, "welcome") == 0 ? LIVE_AT_WELCOME : LIVE_AT_HEAD; break;
        case WATCH: watch_servers(optarg); break;
        case PUBLISH: target = optarg; break;
        case TEXT: publisher.text = optarg; break;
        case POST_PATH: publisher.path = optarg; break;
        case BATCH: publisher.batch = (unsigned)atoi(optarg); break;
        case LANES: publisher.lane_count = (unsigned)atoi(optarg); break;
        case LIMIT: limit = (unsigned)atoi(optarg); break;
        default: return 2;
        }
    }
    if (!crowd.port || !crowd.count || optind == count) fail("usage: load --port PORT --streams COUNT [options] STEP…");
    if (publisher.batch > crowd.count) fail("a batch of %u users needs as many streams", publisher.batch);
    alarm(limit);
    allow_descriptors();
    crowd.poller = publisher.poller = epoll_create1(EPOLL_CLOEXEC);
    crowd.streams = calloc(crowd.count, sizeof *crowd.streams);
    if (crowd.poller < 0 || !crowd.streams) fail("no memory for %u streams", crowd.count);
    if (target) publisher_start(&publisher, target, of_publisher);
    unsigned at_once = crowd.at_once;
    for (int i = optind; i < count; i++) run(arguments[i], at_once);
    return 0;
}
