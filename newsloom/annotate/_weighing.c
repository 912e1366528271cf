/* Weights of an article's terms, and the tables of counts they are weighed by. `weighing.py` says the same in Python.

   A table is two arrays of one length, a power of two: keys, 0 where nothing is, and what belongs to them. Doubles are
   reckoned one operation after another, in the order of the Python code. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1 /* as in weighing.py */
#define FIELDS 3

/* Memory is asked ahead for what is looked up: most of the time goes into waiting for it. */
#if defined(__GNUC__) || defined(__clang__)
#define FETCH(address) __builtin_prefetch(address)
#else
#define FETCH(address) ((void)(address))
#endif

/* ---- tables ---- */

/* Where a key stands, or would. The caller keeps a table from filling up. */
static size_t place_of(const uint64_t *keys, size_t mask, uint64_t key) {
    size_t at = (size_t)key & mask;
    while (keys[at] && keys[at] != key) at = (at + 1) & mask;
    return at;
}

static int is_table(const Py_buffer *keys, const Py_buffer *values, Py_ssize_t wide) {
    Py_ssize_t n = keys->len / 8;
    if (n > 1 && !(n & (n - 1)) && values->len >= n * wide) return 1;
    PyErr_SetString(PyExc_ValueError, "no table");
    return 0;
}

/* (keys, counts, what to add to, by how much): how many keys are new. */
static PyObject *add(PyObject *self, PyObject *args) {
    Py_buffer keys, counts, hashes, more;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "w*w*y*y*", &keys, &counts, &hashes, &more)) return NULL;
    Py_ssize_t n = hashes.len / 8;
    if (!is_table(&keys, &counts, 4)) goto end;
    if (more.len < 4 * n || keys.len / 8 < n) {
        PyErr_SetString(PyExc_ValueError, "too little room");
        goto end;
    }
    uint64_t *table = keys.buf;
    const uint64_t *asked = hashes.buf;
    size_t mask = (size_t)(keys.len / 8) - 1;
    long fresh = 0;
    for (Py_ssize_t k = 0; k < n; k++) FETCH(&table[asked[k] & mask]);
    for (Py_ssize_t k = 0; k < n; k++) {
        uint64_t key = asked[k] ? asked[k] : 1;
        size_t at = place_of(table, mask, key);
        fresh += !table[at];
        table[at] = key;
        ((uint32_t *)counts.buf)[at] += ((const uint32_t *)more.buf)[k];
    }
    result = PyLong_FromLong(fresh);
end:
    PyBuffer_Release(&keys);
    PyBuffer_Release(&counts);
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&more);
    return result;
}

/* (hashes, a table of shares, a table of counts, articles the shares stand for, articles counted, share of what is in
   no table) -> idf of each, as doubles. */
static PyObject *idfs(PyObject *self, PyObject *args) {
    Py_buffer hashes, keys, shares, counted, counts;
    double weight, documents, unseen;
    PyObject *result = NULL;
    double *out = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*ddd", &hashes, &keys, &shares, &counted, &counts, &weight, &documents, &unseen))
        return NULL;
    Py_ssize_t n = hashes.len / 8;
    if (!is_table(&keys, &shares, 8) || !is_table(&counted, &counts, 4)) goto end;
    if (!(out = malloc(8 * (size_t)(n ? n : 1)))) {
        PyErr_NoMemory();
        goto end;
    }
    const uint64_t *known = keys.buf, *seen = counted.buf, *asked = hashes.buf;
    size_t known_mask = (size_t)(keys.len / 8) - 1, seen_mask = (size_t)(counted.len / 8) - 1;
    for (Py_ssize_t k = 0; k < n; k++) FETCH(&known[asked[k] & known_mask]), FETCH(&seen[asked[k] & seen_mask]);
    for (Py_ssize_t k = 0; k < n; k++) {
        uint64_t key = asked[k] ? asked[k] : 1;
        size_t at = place_of(known, known_mask, key), there = place_of(seen, seen_mask, key);
        double guess = weight * (known[at] ? ((const double *)shares.buf)[at] : unseen);
        double count = seen[there] ? (double)((const uint32_t *)counts.buf)[there] : 0.0;
        double idf = -log((guess + count) / (weight + documents));
        out[k] = idf > 0 ? idf : 0.0;
    }
    result = PyBytes_FromStringAndSize((const char *)out, 8 * n);
end:
    free(out);
    PyBuffer_Release(&hashes);
    PyBuffer_Release(&keys);
    PyBuffer_Release(&shares);
    PyBuffer_Release(&counted);
    PyBuffer_Release(&counts);
    return result;
}

/* ---- weights ---- */

typedef struct {
    double weight;
    uint32_t term;
} Heavy;

static int is_heavier(const Heavy *x, const Heavy *y) {
    return x->weight != y->weight ? x->weight > y->weight : x->term < y->term;
}

/* The heaviest first, ties by term: runs of 1, 2, 4, ... merged; `spare` has room for as many. */
static void sort_heavy(Heavy *values, Heavy *spare, Py_ssize_t n) {
    Heavy *from = values, *to = spare;
    for (Py_ssize_t run = 1; run < n; run *= 2) {
        for (Py_ssize_t first = 0; first < n; first += 2 * run) {
            Py_ssize_t a = first, middle = first + run < n ? first + run : n, b = middle;
            Py_ssize_t end = middle + run < n ? middle + run : n;
            for (Py_ssize_t k = first; k < end; k++)
                to[k] = b >= end || (a < middle && is_heavier(&from[a], &from[b])) ? from[a++] : from[b++];
        }
        Heavy *other = from;
        from = to, to = other;
    }
    if (from != values) memcpy(values, from, (size_t)n * sizeof *values);
}

/* The sum of the squares, rounded once: exact partial sums (Shewchuk 1997), as `math.fsum` has them. */
static double sum_of_squares(const Heavy *kept, Py_ssize_t n) {
    double parts[64];
    int count = 0;
    for (Py_ssize_t k = 0; k < n; k++) {
        double x = kept[k].weight * kept[k].weight;
        int left = 0;
        for (int j = 0; j < count; j++) {
            double y = parts[j];
            if (fabs(x) < fabs(y)) {
                double other = x;
                x = y, y = other;
            }
            double high = x + y, low = y - (high - x);
            if (low != 0) parts[left++] = low;
            x = high;
        }
        count = left;
        parts[count++] = x;
    }
    if (!count) return 0;
    double high = parts[--count], low = 0;
    while (count > 0) {
        double x = high, y = parts[--count];
        high = x + y;
        low = y - (high - x);
        if (low != 0) break;
    }
    if (count > 0 && ((low < 0 && parts[count - 1] < 0) || (low > 0 && parts[count - 1] > 0))) {
        double y = low * 2, x = high + y;
        if (y == x - high) high = x;
    }
    return high;
}

/* ((term, weight), ...) of the heaviest, as unit vector. */
static PyObject *unit(PyObject *terms, Heavy *found, Heavy *spare, Py_ssize_t n, Py_ssize_t most) {
    sort_heavy(found, spare, n);
    if (n > most) n = most;
    while (n && !(found[n - 1].weight > 0)) n--;
    double length = sqrt(sum_of_squares(found, n));
    PyObject *result = PyTuple_New(length > 0 ? n : 0);
    for (Py_ssize_t k = 0; result && length > 0 && k < n; k++) {
        PyObject *pair = PyTuple_New(2), *weight = PyFloat_FromDouble(found[k].weight / length);
        PyObject *term = PyList_GetItem(terms, found[k].term);
        if (!pair || !weight || !term) {
            Py_XDECREF(pair);
            Py_XDECREF(weight);
            Py_CLEAR(result);
            break;
        }
        Py_INCREF(term);
        PyTuple_SetItem(pair, 0, term);
        PyTuple_SetItem(pair, 1, weight);
        PyTuple_SetItem(result, k, pair);
    }
    return result;
}

typedef struct {
    const double *idfs, *counted, *early;
    const uint8_t *named;
    double bonus;
    Py_ssize_t steps; /* of `counted` and `early` */
} Scale;

/* A field's words in their order -> its different terms with their weights; -1 where a word is out of bounds. */
static Py_ssize_t weights(const Scale *scale, const uint16_t *order, Py_ssize_t words, Py_ssize_t terms, uint32_t *count,
                          uint32_t *first, Heavy *out) {
    Py_ssize_t n = 0;
    if (words > scale->steps) return -1;
    memset(count, 0, 4 * (size_t)terms);
    for (Py_ssize_t k = 0; k < words; k++) {
        if (order[k] >= terms) return -1;
        if (!count[order[k]]++) first[order[k]] = (uint32_t)k, out[n++].term = order[k];
    }
    for (Py_ssize_t k = 0; k < n; k++) {
        uint32_t term = out[k].term;
        double weight = (count[term] < scale->steps ? scale->counted[count[term]] : 0) * scale->idfs[term];
        out[k].weight = weight * (scale->named[term] ? scale->bonus : 1.0) * scale->early[first[term]];
    }
    return n;
}

/* (terms, idfs, 1 where named, words as numbers of terms, ((from, to, most), ...) of each field, weight by count, by
   place, of names) -> ((term, weight), ...) by field. */
static PyObject *weigh(PyObject *self, PyObject *args) {
    PyObject *terms, *result = NULL;
    Py_buffer idf, named, order, counted, early;
    Py_ssize_t from[FIELDS], to[FIELDS], most[FIELDS];
    double bonus;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oy*y*y*((nnn)(nnn)(nnn))y*y*d", &terms, &idf, &named, &order, &from[0], &to[0], &most[0],
                          &from[1], &to[1], &most[1], &from[2], &to[2], &most[2], &counted, &early, &bonus))
        return NULL;
    Py_ssize_t n = PyList_Check(terms) ? PyList_Size(terms) : -1;
    Scale scale = {idf.buf, counted.buf, early.buf, named.buf, bonus, early.len / 8};
    uint32_t *count = n < 0 ? NULL : malloc(8 * (size_t)(n + 1));
    Heavy *found = n < 0 ? NULL : malloc(2 * sizeof *found * (size_t)(n + 1));
    if (n < 0 || idf.len / 8 < n || named.len < n || counted.len < early.len) {
        PyErr_SetString(PyExc_ValueError, "not an article's tally");
    } else if (!count || !found) {
        PyErr_NoMemory();
    } else if ((result = PyTuple_New(FIELDS))) {
        for (int f = 0; f < FIELDS; f++) {
            Py_ssize_t size = -1;
            if (from[f] >= 0 && from[f] <= to[f] && to[f] <= order.len / 2)
                size = weights(&scale, (const uint16_t *)order.buf + from[f], to[f] - from[f], n, count, count + n, found);
            if (size < 0) PyErr_SetString(PyExc_ValueError, "a field out of bounds");
            PyObject *field = size < 0 ? NULL : unit(terms, found, found + n, size, most[f]);
            if (!field) {
                Py_CLEAR(result);
                break;
            }
            PyTuple_SetItem(result, f, field);
        }
    }
    free(count);
    free(found);
    PyBuffer_Release(&idf);
    PyBuffer_Release(&named);
    PyBuffer_Release(&order);
    PyBuffer_Release(&counted);
    PyBuffer_Release(&early);
    return result;
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, NULL},
    {"idfs", idfs, METH_VARARGS, NULL},
    {"weigh", weigh, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_weighing", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__weighing(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddIntConstant(made, "VERSION", VERSION) < 0) Py_CLEAR(made);
    return made;
}
