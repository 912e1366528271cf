/* Words of an article as terms, their tally and the sketches of its text; where its capitals are. `counting.py` says the same in Python, and takes over
   wherever this gives None: for scripts that write without spaces, for marks that are parts of letters, for words of
   more than 64 bytes.

   Texts come normalised and in lower case. `classes` says of each code point up to 0xFFFF what it is. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../hashing.h"

#define VERSION 4 /* as in counting.py */
#define WORD 1 /* classes: a letter or number */
#define DIGIT 2
#define STRANGE 4 /* left to Python */
#define UPPER 8
#define QUOTE 16 /* a mark that opens or ends what is quoted */
#define CODES 0x10000
#define LONGEST_JOINER 5 /* bytes: what may stand inside of a name, "della" */
#define MOST_TERMS 2048 /* different ones of an article; of more, Python counts */
#define MOST_WORDS 4096
#define SLOTS 8192
#define SHINGLE 5
#define SKETCH 96
#define LEAST_WORDS 12
#define FAR 3 /* words apart, of a pair */
#define SKIPS 96

typedef struct {
    uint64_t hash;
    uint32_t at, size; /* in the text of all terms */
    uint32_t key;      /* how much of it is compared */
    uint8_t named;
} Term;

typedef struct {
    const uint8_t *classes;
    char *text; /* of the terms, end to end */
    size_t used, room;
    Term terms[MOST_TERMS];
    int count;
    int16_t slots[SLOTS];
    uint16_t order[MOST_WORDS]; /* terms of all words */
    uint64_t whole[MOST_WORDS], unquoted[MOST_WORDS]; /* hashes of all words; of those outside of quotation marks */
    int words, unquoted_words;
} Tally;

static Term *sorted_terms; /* qsort gives its comparison nothing else; guarded by the interpreter's lock */
static const char *sorted_text;

static int by_text(const void *a, const void *b) {
    const Term *x = &sorted_terms[*(const uint16_t *)a], *y = &sorted_terms[*(const uint16_t *)b];
    int order = memcmp(sorted_text + x->at, sorted_text + y->at, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* The code point at p, its bytes in *size; what lies beyond `classes` is given as CODES. The text is valid UTF-8. */
static uint32_t code_at(const unsigned char *p, int *size) {
    if (p[0] < 0x80) return *size = 1, p[0];
    if (p[0] < 0xe0) return *size = 2, (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    if (p[0] < 0xf0) return *size = 3, (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    return *size = 4, CODES;
}

static uint8_t class_at(const uint8_t *classes, const unsigned char *p, const unsigned char *end, int *size) {
    *size = 0;
    if (p >= end) return 0;
    uint32_t code = code_at(p, size);
    return code < CODES ? classes[code] : STRANGE;
}

static int ends(const char *p, size_t n, const char *with) {
    size_t m = strlen(with);
    return n >= m && !memcmp(p + n - m, with, m);
}

static size_t letters(const char *p, size_t n) {
    size_t count = 0;
    for (size_t k = 0; k < n; k++) count += ((unsigned char)p[k] & 0xc0) != 0x80;
    return count;
}

/* As `terms._number`: "1,200" is one number, "1.5" has a point, of more parts points stand between. In place. */
static size_t stem_number(char *p, size_t n) {
    size_t parts = 1, first = 0, run = 0, whole = 1;
    for (size_t k = 0; k <= n; k++) {
        if (k < n && p[k] != '.' && p[k] != ',') {
            run++;
            continue;
        }
        if (parts == 1) first = run;
        else whole &= run == 3;
        parts += k < n;
        run = 0;
    }
    if (parts == 1) return n;
    size_t out = 0;
    for (size_t k = 0; k < n; k++) {
        if (p[k] != '.' && p[k] != ',') p[out++] = p[k];
        else if (!whole || first > 3) p[out++] = '.';
    }
    return out;
}

/* As `terms.ELIDED`. */
static const char *const elided[] = {"l",    "d",    "j",    "m",    "t",    "s",    "n",     "c",     "qu",   "jusqu", "lorsqu", "puisqu", "quoiqu",
                                     "quelqu", "presqu", "un", "all", "dall", "dell", "nell", "sull", "coll", "quell", "quest", "bell", "sant", "gl"};

/* How much of a word an elided one before its first apostrophe takes, the apostrophe too; 0 where there is none. */
static size_t elision(const char *p, size_t n) {
    const char *mark = memchr(p, '\'', n);
    if (!mark || (mark + 2 == p + n && mark[1] == 's')) return 0;
    size_t before = (size_t)(mark - p);
    for (size_t k = 0; k < sizeof elided / sizeof *elided; k++)
        if (strlen(elided[k]) == before && !memcmp(elided[k], p, before)) return before + 1;
    return 0;
}

/* As `terms._stem`, in place. */
static size_t stem(char *p, size_t n) {
    if (p[0] >= '0' && p[0] <= '9') return stem_number(p, n);
    size_t before = elision(p, n);
    if (before) memmove(p, p + before, n -= before);
    if (ends(p, n, "'s")) n -= 2;
    size_t count = letters(p, n);
    if (count > 4 && ends(p, n, "ies")) return p[n - 3] = 'y', n - 2;
    if (count > 3 && ends(p, n, "s") && !ends(p, n, "ss") && !ends(p, n, "us") && !ends(p, n, "is")) return n - 1;
    return n;
}

/* The number of a term that lies at the end of the text, entered where `enter` says so; -1 for none, -2 for no room. */
static int term_of(Tally *all, size_t size, int enter) {
    const char *own = all->text + all->used;
    size_t key = key_of((const unsigned char *)own, size);
    uint64_t hash = hash_of((const unsigned char *)own, key);
    for (uint32_t s = (uint32_t)hash & (SLOTS - 1);; s = (s + 1) & (SLOTS - 1)) {
        int at = all->slots[s];
        if (at >= 0) {
            const Term *term = &all->terms[at];
            if (term->hash == hash && term->key == key && !memcmp(all->text + term->at, own, key)) return at;
            continue;
        }
        if (!enter) return -1;
        if (all->count == MOST_TERMS) return -2;
        all->slots[s] = (int16_t)all->count;
        all->terms[all->count] = (Term){hash, (uint32_t)all->used, (uint32_t)size, (uint32_t)key, 0};
        all->used += size;
        return all->count++;
    }
}

/* The end of the word that begins at p: `\d+(?:[.,]\d+)+` or `[^\W_]+(?:'[^\W_]+)*`; NULL at what is strange. */
static const unsigned char *word_end(const uint8_t *classes, const unsigned char *p, const unsigned char *end) {
    int size, after;
    const unsigned char *q = p, *number = NULL;
    if (class_at(classes, p, end, &size) & DIGIT) {
        while (class_at(classes, q, end, &size) & DIGIT) q += size;
        while (q < end && (*q == '.' || *q == ',') && class_at(classes, q + 1, end, &size) & DIGIT) {
            for (q++; class_at(classes, q, end, &size) & DIGIT;) q += size;
            number = q;
        }
        if (number) return number;
    }
    for (q = p;;) {
        uint8_t class = class_at(classes, q, end, &size);
        if (class & STRANGE) return NULL;
        if (class & WORD) q += size;
        else if (q < end && *q == '\'' && class_at(classes, q + 1, end, &after) & WORD) q += 1 + after;
        else return q;
    }
}

/* The words of a text, `most` of them: into the order, or, with `named`, marked among the terms. -1: left to Python.
   What is quoted ends with its line. */
static int take(Tally *all, const char *text, Py_ssize_t length, Py_ssize_t most, int named) {
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    int size, taken = 0, quoted = 0;
    all->unquoted_words = 0;
    while (p < end && taken < most) {
        uint8_t class = class_at(all->classes, p, end, &size);
        if (class & STRANGE) return -1;
        if (!(class & WORD)) {
            if (class & QUOTE) quoted = !quoted;
            else if (*p == '\n') quoted = 0;
            p += size;
            continue;
        }
        const unsigned char *after = word_end(all->classes, p, end);
        size_t n = after ? (size_t)(after - p) : 0;
        if (!after || all->used + n > all->room || all->words == MOST_WORDS) return -1;
        memcpy(all->text + all->used, p, n);
        n = stem(all->text + all->used, n);
        if (n > HASHED_MOST) return -1;
        uint64_t whole = hash_of((const unsigned char *)all->text + all->used, n);
        int term = term_of(all, n, !named);
        if (term == -2) return -1;
        if (named && term >= 0) all->terms[term].named = 1;
        if (!named) all->whole[all->words] = whole, all->order[all->words++] = (uint16_t)term;
        if (!named && !quoted) all->unquoted[all->unquoted_words++] = whole;
        p = after;
        taken++;
    }
    return taken;
}

/* Ascending, by four passes of eight bits. */
static void sort_words(uint32_t *values, uint32_t *spare, int n) {
    for (int shift = 0; shift < 32; shift += 8) {
        int starts[257] = {0};
        for (int k = 0; k < n; k++) starts[(values[k] >> shift & 0xff) + 1]++;
        for (int k = 0; k < 256; k++) starts[k + 1] += starts[k];
        for (int k = 0; k < n; k++) spare[starts[values[k] >> shift & 0xff]++] = values[k];
        memcpy(values, spare, 4 * (size_t)n);
    }
}

/* As `signature.sketch`, of the words from `first` on, into `out`; how many different shingles in *different. */
static int sketch(const Tally *all, int first, uint32_t *out, int *different) {
    static const uint64_t step = 0x9E3779B97F4A7C15u;
    uint32_t values[MOST_WORDS], spare[MOST_WORDS];
    uint64_t factors[SHINGLE], factor = 1;
    int rows = all->words - first - SHINGLE + 1, kept = 0;
    *different = 0;
    if (all->words - first < LEAST_WORDS) return 0;
    for (int k = 0; k < SHINGLE; k++) factors[k] = (factor *= step) | 1;
    for (int r = 0; r < rows; r++) {
        uint64_t mixed = 0;
        for (int k = 0; k < SHINGLE; k++) mixed += all->whole[first + r + k] * factors[k];
        mixed ^= mixed >> 33;
        mixed *= 0xFF51AFD7ED558CCDu;
        values[r] = (uint32_t)(mixed >> 32);
    }
    sort_words(values, spare, rows);
    for (int r = 0; r < rows; r++) {
        if (r && values[r] == values[r - 1]) continue;
        if (kept < SKETCH) out[kept++] = values[r];
        ++*different;
    }
    return kept;
}

/* As `signature.skips`, of the words outside of quotation marks, into `out`. */
static int skips(const Tally *all, uint16_t *out) {
    static const uint64_t step = 0x9E3779B97F4A7C15u;
    uint64_t seen[CODES / 64] = {0}, second = step * step | 1;
    int kept = 0;
    if (all->unquoted_words < LEAST_WORDS) return 0;
    for (int far = 1; far <= FAR; far++)
        for (int r = 0; r + far < all->unquoted_words; r++) {
            uint64_t mixed = all->unquoted[r] * (step | 1) + all->unquoted[r + far] * second;
            mixed ^= mixed >> 33;
            mixed *= 0xFF51AFD7ED558CCDu;
            mixed >>= 48;
            seen[mixed / 64] |= (uint64_t)1 << mixed % 64;
        }
    for (uint32_t k = 0; k < CODES && kept < SKIPS; k++) {
        if (!seen[k / 64]) k |= 63;
        else if (seen[k / 64] >> k % 64 & 1) out[kept++] = (uint16_t)k;
    }
    return kept;
}

/* Terms in the order of their texts: the joined text, hashes, marks of names, the order of the words. */
static PyObject *told(Tally *all, const uint32_t *signature, int kept, int different, const uint16_t *skipped, int skips_kept,
                      PyObject *parts) {
    uint16_t sorted[MOST_TERMS], place[MOST_TERMS];
    uint64_t *hashes = malloc(8 * (size_t)(all->count ? all->count : 1));
    uint8_t named[MOST_TERMS];
    char *joined = malloc(all->used + (size_t)all->count + 1);
    PyObject *result = NULL;
    size_t at = 0;
    if (!hashes || !joined) {
        PyErr_NoMemory();
        goto end;
    }
    for (int k = 0; k < all->count; k++) sorted[k] = (uint16_t)k;
    sorted_terms = all->terms, sorted_text = all->text;
    qsort(sorted, (size_t)all->count, sizeof *sorted, by_text);
    for (int k = 0; k < all->count; k++) {
        const Term *term = &all->terms[sorted[k]];
        place[sorted[k]] = (uint16_t)k;
        hashes[k] = term->hash, named[k] = term->named;
        if (k) joined[at++] = ' ';
        memcpy(joined + at, all->text + term->at, term->size);
        at += term->size;
    }
    for (int k = 0; k < all->words; k++) all->order[k] = place[all->order[k]];
    result = Py_BuildValue("(s#y#y#y#Oy#iy#)", joined, (Py_ssize_t)at, (const char *)hashes, 8 * (Py_ssize_t)all->count,
                           (const char *)named, (Py_ssize_t)all->count, (const char *)all->order,
                           2 * (Py_ssize_t)all->words, parts, (const char *)signature, 4 * (Py_ssize_t)kept, different,
                           (const char *)skipped, 2 * (Py_ssize_t)skips_kept);
end:
    free(hashes);
    free(joined);
    return result;
}

/* (classes, texts of the headline's parts, body, what stands in for a headline, names, most words of the body) ->
   (terms joined by spaces, their hashes, 1 where named, the words as numbers of terms, how many words each text gave,
   sketch, different shingles, sketch of skips), None where Python must. */
static PyObject *tally(PyObject *self, PyObject *args) {
    PyObject *titles, *sizes = NULL, *result = NULL;
    const char *body, *instead, *names;
    Py_ssize_t body_size, instead_size, names_size, most;
    Py_buffer classes;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*O!s#s#s#n", &classes, &PyTuple_Type, &titles, &body, &body_size, &instead,
                          &instead_size, &names, &names_size, &most))
        return NULL;
    Py_ssize_t n = PyTuple_Size(titles), room = body_size + instead_size + names_size;
    uint32_t signature[SKETCH];
    uint16_t skipped[SKIPS];
    int kept = 0, different = 0, skips_kept = 0, first = 0, strange = 0;
    Tally *all = malloc(sizeof *all);
    if (!all || classes.len < CODES || !(sizes = PyTuple_New(n + 2))) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "no room, or no classes");
        goto end;
    }
    all->classes = classes.buf, all->used = 0, all->count = 0, all->words = 0, all->text = NULL;
    memset(all->slots, 0xff, sizeof all->slots);
    for (Py_ssize_t k = 0; k < n; k++) {
        Py_ssize_t size;
        if (!PyUnicode_AsUTF8AndSize(PyTuple_GetItem(titles, k), &size)) goto end;
        room += size;
    }
    if (!(all->text = malloc((size_t)room + 1))) {
        PyErr_NoMemory();
        goto end;
    }
    all->room = (size_t)room;
    for (Py_ssize_t k = 0; k < n + 2 && !strange; k++) {
        Py_ssize_t size = k == n ? body_size : instead_size;
        const char *text = k == n ? body : instead;
        if (k < n) text = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(titles, k), &size);
        if (k == n) first = all->words;
        if (k > n && first) size = 0; /* nothing stands in for a headline that is there */
        int taken = take(all, text, size, k == n ? most : MOST_WORDS, 0);
        strange = taken < 0;
        if (k == n && !strange) {
            kept = sketch(all, first, signature, &different);
            skips_kept = skips(all, skipped);
        }
        PyObject *number = PyLong_FromLong(taken);
        if (!number || PyTuple_SetItem(sizes, k, number) < 0) goto end;
    }
    if (strange || take(all, names, names_size, MOST_WORDS, 1) < 0) {
        result = Py_None;
        Py_INCREF(result);
    } else {
        result = told(all, signature, kept, different, skipped, skips_kept, sizes);
    }
end:
    Py_XDECREF(sizes);
    if (all) free(all->text);
    free(all);
    PyBuffer_Release(&classes);
    return result;
}

/* ---- capitals ---- */

typedef struct {
    const unsigned char *from, *to;
    uint32_t start, end; /* in code points */
    int capital;
} Word;

/* The next word `[^\W_](?:[\w'’.&-]*[\w])?` from *p on, the code point *at; 0 at the end, -1 at what is strange. */
static int next_word(const uint8_t *classes, const unsigned char **p, const unsigned char *end, uint32_t *at, Word *word) {
    int size;
    uint8_t class = 0;
    for (; *p < end && !((class = class_at(classes, *p, end, &size)) & WORD); *p += size, ++*at)
        if (class & STRANGE) return -1;
    if (*p >= end) return 0;
    *word = (Word){*p, *p, *at, *at, !!(class & UPPER)};
    for (const unsigned char *q = *p; q < end; q += size) {
        class = class_at(classes, q, end, &size);
        if (class & STRANGE) return -1;
        int inside = class & WORD || *q == '_';
        if (!inside && !(*q && strchr("'.&-", *q)) && memcmp(q, "\xe2\x80\x99", size == 3 ? 3 : 1)) break;
        ++*at;
        if (inside) word->to = q + size, word->end = *at;
    }
    *p = word->to, *at = word->end;
    return 1;
}

/* (classes, text) -> (what `names._collect` must look at: of each such word, and of the word before it, where it starts
   and ends in code points; the other words, a line each), None where Python must. Looked at is what begins with a
   capital, and what follows it as long as that may be part of one name. */
static PyObject *capitals(PyObject *self, PyObject *args) {
    const char *text;
    Py_ssize_t length, lines = 0, count = 0;
    Py_buffer classes;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*s#", &classes, &text, &length)) return NULL;
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    char *others = malloc(2 * (size_t)length + 2);
    uint32_t *found = malloc(16 * ((size_t)length + 1)), at = 0;
    Word word, before = {0};
    int more = -1, open = 0;
    if (!others || !found) PyErr_NoMemory();
    else if (classes.len < CODES) PyErr_SetString(PyExc_ValueError, "no classes");
    else
        while ((more = next_word(classes.buf, &p, end, &at, &word)) > 0) {
            if (word.capital || open) {
                uint32_t *told = found + 4 * count++;
                told[0] = word.start, told[1] = word.end, told[2] = before.start, told[3] = before.end;
            } else {
                memcpy(others + lines, word.from, (size_t)(word.to - word.from));
                lines += word.to - word.from;
                others[lines++] = '\n';
            }
            open = word.capital || (open && word.to - word.from <= LONGEST_JOINER);
            before = word;
        }
    if (more < 0 && !PyErr_Occurred()) {
        result = Py_None;
        Py_INCREF(result);
    } else if (!more) {
        result = Py_BuildValue("(y#s#)", (const char *)found, 16 * count, others, lines);
    }
    free(others);
    free(found);
    PyBuffer_Release(&classes);
    return result;
}

static PyMethodDef methods[] = {
    {"tally", tally, METH_VARARGS, NULL},
    {"capitals", capitals, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_counting", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__counting(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddIntConstant(made, "VERSION", VERSION) < 0) Py_CLEAR(made);
    return made;
}
