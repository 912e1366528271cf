/* What the pairs among some articles gain. `pairs.py` and `gains.py` say the same in Python. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 4 /* as in pairs.py */
#define ZERO 2147483648
#define UNIT 16777216.0

/* Sums by two small numbers, in the order in which they first came. */
typedef struct {
    uint32_t one, other;
    int64_t sum, count;
} Cell;

typedef struct {
    Cell *cells;
    int32_t *at; /* which of the cells, -1 for none */
    size_t room, used;
} Sums;

static size_t slot_in(const Sums *sums, uint32_t one, uint32_t other) {
    uint64_t key = (uint64_t)one << 32 | other;
    size_t s = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & (sums->room - 1);
    for (; sums->at[s] >= 0; s = (s + 1) & (sums->room - 1)) {
        const Cell *cell = &sums->cells[sums->at[s]];
        if (cell->one == one && cell->other == other) break;
    }
    return s;
}

static int make_room(Sums *sums) {
    size_t room = sums->room ? 2 * sums->room : 64;
    Cell *cells = realloc(sums->cells, room / 2 * sizeof *cells);
    if (cells) sums->cells = cells;
    int32_t *at = malloc(room * sizeof *at);
    if (!cells || !at) {
        free(at);
        return -1;
    }
    free(sums->at);
    sums->at = at, sums->room = room;
    memset(at, 0xff, room * sizeof *at);
    for (size_t k = 0; k < sums->used; k++) at[slot_in(sums, cells[k].one, cells[k].other)] = (int32_t)k;
    return 0;
}

/* The cell of two numbers, all zero where it is new; NULL where there is no memory. */
static Cell *cell_of(Sums *sums, uint32_t one, uint32_t other) {
    if (2 * sums->used >= sums->room && make_room(sums) < 0) return NULL;
    size_t s = slot_in(sums, one, other);
    if (sums->at[s] < 0) {
        sums->at[s] = (int32_t)sums->used;
        sums->cells[sums->used++] = (Cell){one, other, 0, 0};
    }
    return &sums->cells[sums->at[s]];
}

static void sums_free(Sums *sums) {
    free(sums->cells);
    free(sums->at);
}

typedef struct {
    uint32_t number;
    int32_t node; /* -1 for none */
} Slot;

static Slot *slot_of(Slot *slots, size_t mask, uint32_t number) {
    size_t s = (number * 2654435761u) & mask;
    while (slots[s].node >= 0 && slots[s].number != number) s = (s + 1) & mask;
    return &slots[s];
}

/* A row: its number, then its places. Where the article has none, there are no bytes. */
static const uint64_t *row_at(PyObject *rows, Py_ssize_t k, Py_ssize_t *places) {
    char *bytes = NULL;
    Py_ssize_t size = 0;
    if (PyBytes_AsStringAndSize(PyList_GetItem(rows, k), &bytes, &size) < 0 || size < 8) return NULL;
    *places = size / 8 - 1;
    return (const uint64_t *)bytes;
}

/* The log-odds of all pairs between two nodes, added up, the lower node first; -1 after an error. */
static int add_pairs(Sums *pairs, PyObject *rows, const int64_t *nodes, Py_ssize_t n) {
    const uint64_t *row;
    Py_ssize_t places;
    size_t room = 16;
    while (room < 2 * (size_t)n) room *= 2;
    Slot *slots = malloc(room * sizeof *slots);
    if (!slots) return PyErr_NoMemory(), -1;
    memset(slots, 0xff, room * sizeof *slots);
    for (Py_ssize_t k = 0; k < n; k++)
        if ((row = row_at(rows, k, &places))) *slot_of(slots, room - 1, (uint32_t)*row) = (Slot){(uint32_t)*row, (int32_t)nodes[k]};
    for (Py_ssize_t k = 0; k < n && !PyErr_Occurred(); k++) {
        if (!(row = row_at(rows, k, &places))) continue;
        for (Py_ssize_t p = 1; p <= places; p++) {
            uint64_t place = row[p];
            int32_t node = slot_of(slots, room - 1, (uint32_t)(place >> 32))->node;
            if (node <= nodes[k]) continue; /* the pair is told from the other side too */
            Cell *cell = cell_of(pairs, (uint32_t)nodes[k], (uint32_t)node);
            if (!cell) {
                PyErr_NoMemory();
                break;
            }
            cell->sum += (int64_t)(uint32_t)place - ZERO, cell->count++;
        }
    }
    free(slots);
    return PyErr_Occurred() ? -1 : 0;
}

typedef struct {
    Sums within, between, nearest, toward;
} Gained;

/* Of what each two nodes have in the mean: what it gains their units, 0; -1 where there is no memory. */
static int add_gains(Gained *gained, const Sums *pairs, const int64_t *units, double floor, double ceiling) {
    for (size_t k = 0; k < pairs->used; k++) {
        const Cell *pair = &pairs->cells[k];
        double logit = (double)pair->sum / UNIT / (double)pair->count;
        if (logit <= floor) continue;
        int64_t gain = (int64_t)rint(((logit < ceiling ? logit : ceiling) - floor) * UNIT);
        uint32_t a = (uint32_t)units[pair->one], b = (uint32_t)units[pair->other];
        Cell *cell = a == b ? cell_of(&gained->within, a, a) : cell_of(&gained->between, a < b ? a : b, a < b ? b : a);
        if (!cell) return -1;
        cell->sum += gain, cell->count++;
        if (a == b) continue;
        for (int side = 0; side < 2; side++) {
            if (!(cell = side ? cell_of(&gained->nearest, pair->other, a) : cell_of(&gained->nearest, pair->one, b))) return -1;
            if (!cell->count++ || gain > cell->sum) cell->sum = gain;
        }
    }
    for (size_t k = 0; k < gained->nearest.used; k++) {
        const Cell *nearest = &gained->nearest.cells[k];
        Cell *cell = cell_of(&gained->toward, (uint32_t)units[nearest->one], nearest->other);
        if (!cell) return -1;
        cell->sum += nearest->sum;
    }
    return 0;
}

/* {key: value}, with `value` let go. */
static int put(PyObject *dict, uint32_t key, PyObject *value) {
    PyObject *number = value ? PyLong_FromUnsignedLong(key) : NULL;
    int done = dict && number ? PyDict_SetItem(dict, number, value) : -1;
    Py_XDECREF(number);
    Py_XDECREF(value);
    return done;
}

/* (within, scored, between, nearest, toward), each a list of dictionaries or numbers by node: see `gains.Gains`. */
static PyObject *told(const Gained *gained, Py_ssize_t nodes) {
    PyObject *lists[5] = {NULL};
    int wrong = 0;
    for (int n = 0; n < 5; n++) {
        if (!(lists[n] = PyList_New(nodes))) wrong = 1;
        for (Py_ssize_t k = 0; !wrong && k < nodes; k++) {
            PyObject *item = n < 2 ? PyLong_FromLong(0) : PyDict_New();
            if (!item || PyList_SetItem(lists[n], k, item) < 0) wrong = 1;
        }
    }
    for (size_t k = 0; !wrong && k < gained->within.used; k++) {
        const Cell *cell = &gained->within.cells[k];
        wrong = PyList_SetItem(lists[0], cell->one, PyLong_FromLongLong(cell->sum)) < 0 ||
                PyList_SetItem(lists[1], cell->one, PyLong_FromLongLong(cell->count)) < 0 || PyErr_Occurred();
    }
    for (size_t k = 0; !wrong && k < gained->between.used; k++) {
        const Cell *cell = &gained->between.cells[k];
        PyObject *pair = Py_BuildValue("(LL)", (long long)cell->sum, (long long)cell->count);
        Py_XINCREF(pair);
        wrong = put(PyList_GetItem(lists[2], cell->one), cell->other, pair) < 0;
        wrong = put(PyList_GetItem(lists[2], cell->other), cell->one, pair) < 0 || wrong;
    }
    for (int n = 3; n < 5; n++) {
        const Sums *sums = n == 3 ? &gained->nearest : &gained->toward;
        for (size_t k = 0; !wrong && k < sums->used; k++) {
            const Cell *cell = &sums->cells[k];
            wrong = put(PyList_GetItem(lists[n], cell->one), cell->other, PyLong_FromLongLong(cell->sum)) < 0;
        }
    }
    PyObject *result = wrong ? NULL : PyTuple_Pack(5, lists[0], lists[1], lists[2], lists[3], lists[4]);
    for (int n = 0; n < 5; n++) Py_XDECREF(lists[n]);
    return result;
}

/* (articles' rows; the node that each speaks for, and by node the first node of its unit, as 64 bits each; floor;
   ceiling) -> what `told` gives. */
static PyObject *gains(PyObject *self, PyObject *args) {
    PyObject *rows, *result = NULL;
    Py_buffer speak, units;
    double floor, ceiling;
    Sums pairs = {0};
    Gained gained = {{0}, {0}, {0}, {0}};
    (void)self;
    if (!PyArg_ParseTuple(args, "O!y*y*dd", &PyList_Type, &rows, &speak, &units, &floor, &ceiling)) return NULL;
    const int64_t *node = speak.buf, *unit = units.buf;
    Py_ssize_t n = PyList_Size(rows), nodes = units.len / 8;
    int wrong = speak.len < 8 * n || nodes > INT32_MAX;
    for (Py_ssize_t k = 0; !wrong && k < n; k++) wrong = node[k] < 0 || node[k] >= nodes;
    for (Py_ssize_t k = 0; !wrong && k < nodes; k++) wrong = unit[k] < 0 || unit[k] >= nodes;
    if (wrong) PyErr_SetString(PyExc_ValueError, "articles that speak for no node");
    else if (add_pairs(&pairs, rows, node, n) == 0) {
        if (add_gains(&gained, &pairs, unit, floor, ceiling) < 0) PyErr_NoMemory();
        else result = told(&gained, nodes);
    }
    sums_free(&pairs);
    sums_free(&gained.within);
    sums_free(&gained.between);
    sums_free(&gained.nearest);
    sums_free(&gained.toward);
    PyBuffer_Release(&speak);
    PyBuffer_Release(&units);
    return result;
}

static PyMethodDef methods[] = {
    {"gains", gains, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_pairs", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__pairs(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddIntConstant(made, "VERSION", VERSION) < 0) Py_CLEAR(made);
    return made;
}
