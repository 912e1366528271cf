/* The 64-bit XXH3 of up to 64 bytes, seed 0, after its specification: what `xxhash.xxh3_64_intdigest` gives. */

#ifndef NEWSLOOM_HASHING_H
#define NEWSLOOM_HASHING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASHED_MOST 64 /* bytes */

static const unsigned char SECRET[] = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4,
    0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e,
    0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21, 0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43,
    0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb,
};

static inline uint64_t read_64(const unsigned char *p) {
    uint64_t value = 0;
    for (int k = 0; k < 8; k++) value |= (uint64_t)p[k] << 8 * k;
    return value;
}

static inline uint64_t read_32(const unsigned char *p) {
    return p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

static inline uint64_t turned(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

static inline uint64_t swapped(uint64_t value) {
    uint64_t out = 0;
    for (int k = 0; k < 8; k++) out = out << 8 | (value >> 8 * k & 0xff);
    return out;
}

static inline uint64_t folded(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t avalanche(uint64_t h) {
    h ^= h >> 37;
    h *= 0x165667919E3779F9u;
    return h ^ h >> 32;
}

static inline uint64_t mixed_16(const unsigned char *p, const unsigned char *secret) {
    return folded(read_64(p) ^ read_64(secret), read_64(p + 8) ^ read_64(secret + 8));
}

/* Of at most HASHED_MOST bytes. */
static uint64_t hash_of(const unsigned char *p, size_t n) {
    if (n > 16) {
        uint64_t sum = (uint64_t)n * 0x9E3779B185EBCA87u;
        for (size_t k = (n - 1) / 32 + 1; k--;)
            sum += mixed_16(p + 16 * k, SECRET + 32 * k) + mixed_16(p + n - 16 * (k + 1), SECRET + 32 * k + 16);
        return avalanche(sum);
    }
    if (n > 8) {
        uint64_t low = read_64(p) ^ read_64(SECRET + 24) ^ read_64(SECRET + 32);
        uint64_t high = read_64(p + n - 8) ^ read_64(SECRET + 40) ^ read_64(SECRET + 48);
        return avalanche((uint64_t)n + swapped(low) + high + folded(low, high));
    }
    if (n >= 4) {
        uint64_t h = (read_32(p + n - 4) + (read_32(p) << 32)) ^ read_64(SECRET + 8) ^ read_64(SECRET + 16);
        h ^= turned(h, 49) ^ turned(h, 24);
        h *= 0x9FB21C651E98DF25u;
        h ^= (h >> 35) + (uint64_t)n;
        h *= 0x9FB21C651E98DF25u;
        return h ^ h >> 28;
    }
    uint64_t h = n ? (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 24 | p[n - 1] | (uint64_t)n << 8 : 0;
    h ^= n ? read_32(SECRET) ^ read_32(SECRET + 4) : read_64(SECRET + 56) ^ read_64(SECRET + 64);
    h ^= h >> 33;
    h *= 0xC2B2AE3D27D4EB4Fu;
    h ^= h >> 29;
    h *= 0x165667B19E3779F9u;
    return h ^ h >> 32;
}

#define KEY_LETTERS 5 /* as in hashing.py */
#define SHORTENED_LEAD 0xd6 /* of U+0590, in UTF-8: words that begin there or beyond are compared whole */

/* As `hashing.key`: how many bytes of a word are compared. The word is valid UTF-8. */
static inline size_t key_of(const unsigned char *p, size_t n) {
    if (n <= KEY_LETTERS || p[0] > SHORTENED_LEAD || (p[0] == SHORTENED_LEAD && p[1] >= 0x90)) return n;
    for (size_t k = 0; k < n; k++)
        if (p[k] >= '0' && p[k] <= '9') return n;
    size_t at = 0;
    for (int letters = 0; at < n; at++)
        if ((p[at] & 0xc0) != 0x80 && letters++ == KEY_LETTERS) break;
    return at;
}

#endif
