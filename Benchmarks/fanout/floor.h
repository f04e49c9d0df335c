// What the generator tells the floor to write, one record after the other in each packet of its control socket.
#pragma once

#include <stdint.h>

#define FLOOR_EVERYBODY UINT32_MAX

struct floor_record {
    // The number at the end of a stream's path, or everybody.
    uint32_t stream;
    // How many bytes follow, as they are to be written.
    uint32_t length;
};
