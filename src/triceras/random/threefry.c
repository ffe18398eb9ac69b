// Threefry-2x32 with 20 rounds: see threefry.py, whose bits these are.
#include <stdint.h>

#define ROTATED(x, distance) (((x) << (distance)) | ((x) >> (32 - (distance))))
#define ROUND(distance) x0 += x1; x1 = ROTATED(x1, distance) ^ x0;
#define INJECTED(a, b, number) x0 += (a); x1 += (b) + (number);

static inline void encrypt(uint32_t key0, uint32_t key1, uint32_t counter0, uint32_t counter1,
                           uint32_t *result0, uint32_t *result1) {
    const uint32_t key2 = key0 ^ key1 ^ 0x1BD11BDA;
    uint32_t x0 = counter0 + key0, x1 = counter1 + key1;
    ROUND(13) ROUND(15) ROUND(26) ROUND(6) INJECTED(key1, key2, 1)
    ROUND(17) ROUND(29) ROUND(16) ROUND(24) INJECTED(key2, key0, 2)
    ROUND(13) ROUND(15) ROUND(26) ROUND(6) INJECTED(key0, key1, 3)
    ROUND(17) ROUND(29) ROUND(16) ROUND(24) INJECTED(key1, key2, 4)
    ROUND(13) ROUND(15) ROUND(26) ROUND(6) INJECTED(key2, key0, 5)
    *result0 = x0;
    *result1 = x1;
}

// Bits for a draw: see bits.py. The second words of the counters are 0.
void random_bits(const uint32_t *restrict key, uint32_t *restrict result, int64_t size) {
    const uint32_t key0 = key[0], key1 = key[1];
    const int64_t both = size / 2, first = size - both;
    for (int64_t i = 0; i < both; i++)
        encrypt(key0, key1, (uint32_t)i, 0, result + i, result + first + i);
    if (first > both) {
        uint32_t unused;
        encrypt(key0, key1, (uint32_t)both, 0, result + both, &unused);
    }
}

// Two words for each of `size` keys and counters, which come one kind after the other.
void threefry(const uint32_t *restrict words, uint32_t *restrict result, int64_t size) {
    const uint32_t *key0 = words, *key1 = words + size;
    const uint32_t *counter0 = words + 2 * size, *counter1 = words + 3 * size;
    for (int64_t i = 0; i < size; i++)
        encrypt(key0[i], key1[i], counter0[i], counter1[i], result + i, result + size + i);
}
