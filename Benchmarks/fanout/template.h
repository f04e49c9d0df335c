// Text with holes: `{stamp}`, `{user}` and so on, filled in for each event that is published.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What is published at once, and to whom.
struct change {
    // When it began. In the text it is an @ and nineteen digits, by which the reader knows it again.
    uint64_t stamp;
    // One user of many; a text without `{user}` is for everybody.
    unsigned user;
    // A batch tells the users first, first + stride, first + 2 * stride …, modulo the number of streams.
    unsigned first, stride, streams;
};

#define STAMP_DIGITS 19

// Puts `text` with its holes filled into `buffer`, with a zero behind it, and returns its length; fails where it does not
// fit.
size_t template_fill(char *buffer, size_t size, const char *text, const struct change *change);
