// From bytes to events: the head of a response, the chunks of its body (RFC 9112 §7.1), the lines of an event stream
// (WHATWG HTML §9.2). It copies only what a read has cut in two, for at a thousand streams the generator has hardly more
// time than the server.
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "clock.h"
#include "crowd.h"
#include "failure.h"
#include "template.h"

enum { EVENT_MESSAGE, EVENT_WELCOME, EVENT_RESET, EVENT_GOAWAY };
enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END, CHUNK_OVER };

static const uint32_t longest_line = 1 << 20;

static bool keep(struct stream *stream, const char *bytes, size_t length)
{
    if (length > longest_line - stream->rest_length) return false;
    uint32_t needed = stream->rest_length + (uint32_t)length;
    if (needed > stream->rest_capacity) {
        stream->rest_capacity = needed + 256;
        stream->rest = realloc(stream->rest, stream->rest_capacity);
        if (!stream->rest) fail("no memory for what was read");
    }
    memcpy(stream->rest + stream->rest_length, bytes, length);
    stream->rest_length = needed;
    return true;
}

static void find_stamps(struct crowd *crowd, struct stream *stream, const char *text, const char *end, uint64_t at)
{
    while ((text = memchr(text, '@', (size_t)(end - text)))) {
        uint64_t stamp = 0;
        int digits = 0;
        for (text++; text < end && digits < STAMP_DIGITS && isdigit((unsigned char)*text); text++, digits++)
            stamp = stamp * 10 + (uint64_t)(*text - '0');
        if (digits < STAMP_DIGITS) continue;
        stream->stamps++;
        if (crowd->records_latency) samples_add(&crowd->latency, at > stamp ? at - stamp : 0);
    }
}

static void end_event(struct crowd *crowd, struct stream *stream, uint64_t at)
{
    bool is_told = stream->stamps > 0;
    switch (stream->event) {
    case EVENT_WELCOME:
        stream->welcomed = true;
        crowd->tally.welcomes++;
        crowd->tally.resumed += stream->resumed;
        break;
    case EVENT_RESET: crowd->tally.resets++; break;
    case EVENT_GOAWAY: crowd->tally.goaways++; break;
    default:
        if (is_told) {
            crowd->tally.events++;
            crowd->tally.stamps += stream->stamps;
            crowd->last_told_at = at;
        } else if (stream->has_id) {
            crowd->tally.beats++;
        }
    }
    stream->event = EVENT_MESSAGE;
    stream->stamps = 0;
    stream->has_id = false;
    if (!stream->live) crowd_check_live(crowd, stream, true, is_told && stream->welcomed);
}

static bool begins(const char *line, size_t length, const char *with, size_t with_length)
{
    return length >= with_length && memcmp(line, with, with_length) == 0;
}
#define BEGINS(line, length, text) begins(line, length, text, sizeof(text) - 1)

static void take_line(struct crowd *crowd, struct stream *stream, const char *line, size_t length, uint64_t at)
{
    if (length && line[length - 1] == '\r') length--;
    if (!length) {
        end_event(crowd, stream, at);
    } else if (BEGINS(line, length, "data: ")) {
        if (stream->event == EVENT_WELCOME)
            stream->resumed = memmem(line, length, "\"resumed\":true", 14) != NULL;
        else
            find_stamps(crowd, stream, line + 6, line + length, at);
    } else if (BEGINS(line, length, "id: ")) {
        size_t digits = length - 4 < sizeof stream->position ? length - 4 : sizeof stream->position - 1;
        memcpy(stream->position, line + 4, digits);
        stream->position[digits] = 0;
        stream->has_id = true;
    } else if (BEGINS(line, length, "event: welcome")) {
        stream->event = EVENT_WELCOME;
    } else if (BEGINS(line, length, "event: reset")) {
        stream->event = EVENT_RESET;
    } else if (BEGINS(line, length, "event: goaway")) {
        stream->event = EVENT_GOAWAY;
    }
}

static bool take_text(struct crowd *crowd, struct stream *stream, const char *text, size_t length, uint64_t at)
{
    while (length) {
        const char *end = memchr(text, '\n', length);
        if (!end) return keep(stream, text, length);
        size_t line = (size_t)(end - text);
        if (stream->rest_length) {
            if (!keep(stream, text, line)) return false;
            take_line(crowd, stream, stream->rest, stream->rest_length, at);
            stream->rest_length = 0;
        } else {
            take_line(crowd, stream, text, line, at);
        }
        text = end + 1;
        length -= line + 1;
    }
    return true;
}

static bool take_size(struct stream *stream, char byte)
{
    if (byte == '\n') {
        stream->chunk_phase = stream->chunk_left ? CHUNK_DATA : CHUNK_OVER;
        return true;
    }
    if (stream->chunk_phase == CHUNK_EXTENSION || byte == '\r') return true;
    if (byte == ';') {
        stream->chunk_phase = CHUNK_EXTENSION;
        return true;
    }
    if (!isxdigit((unsigned char)byte) || stream->chunk_left >> 28) return false;
    stream->chunk_left = stream->chunk_left * 16 + (uint32_t)(byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
    return true;
}

static bool take_body(struct crowd *crowd, struct stream *stream, const char *bytes, size_t length, uint64_t at)
{
    if (!stream->chunked) return take_text(crowd, stream, bytes, length, at);
    while (length) {
        switch (stream->chunk_phase) {
        case CHUNK_SIZE:
        case CHUNK_EXTENSION:
            if (!take_size(stream, *bytes)) return false;
            bytes++, length--;
            break;
        case CHUNK_DATA: {
            size_t part = length < stream->chunk_left ? length : stream->chunk_left;
            if (!take_text(crowd, stream, bytes, part, at)) return false;
            bytes += part, length -= part;
            stream->chunk_left -= (uint32_t)part;
            if (!stream->chunk_left) stream->chunk_phase = CHUNK_END;
            break;
        }
        case CHUNK_END:
            if (*bytes == '\n') stream->chunk_phase = CHUNK_SIZE;
            bytes++, length--;
            break;
        default: return true;
        }
    }
    return true;
}

static void complain(const char *head, size_t length)
{
    static int complaints;
    int shown = length < 80 ? (int)length : 80;
    if (complaints++ < 3) fprintf(stderr, "%s: a stream was answered %.*s\n", program_name, shown, head);
}

static bool take_head(struct crowd *crowd, struct stream *stream, const char *bytes, size_t length, uint64_t at)
{
    if (!keep(stream, bytes, length)) return false;
    char *end = memmem(stream->rest, stream->rest_length, "\r\n\r\n", 4);
    if (!end) return true;
    size_t head = (size_t)(end - stream->rest) + 4, body = stream->rest_length - head;
    char *whole = stream->rest;
    stream->rest = NULL;
    stream->rest_length = stream->rest_capacity = 0;
    bool is_stream = BEGINS(whole, head, "HTTP/1.1 200");
    if (is_stream) {
        end[2] = 0;
        stream->chunked = strcasestr(whole, "\r\ntransfer-encoding: chunked") != NULL;
        stream->state = STREAM_READING;
        crowd_check_live(crowd, stream, true, false);
        is_stream = take_body(crowd, stream, whole + head, body, at);
    } else {
        complain(whole, (size_t)((char *)memchr(whole, '\r', head) - whole));
    }
    free(whole);
    return is_stream;
}

bool wire_read(struct crowd *crowd, struct stream *stream, const char *bytes, size_t length, uint64_t at)
{
    crowd->tally.bytes += length;
    return stream->state == STREAM_ASKING ? take_head(crowd, stream, bytes, length, at)
                                          : take_body(crowd, stream, bytes, length, at);
}
