// The one way out when nothing can be measured any more: a sentence on standard error, and status 1.
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

extern const char *program_name;

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
