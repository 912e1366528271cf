/* The inner loops of the window: candidates, sums over pairs and what a model sees of them, shared hashes and numbers.
   `portable.py` says the same in numpy.

   Everything is counted in whole numbers, so that neither the order of adding nor the machine changes a bit; what is
   then reckoned of them in doubles goes one operation after another, as numpy does it.
   Each function takes runs as tuples of buffers; nothing is kept between calls. Sizes are checked where a damaged
   file could lead outside of a buffer. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <pthread.h>
#include <unistd.h>
#endif

#include "../hashing.h"

#define VERSION 11 /* as in coding.py */
#define BUCKET_BITS 22
#define BUCKET_MASK ((1u << BUCKET_BITS) - 1)
#define COARSE_SHIFT 6
#define ROW_SHIFT 8 /* of a posting: its row in the run above, its weight below */
#define POSTING 3   /* bytes of a posting */
#define MOST_ROWS (1 << 16) /* of a closed run */
#define SCORE_SHIFT 3
#define FIELDS 3 /* terms, head, title, in this order */
#define MOST_FIELDS 8
#define LIGHTEST 3 /* what a weight may be coded as */
#define HEAVIEST 255
#define MOST_ASKED 64
#define BLOCK 8192 /* rows whose scores are counted together: they stay in the processor's nearest cache */
#define PARTS 7 /* most buffers of a run */
#define LONGEST 255 /* entries of a packed row */
#define UNSTEPPED 255 /* in place of a count of bytes: weights that do not descend, a byte each */

/* Asks memory for what is read soon: most of the time goes into waiting for it. */
#if defined(__GNUC__) || defined(__clang__)
#define FETCH(address) __builtin_prefetch(address)
#else
#define FETCH(address) ((void)(address))
#endif

typedef struct {
    int64_t base, rows;
    Py_buffer view[PARTS];
    int held;
    const double *times;
    const uint32_t *starts;
    const uint32_t *places, *weight_starts; /* of the newest rows */
    const uint8_t *weights;
    const uint8_t *packed; /* of a closed run, NULL for the newest rows; its postings likewise */
    const uint32_t *coarse, *offsets;
    const uint8_t *terms, *postings;
    Py_ssize_t n_places, n_weights, n_packed, n_terms, n_postings;
} Run;

static void run_release(Run *run) {
    for (int k = 0; k < run->held; k++) PyBuffer_Release(&run->view[k]);
    run->held = 0;
}

static const void *hold(Run *run, PyObject *tuple, Py_ssize_t at, Py_ssize_t size, Py_ssize_t least, Py_ssize_t *count) {
    Py_buffer *view = &run->view[run->held];
    if (PyObject_GetBuffer(PyTuple_GetItem(tuple, at), view, PyBUF_SIMPLE) < 0) return NULL;
    run->held++;
    if (view->len / size < least) {
        PyErr_SetString(PyExc_ValueError, "a run's array is too short");
        return NULL;
    }
    *count = view->len / size;
    return view->buf;
}

/* The newest rows: (base, rows, times, starts, places, weight_starts, weights).
   A closed run: (base, rows, times, starts, packed, coarse, terms, offsets, postings). */
static int run_take(Run *run, PyObject *tuple) {
    Py_ssize_t n;
    memset(run, 0, sizeof *run);
    if (!PyTuple_Check(tuple) || (PyTuple_Size(tuple) != 7 && PyTuple_Size(tuple) != 9)) {
        PyErr_SetString(PyExc_TypeError, "a run is a tuple of 7 or 9");
        return -1;
    }
    run->base = PyLong_AsLongLong(PyTuple_GetItem(tuple, 0));
    run->rows = PyLong_AsLongLong(PyTuple_GetItem(tuple, 1));
    if (PyErr_Occurred()) return -1;
    if (!(run->times = hold(run, tuple, 2, 8, run->rows, &n))) return -1;
    if (!(run->starts = hold(run, tuple, 3, 4, run->rows + 1, &n))) return -1;
    if (PyTuple_Size(tuple) == 7) {
        if (!(run->places = hold(run, tuple, 4, 4, 0, &run->n_places))) return -1;
        if (!(run->weight_starts = hold(run, tuple, 5, 4, run->rows + 1, &n))) return -1;
        return (run->weights = hold(run, tuple, 6, 1, 0, &run->n_weights)) ? 0 : -1;
    }
    if (!(run->packed = hold(run, tuple, 4, 1, 0, &run->n_packed))) return -1;
    if (!(run->coarse = hold(run, tuple, 5, 4, (1 << (BUCKET_BITS - COARSE_SHIFT)) + 1, &n))) return -1;
    if (!(run->terms = hold(run, tuple, 6, 1, 0, &run->n_terms))) return -1;
    if (!(run->offsets = hold(run, tuple, 7, 4, run->n_terms + 1, &n))) return -1;
    return (run->postings = hold(run, tuple, 8, POSTING, 0, &run->n_postings)) ? 0 : -1;
}

typedef struct {
    Run *runs;
    Py_ssize_t count;
} Runs;

static void runs_release(Runs *all) {
    for (Py_ssize_t k = 0; k < all->count; k++) run_release(&all->runs[k]);
    free(all->runs);
    all->runs = NULL;
    all->count = 0;
}

static int runs_take(Runs *all, PyObject *tuple) {
    all->count = 0;
    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "runs are a tuple");
        return -1;
    }
    Py_ssize_t n = PyTuple_Size(tuple);
    if (!(all->runs = calloc(n ? n : 1, sizeof(Run)))) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t k = 0; k < n; k++) {
        all->count = k + 1;
        if (run_take(&all->runs[k], PyTuple_GetItem(tuple, k)) < 0) {
            runs_release(all);
            return -1;
        }
    }
    return 0;
}

/* The entries of one of the newest rows, -1 where its bounds leave the buffers. */
static int row_bounds(const Run *run, int64_t r, uint32_t *from, uint32_t *to, uint32_t *weight) {
    *from = run->starts[r], *to = run->starts[r + 1], *weight = run->weight_starts[r];
    return *from <= *to && *to <= run->n_places && run->weight_starts[r + 1] >= *weight &&
                   run->weight_starts[r + 1] <= run->n_weights
               ? 0
               : -1;
}

/* ---- rows and sketches packed ---- */

#if defined(__GNUC__) || defined(__clang__)
#define LOWEST(bits) ((unsigned)__builtin_ctz(bits))
#else
static unsigned lowest(unsigned bits) {
    unsigned n = 0;
    for (; !(bits & 1); bits >>= 1) n++;
    return n;
}
#define LOWEST(bits) lowest(bits)
#endif

/* Numbers that do not descend, as Elias and Fano put them: of each its `low` lower bits, end to end; then, for each, a
   zero for each step that its upper bits rise from the last, and a one. The first bit of a byte is its lowest. */
static size_t rising_size(size_t n, unsigned low, uint32_t last) { return n ? (n * low + n + (last >> low) + 7) / 8 : 0; }

/* `out` has room for `rising_size`. */
static void rising_put(const uint16_t *numbers, size_t n, unsigned low, uint8_t *out) {
    memset(out, 0, rising_size(n, low, n ? numbers[n - 1] : 0));
    for (size_t k = 0; k < n; k++) {
        size_t bit = n * low + (numbers[k] >> low) + k;
        out[bit / 8] |= (uint8_t)(1u << bit % 8);
        for (unsigned b = 0; b < low; b++) {
            bit = k * low + b;
            out[bit / 8] |= (uint8_t)((numbers[k] >> b & 1u) << bit % 8);
        }
    }
}

/* How many bytes the numbers take, -1 where they do not end within `size`. */
static Py_ssize_t rising_get(const uint8_t *from, Py_ssize_t size, size_t n, unsigned low, uint16_t *out) {
    size_t first = n * low, k = 0;
    Py_ssize_t byte = (Py_ssize_t)(first / 8);
    unsigned hidden = first % 8;
    for (; k < n; byte++) {
        if (byte >= size) return -1;
        unsigned bits = from[byte] >> hidden << hidden;
        for (; bits && k < n; bits &= bits - 1, k++)
            out[k] = (uint16_t)(((size_t)byte * 8 + LOWEST(bits) - first - k) << low);
        hidden = 0;
    }
    for (size_t bit = 0; bit < first; bit++)
        out[bit / low] |= (uint16_t)((from[bit / 8] >> bit % 8 & 1u) << bit % low);
    return n ? byte : 0;
}

/* A row: how many entries, how many of these are terms, bytes of the terms' weights, the first of these; 3 bytes an
   entry, its bucket and above that whether head and title have it; how far each term's weight lies under the first,
   rising; the weights of the head and of the title, a byte each. Terms come first, the heaviest first. */
#define ROW_HEAD 4
#define PLACE 3 /* bytes */
#define MOST_PACKED (ROW_HEAD + PLACE * LONGEST + FIELDS * LONGEST)

typedef struct {
    unsigned n, sizes[FIELDS]; /* entries, those of each field */
    const uint8_t *places, *others; /* weights of the head, then of the title */
    uint8_t terms[LONGEST]; /* weights */
} Row;

/* The bucket of an entry, and above that whether head and title have it. Reads a byte more: the row's weights follow. */
static inline uint32_t place_at(const uint8_t *p) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t place;
    memcpy(&place, p, sizeof place);
    return place & 0xffffff;
#else
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
#endif
}

/* Whether these bytes are a row, whole. It is read where it lies, but for the terms' weights. */
static int row_get(const uint8_t *from, Py_ssize_t size, Row *row) {
    memset(row, 0, offsetof(Row, terms));
    if (size == 0) return 1; /* a row that is gone */
    if (size < ROW_HEAD) return 0;
    const unsigned n = from[0], terms = from[1], first = from[3], plain = from[2] == UNSTEPPED;
    const unsigned weighed = plain ? terms : from[2];
    if (terms > n || ROW_HEAD + PLACE * (Py_ssize_t)n + weighed > size) return 0;
    const uint8_t *end = from + ROW_HEAD + PLACE * n;
    unsigned k = 0, heads = 0, titles = 0;
    for (const uint8_t *p = from + ROW_HEAD + PLACE - 1; p < end; p += PLACE) heads += *p >> 6 & 1, titles += *p >> 7;
    const unsigned weights = weighed + heads + titles;
    if ((n && !weights) || ROW_HEAD + PLACE * (Py_ssize_t)n + weights > size) return 0;
    for (unsigned byte = 0; byte < weighed && !plain; byte++)
        for (unsigned bits = end[byte], at = first - 8 * byte; bits && k < terms; bits &= bits - 1, k++)
            row->terms[k] = (uint8_t)(at + k - LOWEST(bits));
    if (plain) memcpy(row->terms, end, terms);
    else if (k < terms) return 0;
    row->n = n, row->places = from + ROW_HEAD, row->others = end + weighed;
    row->sizes[0] = terms, row->sizes[1] = heads, row->sizes[2] = titles;
    return 1;
}

/* The bytes of a row, which has room for MOST_PACKED; 0 where these are no vector that can be packed. */
static Py_ssize_t row_put(const uint32_t *places, Py_ssize_t n, const uint8_t *weights, Py_ssize_t n_weights, uint8_t *out) {
    uint16_t steps[LONGEST] = {0};
    Py_ssize_t terms = 0, others = 0, at = ROW_HEAD;
    if (n > LONGEST) return 0;
    while (terms < n && places[terms] >> BUCKET_BITS & 1) terms++;
    for (Py_ssize_t k = 0; k < n; k++) {
        uint32_t has = places[k] >> BUCKET_BITS, place = (places[k] & BUCKET_MASK) | has >> 1 << BUCKET_BITS;
        if (!has || has >> 3 || (has & 1) != (k < terms)) return 0;
        others += (has >> 1 & 1) + (has >> 2);
        for (int b = 0; b < PLACE; b++) out[at++] = (uint8_t)(place >> 8 * b);
    }
    if (n_weights != terms + others) return 0;
    int stepped = 1;
    for (Py_ssize_t k = 0; k < terms; k++) {
        stepped &= !k || weights[k] <= weights[k - 1];
        steps[k] = (uint16_t)(weights[0] - weights[k]);
    }
    size_t size = stepped ? rising_size((size_t)terms, 0, terms ? steps[terms - 1] : 0) : (size_t)terms;
    if (stepped) rising_put(steps, (size_t)terms, 0, out + at);
    else memcpy(out + at, weights, size);
    out[0] = (uint8_t)n, out[1] = (uint8_t)terms, out[2] = stepped ? (uint8_t)size : UNSTEPPED;
    out[3] = terms ? weights[0] : 0;
    at += (Py_ssize_t)size;
    memcpy(out + at, weights + terms, (size_t)others);
    return at + others;
}

static const uint8_t *row_bytes(const Run *run, int64_t r, Py_ssize_t *size) {
    uint32_t from = run->starts[r], to = run->starts[r + 1];
    if (from > to || to > (uint64_t)run->n_packed) return NULL;
    *size = to - from;
    return run->packed + from;
}

/* A bucket's own entry, by open addressing: what is asked is small and stays in the cache. */
#define SLOTS 1024
typedef struct {
    uint32_t place[SLOTS];
    int16_t at[SLOTS]; /* number of the entry, -1 for none */
} Own;

static uint32_t slot_of(uint32_t bucket) { return (bucket * 2654435761u) >> 22; }

static void own_put(Own *own, uint32_t place, int at) {
    uint32_t s = slot_of(place & BUCKET_MASK);
    while (own->at[s] >= 0) s = (s + 1) & (SLOTS - 1);
    own->place[s] = place;
    own->at[s] = (int16_t)at;
}

static int own_find(const Own *own, uint32_t bucket, uint32_t *flags) {
    for (uint32_t s = slot_of(bucket);; s = (s + 1) & (SLOTS - 1)) {
        if (own->at[s] < 0) return -1;
        if ((own->place[s] & BUCKET_MASK) == bucket) {
            *flags = own->place[s] >> BUCKET_BITS;
            return own->at[s];
        }
    }
}

/* ---- candidates ---- */

typedef struct {
    uint64_t *keys; /* a heap, the worst first */
    Py_ssize_t size, most;
} Best;

static void best_offer(Best *best, uint64_t key) {
    uint64_t *h = best->keys;
    if (best->size < best->most) {
        Py_ssize_t k = best->size++;
        for (; k && h[(k - 1) / 2] > key; k = (k - 1) / 2) h[k] = h[(k - 1) / 2];
        h[k] = key;
        return;
    }
    if (!best->most || key <= h[0]) return;
    Py_ssize_t k = 0;
    for (Py_ssize_t c; (c = 2 * k + 1) < best->size; k = c) {
        if (c + 1 < best->size && h[c + 1] < h[c]) c++;
        if (h[c] >= key) break;
        h[k] = h[c];
    }
    h[k] = key;
}

static int descending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* A better row has a greater key: its score above, the complement of its number below. */
static uint64_t row_key(const Run *run, int64_t r, uint32_t score) {
    return (uint64_t)score << 32 | (uint32_t)~(uint32_t)(run->base + r);
}

static int is_better(const Best *best, uint64_t key) {
    return best->size < best->most || (best->most && key > best->keys[0]);
}

static void offer_row(Best *best, const Run *run, int64_t r, uint32_t score, double time, double window) {
    uint64_t key = row_key(run, r, score);
    if (!score || !is_better(best, key)) return;
    double at = run->times[r];
    if (isfinite(at) && fabs(at - time) <= window) best_offer(best, key);
}

/* Where each term's postings lie in a run; from == to where there are none. */
static void find_terms(const Run *run, const uint32_t *terms, Py_ssize_t n, uint32_t *from, uint32_t *to) {
    for (Py_ssize_t t = 0; t < n; t++) FETCH(&run->coarse[(terms[t] & BUCKET_MASK) >> COARSE_SHIFT]);
    for (Py_ssize_t t = 0; t < n; t++) {
        uint32_t stretch = (terms[t] & BUCKET_MASK) >> COARSE_SHIFT;
        from[t] = run->coarse[stretch], to[t] = run->coarse[stretch + 1];
        if (from[t] > to[t] || to[t] > (uint64_t)run->n_terms) from[t] = to[t] = 0;
        if (from[t] < to[t]) FETCH(&run->terms[from[t]]), FETCH(&run->offsets[from[t]]);
    }
    for (Py_ssize_t t = 0; t < n; t++) {
        uint32_t k = from[t], end = to[t], term = terms[t] & ((1u << COARSE_SHIFT) - 1);
        while (k < end && run->terms[k] < term) k++;
        from[t] = to[t] = 0;
        if (k >= end || run->terms[k] != term) continue;
        if (run->offsets[k] > run->offsets[k + 1] || run->offsets[k + 1] > (uint64_t)run->n_postings) continue;
        from[t] = run->offsets[k], to[t] = run->offsets[k + 1];
        if (from[t] < to[t]) FETCH(run->postings + POSTING * (size_t)from[t]), FETCH(run->postings + POSTING * (size_t)(to[t] - 1));
    }
}

static uint32_t posting(const Run *run, uint32_t k) {
    const uint8_t *p = run->postings + POSTING * (size_t)k;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

/* At least 1, so that a row that was found is never counted as untouched; 64 terms can't pass 32 bits. */
static uint32_t heft(uint32_t weight) {
    uint32_t square = (weight * weight) >> SCORE_SHIFT;
    return square ? square : 1;
}

/* Newest rows: no postings yet, each row's first entries are looked up among those asked. */
static void scan_newest(const Run *run, const Own *own, const uint8_t *weights, int32_t *quota, Py_ssize_t posted,
                        uint32_t *scores) {
    for (int64_t r = run->rows - 1; r >= 0; r--) {
        uint32_t from, to, w, flags, score = 0;
        if (row_bounds(run, r, &from, &to, &w) < 0) continue;
        for (uint32_t k = from; k < to && k < from + posted && (run->places[k] >> BUCKET_BITS & 1); k++) {
            int at = own_find(own, run->places[k] & BUCKET_MASK, &flags);
            if (at < 0 || quota[at] <= 0 || w + (k - from) >= run->n_weights) continue;
            quota[at]--;
            score += heft(weights[at]) * heft(run->weights[w + (k - from)]); /* the first field's weights come first */
        }
        scores[r] = score;
    }
}

/* A run with postings, a block of rows at a time. `scores` is zero between blocks. */
static void scan_run(const Run *run, const uint32_t *terms, const uint8_t *weights, Py_ssize_t asked, int32_t *quota,
                     uint32_t *scores, Best *best, double time, double window) {
    uint32_t from[MOST_ASKED], to[MOST_ASKED], mine[MOST_ASKED];
    Py_ssize_t n = 0;
    find_terms(run, terms, asked, from, to);
    for (Py_ssize_t t = 0; t < asked; t++) {
        if (quota[t] <= 0 || from[t] == to[t]) continue;
        if ((int64_t)to[t] - from[t] > quota[t]) from[t] = to[t] - (uint32_t)quota[t];
        quota[t] -= (int32_t)(to[t] - from[t]);
        from[n] = from[t], to[n] = to[t], mine[n++] = heft(weights[t]);
    }
    for (int64_t first = 0; first < run->rows && n; first += BLOCK) {
        uint32_t rows = (uint32_t)(run->rows - first < BLOCK ? run->rows - first : BLOCK), touched[BLOCK + 1], told[BLOCK], count = 0;
        uint64_t end = (uint64_t)(first + rows) << ROW_SHIFT;
        for (Py_ssize_t t = 0; t < n; t++) {
            uint32_t p = from[t], last = to[t], weight = mine[t];
            for (uint32_t each; p < last && (each = posting(run, p)) < end; p++) {
                uint32_t r = (each >> ROW_SHIFT) - (uint32_t)first;
                if (r >= rows) continue; /* a damaged file: not in order */
                touched[count] = r, count += !scores[r];
                scores[r] += weight * heft(each & 0xff);
            }
            from[t] = p;
        }
        uint32_t likely = 0;
        for (uint32_t k = 0; k < count; k++) {
            uint32_t r = touched[k], score = scores[r];
            scores[r] = 0;
            if (!is_better(best, row_key(run, first + r, score))) continue;
            FETCH(&run->times[first + r]);
            touched[likely] = r, told[likely++] = score;
        }
        for (uint32_t k = 0; k < likely; k++) offer_row(best, run, first + touched[k], told[k], time, window);
    }
}

/* The best rows of all runs, the best first; what is wrong, NULL where nothing is. `scores` is zero between calls. */
static const char *find_best(const Runs *all, const uint32_t *terms, const uint8_t *weights, Py_ssize_t asked, double time,
                             double window, Py_ssize_t newest, Py_ssize_t posted, uint32_t *scores, Py_ssize_t room,
                             Best *best) {
    Own own;
    int32_t quota[MOST_ASKED];
    if (asked > MOST_ASKED) return "too many terms";
    memset(own.at, 0xff, sizeof own.at);
    for (int k = 0; k < asked; k++) {
        quota[k] = (int32_t)newest;
        own_put(&own, terms[k], k);
    }
    for (Py_ssize_t k = all->count - 1; k >= 0; k--) { /* the newest first: a common term finds those alone */
        const Run *run = &all->runs[k];
        if (room < (run->coarse && run->rows > BLOCK ? BLOCK : run->rows)) return "too little scratch";
        if (run->coarse) {
            scan_run(run, terms, weights, asked, quota, scores, best, time, window);
            continue;
        }
        scan_newest(run, &own, weights, quota, posted, scores);
        for (int64_t r = 0; r < run->rows; r++) offer_row(best, run, r, scores[r], time, window), scores[r] = 0;
    }
    qsort(best->keys, (size_t)best->size, 8, descending);
    return NULL;
}

static int64_t row_of(uint64_t key) { return (uint32_t)~(uint32_t)key; }

static PyObject *candidates(PyObject *self, PyObject *args) {
    PyObject *tuple, *result = NULL;
    Py_buffer terms, weights, scratch, out;
    double time, window;
    Py_ssize_t most, newest, posted;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oy*y*ddnnnw*w*", &tuple, &terms, &weights, &time, &window, &most, &newest, &posted,
                          &scratch, &out))
        return NULL;
    Runs all = {NULL, 0};
    Best best = {malloc(8 * (size_t)(most > 0 ? most : 1)), 0, most};
    if (!best.keys) {
        PyErr_NoMemory();
    } else if (weights.len < terms.len / 4 || out.len < most * 8) {
        PyErr_SetString(PyExc_ValueError, "too little room");
    } else if (runs_take(&all, tuple) == 0) {
        const char *wrong = find_best(&all, terms.buf, weights.buf, terms.len / 4, time, window, newest, posted,
                                      scratch.buf, scratch.len / 4, &best);
        if (wrong) PyErr_SetString(PyExc_ValueError, wrong);
        for (Py_ssize_t k = 0; !wrong && k < best.size; k++) ((int64_t *)out.buf)[k] = row_of(best.keys[k]);
        if (!wrong) result = PyLong_FromSsize_t(best.size);
    }
    free(best.keys);
    runs_release(&all);
    PyBuffer_Release(&terms);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&scratch);
    PyBuffer_Release(&out);
    return result;
}

/* ---- sums over pairs ---- */

static const Run *run_of(const Runs *all, int64_t row, int64_t *within) {
    for (Py_ssize_t k = all->count - 1; k >= 0; k--) {
        *within = row - all->runs[k].base;
        if (*within >= 0) return *within < all->runs[k].rows ? &all->runs[k] : NULL;
    }
    return NULL;
}

typedef struct {
    Own own;
    uint32_t squares[SLOTS / 2][MOST_FIELDS]; /* by entry and field, 0 where the field has it not */
} Mine;

/* How many entries each field has; -1 where there are more than weights. */
static Py_ssize_t field_sizes(const uint32_t *places, Py_ssize_t n, Py_ssize_t n_weights, int fields, uint32_t *sizes) {
    Py_ssize_t all = 0;
    for (int f = 0; f < fields; f++) {
        uint32_t size = 0;
        for (Py_ssize_t k = 0; k < n; k++) size += places[k] >> (BUCKET_BITS + f) & 1;
        sizes[f] = size;
        all += size;
    }
    return all <= n_weights ? all : -1;
}

static int mine_take(Mine *mine, const uint32_t *places, Py_ssize_t n, const uint8_t *weights, Py_ssize_t n_weights) {
    uint32_t sizes[MOST_FIELDS];
    memset(mine->own.at, 0xff, sizeof mine->own.at);
    if (n > SLOTS / 2 || field_sizes(places, n, n_weights, MOST_FIELDS, sizes) < 0) return -1;
    for (Py_ssize_t k = 0; k < n; k++) own_put(&mine->own, places[k], (int)k);
    for (int f = 0; f < MOST_FIELDS; f++)
        for (Py_ssize_t k = 0; k < n; k++) {
            uint32_t weight = places[k] >> (BUCKET_BITS + f) & 1 ? *weights++ : 0;
            mine->squares[k][f] = weight * weight;
        }
    return 0;
}

static size_t width(int fields) { return 3 * (size_t)fields * fields + 2 * (size_t)fields + 2; }

/* One row's sums: products [F][F], my weight where theirs is too [F][F], theirs where mine is too [F][F], all of
   theirs [F], its squares [F], their numbers, numbers of both. Weights count by their squares, which are what they
   stand for. Inlined, so that loops over a known number of fields are unrolled. */
static inline void field_sums(const uint8_t *weights, uint32_t n, int field, const int fields, int64_t *out) {
    uint64_t sum = 0, squares = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t square = (uint32_t)weights[k] * weights[k];
        sum += square;
        squares += square * square; /* less than 2^32 */
    }
    int64_t *mass = out + 3 * fields * fields, *norms = mass + fields;
    mass[field] = (int64_t)sum, norms[field] = (int64_t)squares;
}

/* What an entry that both have adds; `has`: the fields of theirs, `at_weight`: where its weight in each stands. */
static inline void shared_sums(const Mine *mine, int at, uint32_t flags, uint32_t has, const uint8_t *const *at_weight,
                               const int fields, int64_t *out) {
    int64_t *products = out, *ours = out + fields * fields, *theirs = ours + fields * fields;
    for (int g = 0; g < fields; g++) {
        if (!(has >> g & 1)) continue;
        uint32_t square = (uint32_t)*at_weight[g] * *at_weight[g];
        for (int f = 0; f < fields; f++) {
            if (!(flags >> f & 1)) continue;
            products[f * fields + g] += (int64_t)mine->squares[at][f] * square;
            ours[f * fields + g] += mine->squares[at][f];
            theirs[f * fields + g] += square;
        }
    }
}

static void vector_sums(const Mine *mine, const uint32_t *places, Py_ssize_t n, const uint8_t *weights,
                        Py_ssize_t n_weights, int fields, int64_t *out) {
    uint32_t sizes[MOST_FIELDS], numbers[2] = {0, 0};
    const uint8_t *at_weight[MOST_FIELDS];
    memset(out, 0, 8 * width(fields));
    if (field_sizes(places, n, n_weights, fields, sizes) < 0) return;
    for (int f = 0; f < fields; weights += sizes[f++]) at_weight[f] = weights, field_sums(weights, sizes[f], f, fields, out);
    for (Py_ssize_t k = 0; k < n; k++) {
        uint32_t flags, bucket = places[k] & BUCKET_MASK, has = places[k] >> BUCKET_BITS, number = has & ~bucket & 1;
        int at = own_find(&mine->own, bucket, &flags);
        numbers[0] += number;
        if (at >= 0) numbers[1] += number & flags, shared_sums(mine, at, flags, has, at_weight, fields, out);
        for (int f = 0; f < fields; f++) at_weight[f] += has >> f & 1;
    }
    out += width(fields);
    out[-2] = numbers[0], out[-1] = numbers[1];
}

/* The same of entries of a packed row, which all are terms or none is; moves on to the weights of the next. */
static inline void entry_sums(const Mine *mine, const uint8_t *p, unsigned n, const int terms, const uint8_t **at_weight,
                              uint32_t *numbers, int64_t *out) {
    for (const uint8_t *end = p + PLACE * n; p < end; p += PLACE) {
        uint32_t flags, place = place_at(p), bucket = place & BUCKET_MASK, has = place >> BUCKET_BITS << 1 | terms;
        int at = own_find(&mine->own, bucket, &flags);
        if (terms) numbers[0] += ~bucket & 1;
        if (at >= 0) {
            if (terms) numbers[1] += ~bucket & flags & 1;
            shared_sums(mine, at, flags, has, at_weight, FIELDS, out);
        }
        at_weight[0] += terms, at_weight[1] += place >> BUCKET_BITS & 1, at_weight[2] += place >> (BUCKET_BITS + 1);
    }
}

static void row_sums(const Mine *mine, const Row *row, int64_t *out) {
    const uint8_t *at_weight[FIELDS] = {row->terms, row->others, row->others + row->sizes[1]};
    const unsigned terms = row->sizes[0];
    uint32_t numbers[2] = {0, 0};
    for (int f = 0; f < FIELDS; f++) field_sums(at_weight[f], row->sizes[f], f, FIELDS, out);
    entry_sums(mine, row->places, terms, 1, at_weight, numbers, out);
    entry_sums(mine, row->places + PLACE * terms, row->n - terms, 0, at_weight, numbers, out);
    out += width(FIELDS);
    out[-2] = numbers[0], out[-1] = numbers[1];
}

static void pair_sums(const Mine *mine, const Run *run, int64_t r, int fields, int64_t *out) {
    uint32_t from, to, weight;
    Py_ssize_t size;
    Row row;
    memset(out, 0, 8 * width(fields));
    if (run->packed) {
        const uint8_t *packed = row_bytes(run, r, &size);
        if (fields == FIELDS && packed && row_get(packed, size, &row)) row_sums(mine, &row, out);
    } else if (row_bounds(run, r, &from, &to, &weight) == 0)
        vector_sums(mine, run->places + from, to - from, run->weights + weight, run->n_weights - weight, fields, out);
}

/* Rows lie anywhere in memory: each is asked for some rows ahead. */
#define AHEAD 4
#define LINE 64 /* bytes that memory gives at once */

static void fetch_bounds(const Runs *all, int64_t row) {
    int64_t r;
    const Run *run = run_of(all, row, &r);
    if (run) FETCH(&run->starts[r]);
}

static void fetch_row(const Runs *all, int64_t row) {
    int64_t r;
    Py_ssize_t size;
    const Run *run = run_of(all, row, &r);
    const uint8_t *packed = run && run->packed ? row_bytes(run, r, &size) : NULL;
    for (Py_ssize_t k = 0; packed && k < size; k += LINE) FETCH(packed + k);
}

/* The sums of some rows, and of the article with itself last. */
static void all_sums(const Mine *mine, const Runs *all, const int64_t *rows, Py_ssize_t n, const uint32_t *places,
                     Py_ssize_t n_places, const uint8_t *weights, Py_ssize_t n_weights, int fields, int64_t *out) {
    size_t wide = width(fields);
    for (Py_ssize_t k = 0; k < n; k++) fetch_bounds(all, rows[k]);
    for (Py_ssize_t k = 0; k < n && k < AHEAD; k++) fetch_row(all, rows[k]);
    for (Py_ssize_t k = 0; k < n; k++) {
        int64_t within;
        if (k + AHEAD < n) fetch_row(all, rows[k + AHEAD]);
        const Run *run = run_of(all, rows[k], &within);
        if (run) pair_sums(mine, run, within, fields, out + (size_t)k * wide);
        else memset(out + (size_t)k * wide, 0, 8 * wide);
    }
    vector_sums(mine, places, n_places, weights, n_weights, fields, out + (size_t)n * wide);
}

static PyObject *sums(PyObject *self, PyObject *args) {
    PyObject *tuple, *result = NULL;
    Py_buffer rows, places, weights, out;
    int fields;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oy*y*y*iw*", &tuple, &rows, &places, &weights, &fields, &out)) return NULL;
    Runs all = {NULL, 0};
    Mine *mine = malloc(sizeof *mine);
    Py_ssize_t n = rows.len / 8;
    if (!mine) {
        PyErr_NoMemory();
    } else if (fields != FIELDS || out.len < (n + 1) * (Py_ssize_t)width(fields) * 8) {
        PyErr_SetString(PyExc_ValueError, "other fields, or too little room");
    } else if (mine_take(mine, places.buf, places.len / 4, weights.buf, weights.len) < 0) {
        PyErr_SetString(PyExc_ValueError, "not a vector");
    } else if (runs_take(&all, tuple) == 0) {
        all_sums(mine, &all, rows.buf, n, places.buf, places.len / 4, weights.buf, weights.len, fields, out.buf);
        result = Py_None;
        Py_INCREF(result);
    }
    free(mine);
    runs_release(&all);
    PyBuffer_Release(&rows);
    PyBuffer_Release(&places);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&out);
    return result;
}

/* ---- what a model sees of pairs ---- */

#define FEATURES 8
#define TERMS_FEATURE 2 /* the cosine of all terms */

/* One pair's sums and the article's own -> title, head, terms, more_within, less_within, numbers, head_within,
   title_within. `lengths` and `masses` are the article's, by field. */
static void pair_features(const int64_t *told, const double *lengths, const double *masses, double own_numbers,
                          double *out) {
    const int64_t *products = told, *ours = products + FIELDS * FIELDS, *theirs = ours + FIELDS * FIELDS;
    const int64_t *mass = theirs + FIELDS * FIELDS, *norms = mass + FIELDS, *numbers = norms + FIELDS;
    double cosine[FIELDS], here[FIELDS], there[FIELDS];
    for (int f = 0; f < FIELDS; f++) {
        double length = sqrt((double)norms[f]) * lengths[f];
        cosine[f] = (double)products[f * FIELDS + f] / (length > 1 ? length : 1);
        here[f] = (double)ours[f * FIELDS] / masses[f];
        there[f] = (double)theirs[f] / (double)(mass[f] > 1 ? mass[f] : 1);
    }
    out[0] = cosine[2], out[1] = cosine[1], out[2] = cosine[0];
    out[3] = here[0] > there[0] ? here[0] : there[0];
    out[4] = here[0] > there[0] ? there[0] : here[0];
    out[5] = (double)numbers[1] / sqrt((double)(numbers[0] > 1 ? numbers[0] : 1) * own_numbers);
    out[6] = (here[1] + there[1]) / 2;
    out[7] = (here[2] + there[2]) / 2;
}

/* The same of `n` pairs, the article's own sums last, with their log-odds: a column of each. */
static void all_features(const int64_t *told, Py_ssize_t n, const double *weights, double bias, double *column) {
    Py_ssize_t wide = (Py_ssize_t)width(FIELDS);
    const int64_t *mass = told + n * wide + 3 * FIELDS * FIELDS;
    double lengths[FIELDS], masses[FIELDS], numbers = (double)(mass[2 * FIELDS] > 1 ? mass[2 * FIELDS] : 1);
    for (int f = 0; f < FIELDS; f++) {
        lengths[f] = sqrt((double)mass[FIELDS + f]);
        masses[f] = mass[f] > 1 ? (double)mass[f] : 1;
    }
    for (Py_ssize_t k = 0; k < n; k++) {
        double each[FEATURES], logit = bias;
        pair_features(told + k * wide, lengths, masses, numbers, each);
        for (int f = 0; f < FEATURES; f++) {
            column[f * n + k] = each[f];
            logit += weights[f] * each[f];
        }
        column[FEATURES * n + k] = logit;
    }
}

static PyObject *features(PyObject *self, PyObject *args) {
    Py_buffer told, weights, out;
    double bias;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*dw*", &told, &weights, &bias, &out)) return NULL;
    Py_ssize_t n = told.len / 8 / (Py_ssize_t)width(FIELDS) - 1;
    if (n < 0 || weights.len < 8 * FEATURES || out.len < 8 * n * (FEATURES + 1)) {
        PyErr_SetString(PyExc_ValueError, "too little room");
    } else {
        all_features(told.buf, n, weights.buf, bias, out.buf);
        result = Py_None;
        Py_INCREF(result);
    }
    PyBuffer_Release(&told);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&out);
    return result;
}

typedef struct {
    double logit, terms;
    int64_t row;
} Pair;

static int likelier(const void *a, const void *b) {
    const Pair *x = a, *y = b;
    if (x->logit != y->logit) return x->logit > y->logit ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct {
    double bias, off, least, least_terms;
    const double *weights;
} Model;

/* The rows whose log-odds less what is taken off are more than the least, or whose cosine is as much; how many into
   *kept, the likeliest first. NULL where memory is short, or this is no vector. */
static Pair *ranked(const Runs *all, const int64_t *rows, Py_ssize_t n, const Py_buffer *places, const Py_buffer *weights,
                    const Model *model, Py_ssize_t *kept) {
    Mine *mine = malloc(sizeof *mine);
    int64_t *told = malloc(8 * width(FIELDS) * (size_t)(n + 1));
    double *columns = malloc(8 * (FEATURES + 1) * (size_t)(n + 1));
    Pair *pairs = malloc(sizeof *pairs * (size_t)(n + 1));
    *kept = 0;
    if (mine && told && columns && pairs &&
        mine_take(mine, places->buf, places->len / 4, weights->buf, weights->len) == 0) {
        all_sums(mine, all, rows, n, places->buf, places->len / 4, weights->buf, weights->len, FIELDS, told);
        all_features(told, n, model->weights, model->bias, columns);
        for (Py_ssize_t k = 0; k < n; k++) {
            double logit = columns[FEATURES * n + k] - model->off, terms = columns[TERMS_FEATURE * n + k];
            if (logit > model->least || terms >= model->least_terms) pairs[(*kept)++] = (Pair){logit, terms, rows[k]};
        }
        qsort(pairs, (size_t)*kept, sizeof *pairs, likelier);
    } else {
        free(pairs);
        pairs = NULL;
    }
    free(mine);
    free(told);
    free(columns);
    return pairs;
}

/* [(row, log-odds, cosine of all terms), ...] */
static PyObject *as_list(const Pair *pairs, Py_ssize_t n) {
    PyObject *result = PyList_New(n);
    for (Py_ssize_t k = 0; result && k < n; k++) {
        PyObject *pair = Py_BuildValue("(Ldd)", (long long)pairs[k].row, pairs[k].logit, pairs[k].terms);
        if (!pair) Py_CLEAR(result);
        else PyList_SetItem(result, k, pair);
    }
    return result;
}

/* (runs, rows, places, weights, a model's weights, its bias, what is taken off, least log-odds, least cosine) ->
   [(row, log-odds, cosine of all terms), ...] of the rows that have more than the one or as much as the other, the
   likeliest first. */
static PyObject *compare(PyObject *self, PyObject *args) {
    PyObject *tuple, *result = NULL;
    Py_buffer rows, places, weights, model_weights;
    Model model;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oy*y*y*y*dddd", &tuple, &rows, &places, &weights, &model_weights, &model.bias, &model.off,
                          &model.least, &model.least_terms))
        return NULL;
    Runs all = {NULL, 0};
    Py_ssize_t kept;
    Pair *pairs = NULL;
    model.weights = model_weights.buf;
    if (model_weights.len < 8 * FEATURES) PyErr_SetString(PyExc_ValueError, "not a model");
    else if (runs_take(&all, tuple) == 0) {
        if ((pairs = ranked(&all, rows.buf, rows.len / 8, &places, &weights, &model, &kept))) result = as_list(pairs, kept);
        else PyErr_SetString(PyExc_ValueError, "not a vector");
    }
    free(pairs);
    runs_release(&all);
    PyBuffer_Release(&rows);
    PyBuffer_Release(&places);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&model_weights);
    return result;
}

/* ---- a search beside ---- */

/* Candidates and their comparison, all that is read held in place until the answer is fetched. */
typedef struct {
    Runs all;
    Py_buffer places, weights, scratch, model_weights;
    Model model;
    double time, window;
    Py_ssize_t most, newest, posted, kept;
    long long except; /* a row that is not to be compared, -1 for none */
    Pair *pairs;
    const char *wrong;
    int done;
} Job;

static void search(Job *job) {
    const uint32_t *places = job->places.buf;
    Py_ssize_t asked = 0, n = 0;
    Best best = {malloc(8 * (size_t)job->most), 0, job->most};
    int64_t *rows = malloc(8 * (size_t)job->most);
    while (asked < job->posted && asked < job->places.len / 4 && places[asked] >> BUCKET_BITS & 1) asked++;
    if (!best.keys || !rows) job->wrong = "no memory";
    else if (job->weights.len < asked) job->wrong = "not a vector";
    else
        job->wrong = find_best(&job->all, places, job->weights.buf, asked, job->time, job->window, job->newest, job->posted,
                               job->scratch.buf, job->scratch.len / 4, &best);
    for (Py_ssize_t k = 0; !job->wrong && k < best.size; k++)
        if (row_of(best.keys[k]) != job->except) rows[n++] = row_of(best.keys[k]);
    if (!job->wrong) {
        job->pairs = ranked(&job->all, rows, n, &job->places, &job->weights, &job->model, &job->kept);
        if (!job->pairs) job->wrong = "not a vector";
    }
    free(best.keys);
    free(rows);
}

#ifdef _WIN32
static void post(Job *job) { search(job), job->done = 1; }
static void wait_for(Job *job) { (void)job; }
#else
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted_one = PTHREAD_COND_INITIALIZER, done_one = PTHREAD_COND_INITIALIZER;
static Job *waiting; /* one at a time: a second is done by who asks */
static pid_t served; /* the process that has the thread; a fork has none */

static void *serve(void *nothing) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!waiting) pthread_cond_wait(&posted_one, &lock);
        Job *job = waiting;
        pthread_mutex_unlock(&lock);
        search(job);
        pthread_mutex_lock(&lock);
        job->done = 1;
        waiting = NULL;
        pthread_cond_broadcast(&done_one);
    }
    return nothing;
}

static void post(Job *job) {
    pthread_t thread;
    pthread_mutex_lock(&lock);
    if (served != getpid() && pthread_create(&thread, NULL, serve, NULL) == 0) served = getpid(), pthread_detach(thread);
    int taken = served == getpid() && !waiting;
    if (taken) waiting = job, pthread_cond_signal(&posted_one);
    pthread_mutex_unlock(&lock);
    if (!taken) search(job), job->done = 1;
}

static void wait_for(Job *job) {
    pthread_mutex_lock(&lock);
    while (!job->done) pthread_cond_wait(&done_one, &lock);
    pthread_mutex_unlock(&lock);
}
#endif

static void job_free(PyObject *capsule) {
    Job *job = PyCapsule_GetPointer(capsule, "newsloom.search");
    if (!job) return;
    wait_for(job);
    runs_release(&job->all);
    PyBuffer_Release(&job->places);
    PyBuffer_Release(&job->weights);
    PyBuffer_Release(&job->scratch);
    PyBuffer_Release(&job->model_weights);
    free(job->pairs);
    free(job);
}

/* (runs, places, weights, time, window, most, newest, posted, scratch, a model's weights, its bias, what is taken off,
   least log-odds, least cosine, a row to leave out) -> what `answer` takes. The search goes on beside; none of the
   arrays may change until it is answered. */
static PyObject *ask(PyObject *self, PyObject *args) {
    PyObject *tuple, *capsule;
    (void)self;
    Job *job = calloc(1, sizeof *job);
    if (!job) return PyErr_NoMemory();
    if (!PyArg_ParseTuple(args, "Oy*y*ddnnnw*y*ddddL", &tuple, &job->places, &job->weights, &job->time, &job->window,
                          &job->most, &job->newest, &job->posted, &job->scratch, &job->model_weights, &job->model.bias,
                          &job->model.off, &job->model.least, &job->model.least_terms, &job->except)) {
        free(job);
        return NULL;
    }
    job->done = 1; /* until it is posted, so that it may be freed */
    if (!(capsule = PyCapsule_New(job, "newsloom.search", job_free))) {
        PyBuffer_Release(&job->places);
        PyBuffer_Release(&job->weights);
        PyBuffer_Release(&job->scratch);
        PyBuffer_Release(&job->model_weights);
        free(job);
        return NULL;
    }
    job->model.weights = job->model_weights.buf;
    if (job->model_weights.len < 8 * FEATURES || job->most < 1) PyErr_SetString(PyExc_ValueError, "not a model");
    if (PyErr_Occurred() || runs_take(&job->all, tuple) < 0) {
        Py_DECREF(capsule);
        return NULL;
    }
    job->done = 0;
    post(job);
    return capsule;
}

/* What was asked for, as `compare` gives it. */
static PyObject *answer(PyObject *self, PyObject *capsule) {
    (void)self;
    Job *job = PyCapsule_GetPointer(capsule, "newsloom.search");
    if (!job) return NULL;
    Py_BEGIN_ALLOW_THREADS;
    wait_for(job);
    Py_END_ALLOW_THREADS;
    if (job->wrong) return PyErr_Format(PyExc_ValueError, "%s", job->wrong);
    return as_list(job->pairs, job->kept);
}

/* ---- a run's postings ---- */

typedef struct {
    uint32_t term, posting;
} Entry;

/* What each of the newest rows is found by, from `row` on, in the order of rows; how many, -1 where that is damaged. */
static Py_ssize_t entries_of_newest(const Run *run, Py_ssize_t posted, int64_t row, Entry *out) {
    Py_ssize_t n = 0;
    for (int64_t r = 0; r < run->rows; r++) {
        uint32_t from, to, w;
        if (row_bounds(run, r, &from, &to, &w) < 0) return -1;
        if (!(run->times[r] > -INFINITY)) continue; /* it is gone */
        for (uint32_t k = from; k < to && k - from < posted; k++) {
            uint32_t place = run->places[k];
            if (!(place >> BUCKET_BITS & 1)) continue;
            if (w + (k - from) >= run->n_weights) return -1; /* the first field's weights come first */
            out[n++] = (Entry){place & BUCKET_MASK, (uint32_t)(row + r) << ROW_SHIFT | run->weights[w + (k - from)]};
        }
    }
    return n;
}

/* The same of a closed run, in the order of terms. */
static Py_ssize_t entries_of_closed(const Run *run, int64_t row, Entry *out) {
    Py_ssize_t n = 0;
    uint32_t p = 0;
    for (uint32_t stretch = 0; stretch < 1u << (BUCKET_BITS - COARSE_SHIFT); stretch++) {
        if (run->coarse[stretch + 1] > (uint64_t)run->n_terms) return -1;
        for (uint32_t t = run->coarse[stretch]; t < run->coarse[stretch + 1]; t++) {
            if (run->offsets[t] != p || run->offsets[t + 1] < p || run->offsets[t + 1] > (uint64_t)run->n_postings) return -1;
            for (; p < run->offsets[t + 1]; p++) {
                uint32_t each = posting(run, p), r = each >> ROW_SHIFT;
                if (r >= run->rows) return -1;
                if (!(run->times[r] > -INFINITY)) continue;
                out[n++] = (Entry){stretch << COARSE_SHIFT | run->terms[t], each + ((uint32_t)row << ROW_SHIFT)};
            }
        }
    }
    return n;
}

/* By term, those of one term in the order they had: half of a bucket's bits at a time. */
#define HALF_BITS (BUCKET_BITS / 2)
static void sort_entries(Entry *from, Entry *to, Py_ssize_t n) {
    for (int shift = 0; shift < 2 * HALF_BITS; shift += HALF_BITS) {
        Py_ssize_t at[1 << HALF_BITS] = {0}, sum = 0;
        for (Py_ssize_t k = 0; k < n; k++) at[from[k].term >> shift & ((1 << HALF_BITS) - 1)]++;
        for (int b = 0; b < 1 << HALF_BITS; b++) {
            Py_ssize_t count = at[b];
            at[b] = sum, sum += count;
        }
        for (Py_ssize_t k = 0; k < n; k++) to[at[from[k].term >> shift & ((1 << HALF_BITS) - 1)]++] = from[k];
        Entry *other = from;
        from = to, to = other;
    }
}

/* All entries of runs that follow each other, sorted into `out`; `aside` has as much room. -1 where they are damaged. */
static Py_ssize_t all_entries(const Runs *all, Py_ssize_t posted, Entry *out, Entry *aside) {
    Py_ssize_t n = 0;
    for (Py_ssize_t k = 0; k < all->count; k++) {
        const Run *run = &all->runs[k];
        int64_t row = run->base - all->runs[0].base;
        Py_ssize_t more = run->packed ? entries_of_closed(run, row, out + n) : entries_of_newest(run, posted, row, out + n);
        if (more < 0) return -1;
        n += more;
    }
    if (n) sort_entries(out, aside, n); /* two passes: it ends where it began */
    return n;
}

/* (runs that follow each other, terms of an article that are posted) -> (coarse, terms, offsets, postings) of them all
   as bytes. */
static PyObject *post_runs(PyObject *self, PyObject *args) {
    PyObject *tuple, *made[4] = {NULL, NULL, NULL, NULL}, *result = NULL;
    Py_ssize_t posted, n = -1, different = 0, room = 1, coarse_size = (1 << (BUCKET_BITS - COARSE_SHIFT)) + 1;
    Runs all = {NULL, 0};
    (void)self;
    if (!PyArg_ParseTuple(args, "On", &tuple, &posted) || runs_take(&all, tuple) < 0) return NULL;
    int64_t rows = 0;
    for (Py_ssize_t k = 0; k < all.count; k++) {
        const Run *run = &all.runs[k];
        room += run->packed ? run->n_postings : run->n_places < run->rows * posted ? run->n_places : run->rows * posted;
        rows += run->rows;
        if (run->base - all.runs[0].base + run->rows != rows || rows > MOST_ROWS || posted < 0) room = 0;
        if (!room) break;
    }
    Entry *entries = malloc(sizeof *entries * (size_t)(room > 0 ? room : 1));
    Entry *aside = malloc(sizeof *aside * (size_t)(room > 0 ? room : 1));
    if (!entries || !aside) {
        PyErr_NoMemory();
    } else if (!room) {
        PyErr_SetString(PyExc_ValueError, "no runs that follow each other, or too long");
    } else {
        Py_BEGIN_ALLOW_THREADS;
        n = all_entries(&all, posted, entries, aside);
        for (Py_ssize_t k = 0; k < n; k++) different += !k || entries[k].term != entries[k - 1].term;
        Py_END_ALLOW_THREADS;
        if (n < 0) PyErr_SetString(PyExc_ValueError, "a run is damaged");
    }
    Py_ssize_t sizes[4] = {4 * coarse_size, different, 4 * (different + 1), POSTING * n};
    for (int k = 0; n >= 0 && k < 4; k++)
        if (!(made[k] = PyBytes_FromStringAndSize(NULL, sizes[k]))) n = -1;
    if (n >= 0) {
        uint32_t *coarse = (uint32_t *)PyBytes_AsString(made[0]), *offsets = (uint32_t *)PyBytes_AsString(made[2]);
        uint8_t *terms = (uint8_t *)PyBytes_AsString(made[1]), *postings = (uint8_t *)PyBytes_AsString(made[3]);
        Py_ssize_t t = 0, stretch = 0;
        Py_BEGIN_ALLOW_THREADS;
        for (Py_ssize_t k = 0; k < n; k++) {
            for (int b = 0; b < POSTING; b++) *postings++ = (uint8_t)(entries[k].posting >> 8 * b);
            if (k && entries[k].term == entries[k - 1].term) continue;
            for (; stretch <= entries[k].term >> COARSE_SHIFT; stretch++) coarse[stretch] = (uint32_t)t;
            terms[t] = (uint8_t)(entries[k].term & ((1u << COARSE_SHIFT) - 1)), offsets[t++] = (uint32_t)k;
        }
        for (; stretch < coarse_size; stretch++) coarse[stretch] = (uint32_t)t;
        offsets[t] = (uint32_t)n;
        Py_END_ALLOW_THREADS;
        result = PyTuple_Pack(4, made[0], made[1], made[2], made[3]);
    }
    for (int k = 0; k < 4; k++) Py_XDECREF(made[k]);
    free(entries);
    free(aside);
    runs_release(&all);
    return result;
}

/* ---- what two texts carry of each other ---- */

/* Two ascending sketches -> how many of each lie within the reach of both, and how many are the same. */
static PyObject *overlap(PyObject *self, PyObject *args) {
    Py_buffer a, b;
    int a_cut, b_cut; /* whether a sketch is cut: its last hash is as far as it reaches */
    (void)self;
    if (!PyArg_ParseTuple(args, "y*py*p", &a, &a_cut, &b, &b_cut)) return NULL;
    const uint16_t *x = a.buf, *y = b.buf;
    Py_ssize_t n = a.len / 2, m = b.len / 2, i = 0, j = 0, common = 0;
    uint16_t reach = 0xffff;
    if (a_cut && n && x[n - 1] < reach) reach = x[n - 1];
    if (b_cut && m && y[m - 1] < reach) reach = y[m - 1];
    while (n && x[n - 1] > reach) n--;
    while (m && y[m - 1] > reach) m--;
    while (i < n && j < m) {
        if (x[i] == y[j]) common++, i++, j++;
        else if (x[i] < y[j]) i++;
        else j++;
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return Py_BuildValue("(nnn)", n, m, common);
}

/* Two articles' places -> how many numbers each has, and how many are the same. */
static PyObject *numbers(PyObject *self, PyObject *args) {
    Py_buffer a, b;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*", &a, &b)) return NULL;
    const uint32_t *x = a.buf, *y = b.buf;
    Py_ssize_t n = 0, m = 0, common = 0;
    for (Py_ssize_t i = 0; i < a.len / 4; i++) n += (x[i] & BUCKET_MASK) && !(x[i] & 1);
    for (Py_ssize_t j = 0; j < b.len / 4; j++) {
        if (!(y[j] & BUCKET_MASK) || y[j] & 1) continue;
        m++;
        for (Py_ssize_t i = 0; i < a.len / 4 && n; i++)
            if (!((x[i] ^ y[j]) & BUCKET_MASK)) {
                common++;
                break;
            }
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return Py_BuildValue("(nnn)", n, m, common);
}

/* ---- an article's own arrays ---- */

/* The bucket of a term, 0 after an error; `ask` is Python's own, for what is not simple. */
static uint32_t bucket_of(PyObject *term, PyObject *ask) {
    Py_ssize_t n;
    const unsigned char *p = (const unsigned char *)PyUnicode_AsUTF8AndSize(term, &n);
    int digit = 0, simple = p && n <= HASHED_MOST;
    for (Py_ssize_t k = 0; simple && k < n; k++) {
        digit |= p[k] >= '0' && p[k] <= '9';
        simple = p[k] < 0xd9 && p[k] != 0xc2; /* superscripts, and digits of other scripts */
    }
    if (simple) {
        uint32_t place = (uint32_t)(hash_of(p, key_of(p, (size_t)n)) % ((1u << (BUCKET_BITS - 1)) - 1)) + 1;
        return digit ? 2 * place : 2 * place - 1;
    }
    PyErr_Clear();
    PyObject *told = PyObject_CallFunctionObjArgs(ask, term, NULL);
    unsigned long bucket = told ? PyLong_AsUnsignedLong(told) : 0;
    Py_XDECREF(told);
    if (PyErr_Occurred()) return 0;
    return bucket & BUCKET_MASK;
}

typedef struct {
    Own own;
    uint32_t places[SLOTS / 2];
    uint8_t coded[SLOTS / 2][MOST_FIELDS], weights[SLOTS / 2 * MOST_FIELDS];
    Py_ssize_t entries;
} Pack;

static int pack_term(Pack *pack, PyObject *pair, int field, PyObject *ask) {
    if (!PyTuple_Check(pair) || PyTuple_Size(pair) != 2 || pack->entries == SLOTS / 2) {
        PyErr_SetString(PyExc_ValueError, "not a term and its weight, or too many");
        return -1;
    }
    double weight = PyFloat_AsDouble(PyTuple_GetItem(pair, 1));
    uint32_t bucket = bucket_of(PyTuple_GetItem(pair, 0), ask), flag = 1u << (BUCKET_BITS + field), flags;
    if (PyErr_Occurred()) return -1;
    double code = rint(sqrt(weight > 0 ? weight : 0) * HEAVIEST);
    int at = own_find(&pack->own, bucket, &flags);
    if (at < 0) {
        at = (int)pack->entries++;
        own_put(&pack->own, bucket, at);
        pack->places[at] = bucket;
    }
    if (pack->places[at] & flag) return 0; /* two terms in one bucket: the heavier came first */
    pack->places[at] |= flag;
    pack->coded[at][field] = code < LIGHTEST ? LIGHTEST : code > HEAVIEST ? HEAVIEST : (uint8_t)code;
    return 0;
}

/* (((term, weight), ...) of each field, Python's bucket of a term) -> (places, weights) as bytes. */
static PyObject *pack(PyObject *self, PyObject *args) {
    PyObject *fields, *ask, *result = NULL;
    Py_ssize_t w = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!O", &PyTuple_Type, &fields, &ask)) return NULL;
    Py_ssize_t count = PyTuple_Size(fields);
    if (count > MOST_FIELDS) return PyErr_Format(PyExc_ValueError, "too many fields");
    Pack *all = malloc(sizeof *all);
    if (!all) return PyErr_NoMemory();
    memset(all->own.at, 0xff, sizeof all->own.at);
    all->entries = 0;
    for (int field = 0; field < count; field++) {
        PyObject *terms = PyTuple_GetItem(fields, field);
        Py_ssize_t n = PyTuple_Check(terms) ? PyTuple_Size(terms) : -1;
        if (n < 0) PyErr_SetString(PyExc_TypeError, "a field is a tuple");
        for (Py_ssize_t k = 0; k < n; k++)
            if (pack_term(all, PyTuple_GetItem(terms, k), field, ask) < 0) break;
        if (PyErr_Occurred()) goto end;
    }
    for (int field = 0; field < count; field++)
        for (Py_ssize_t k = 0; k < all->entries; k++)
            if (all->places[k] >> (BUCKET_BITS + field) & 1) all->weights[w++] = all->coded[k][field];
    result = Py_BuildValue("(y#y#)", (const char *)all->places, 4 * all->entries, (const char *)all->weights, w);
end:
    free(all);
    return result;
}

/* The upper halves of ascending hashes, `most` of them, each once. */
static PyObject *halves(PyObject *self, PyObject *args) {
    PyObject *hashes;
    Py_ssize_t most, kept = 0;
    uint16_t out[256];
    (void)self;
    if (!PyArg_ParseTuple(args, "O!n", &PyTuple_Type, &hashes, &most)) return NULL;
    Py_ssize_t n = PyTuple_Size(hashes);
    for (Py_ssize_t k = 0; k < n && k < most && k < 256; k++) {
        unsigned long hash = PyLong_AsUnsignedLong(PyTuple_GetItem(hashes, k));
        if (PyErr_Occurred()) return NULL;
        if (!kept || out[kept - 1] != (uint16_t)(hash >> 16)) out[kept++] = (uint16_t)(hash >> 16);
    }
    return PyBytes_FromStringAndSize((const char *)out, 2 * kept);
}

/* A vector's places and weights -> the bytes of its row in a closed run. */
static PyObject *row(PyObject *self, PyObject *args) {
    Py_buffer places, weights;
    uint8_t out[MOST_PACKED];
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*", &places, &weights)) return NULL;
    Py_ssize_t size = row_put(places.buf, places.len / 4, weights.buf, weights.len, out);
    PyBuffer_Release(&places);
    PyBuffer_Release(&weights);
    if (!size) return PyErr_Format(PyExc_ValueError, "not a vector");
    return PyBytes_FromStringAndSize((const char *)out, size);
}

/* The bytes of a row -> (places, weights) as bytes. */
static PyObject *unrow(PyObject *self, PyObject *args) {
    Py_buffer packed;
    Row found;
    uint32_t places[LONGEST];
    uint8_t weights[FIELDS * LONGEST];
    (void)self;
    if (!PyArg_ParseTuple(args, "y*", &packed)) return NULL;
    int whole = row_get(packed.buf, packed.len, &found);
    unsigned others = found.sizes[1] + found.sizes[2];
    for (unsigned k = 0; whole && k < found.n; k++) {
        uint32_t place = place_at(found.places + PLACE * k), has = place >> BUCKET_BITS << 1 | (k < found.sizes[0]);
        places[k] = (place & BUCKET_MASK) | has << BUCKET_BITS;
    }
    if (whole) memcpy(weights, found.terms, found.sizes[0]);
    if (whole && others) memcpy(weights + found.sizes[0], found.others, others);
    PyBuffer_Release(&packed);
    if (!whole) return PyErr_Format(PyExc_ValueError, "not a row");
    return Py_BuildValue("(y#y#)", (const char *)places, (Py_ssize_t)(4 * found.n), (const char *)weights,
                         (Py_ssize_t)(found.sizes[0] + others));
}

#define SKETCH_HEAD 2 /* how many hashes, how many lower bits of each */
#define MOST_SKETCHED (SKETCH_HEAD + 3 * LONGEST)

/* Two ascending sketches -> their bytes in a closed run. */
static PyObject *sketches(PyObject *self, PyObject *args) {
    Py_buffer each[2];
    uint8_t out[2 * MOST_SKETCHED];
    size_t at = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*", &each[0], &each[1])) return NULL;
    for (int s = 0; s < 2; s++) {
        const uint16_t *hashes = each[s].buf;
        size_t n = (size_t)each[s].len / 2;
        int rising = n <= LONGEST;
        for (size_t k = 1; k < n && rising; k++) rising = hashes[k - 1] <= hashes[k];
        if (!rising) {
            PyErr_SetString(PyExc_ValueError, "not a sketch");
            break;
        }
        unsigned low = 0;
        for (unsigned b = 1; n && b < 16; b++)
            if (n * b + (hashes[n - 1] >> b) < n * low + (hashes[n - 1] >> low)) low = b;
        out[at++] = (uint8_t)n, out[at++] = (uint8_t)low;
        rising_put(hashes, n, low, out + at);
        at += rising_size(n, low, n ? hashes[n - 1] : 0);
    }
    PyBuffer_Release(&each[0]);
    PyBuffer_Release(&each[1]);
    return PyErr_Occurred() ? NULL : PyBytes_FromStringAndSize((const char *)out, (Py_ssize_t)at);
}

/* Their bytes -> two sketches as bytes. */
static PyObject *unsketch(PyObject *self, PyObject *args) {
    Py_buffer packed;
    uint16_t out[2][LONGEST];
    Py_ssize_t n[2] = {0, 0}, at = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*", &packed)) return NULL;
    const uint8_t *from = packed.buf;
    for (int s = 0; s < 2 && packed.len; s++) { /* nothing of a row that is gone */
        Py_ssize_t size = -1;
        if (at + SKETCH_HEAD <= packed.len && from[at + 1] < 16) {
            n[s] = from[at];
            at += SKETCH_HEAD;
            size = rising_get(from + at, packed.len - at, (size_t)n[s], from[at - 1], out[s]);
        }
        if (size < 0) {
            PyErr_SetString(PyExc_ValueError, "not sketches");
            break;
        }
        at += size;
    }
    PyBuffer_Release(&packed);
    if (PyErr_Occurred()) return NULL;
    return Py_BuildValue("(y#y#)", (const char *)out[0], 2 * n[0], (const char *)out[1], 2 * n[1]);
}

/* (terms, or pairs of a term and its weight, the least weight, another article's places, Python's bucket of a term) ->
   the terms that the other has too. */
static PyObject *shared(PyObject *self, PyObject *args) {
    PyObject *terms, *ask, *result = NULL;
    Py_buffer places;
    double least;
    Own theirs;
    uint32_t flags;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!dy*O", &PyTuple_Type, &terms, &least, &places, &ask)) return NULL;
    memset(theirs.at, 0xff, sizeof theirs.at);
    if (places.len / 4 > SLOTS / 2) PyErr_SetString(PyExc_ValueError, "too many places");
    for (Py_ssize_t k = 0; k < places.len / 4 && k < SLOTS / 2; k++) own_put(&theirs, ((const uint32_t *)places.buf)[k], 0);
    if (!PyErr_Occurred()) result = PyList_New(0);
    for (Py_ssize_t k = 0; result && k < PyTuple_Size(terms); k++) {
        PyObject *term = PyTuple_GetItem(terms, k);
        if (PyTuple_Check(term) && PyTuple_Size(term) == 2) {
            if (PyFloat_AsDouble(PyTuple_GetItem(term, 1)) < least) continue;
            term = PyTuple_GetItem(term, 0);
        }
        if (own_find(&theirs, bucket_of(term, ask), &flags) >= 0) PyList_Append(result, term);
        if (PyErr_Occurred()) Py_CLEAR(result);
    }
    PyBuffer_Release(&places);
    return result;
}

static PyMethodDef methods[] = {
    {"pack", pack, METH_VARARGS, NULL},
    {"halves", halves, METH_VARARGS, NULL},
    {"row", row, METH_VARARGS, NULL},
    {"unrow", unrow, METH_VARARGS, NULL},
    {"sketches", sketches, METH_VARARGS, NULL},
    {"unsketch", unsketch, METH_VARARGS, NULL},
    {"candidates", candidates, METH_VARARGS, NULL},
    {"sums", sums, METH_VARARGS, NULL},
    {"features", features, METH_VARARGS, NULL},
    {"compare", compare, METH_VARARGS, NULL},
    {"ask", ask, METH_VARARGS, NULL},
    {"answer", answer, METH_O, NULL},
    {"post", post_runs, METH_VARARGS, NULL},
    {"overlap", overlap, METH_VARARGS, NULL},
    {"numbers", numbers, METH_VARARGS, NULL},
    {"shared", shared, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddIntConstant(made, "VERSION", VERSION) < 0) Py_CLEAR(made);
    return made;
}
