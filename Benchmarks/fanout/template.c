#include "template.h"

#include <stdbool.h>
#include <string.h>

#include "failure.h"

static bool hole(const char **text, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(*text, name, length) != 0) return false;
    *text += length;
    return true;
}

size_t template_fill(char *buffer, size_t size, const char *text, const struct change *change)
{
    size_t used = 0;
    while (*text) {
        if (size - used < 32) fail("a text of more than %zu bytes cannot be published", size);
        if (*text != '{')
            buffer[used++] = *text++;
        else if (hole(&text, "{stamp}"))
            used += (size_t)sprintf(buffer + used, "@%0*llu", STAMP_DIGITS, (unsigned long long)change->stamp);
        else if (hole(&text, "{user}"))
            used += (size_t)sprintf(buffer + used, "%u", change->user);
        else if (hole(&text, "{first}"))
            used += (size_t)sprintf(buffer + used, "%u", change->first);
        else if (hole(&text, "{stride}"))
            used += (size_t)sprintf(buffer + used, "%u", change->stride);
        else if (hole(&text, "{streams}"))
            used += (size_t)sprintf(buffer + used, "%u", change->streams);
        else
            buffer[used++] = *text++;
    }
    buffer[used] = 0;
    return used;
}
