/* The pairs among some articles. `pairs.py` says the same in Python. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 2 /* as in pairs.py */
#define ZERO 2147483648.0
#define UNIT 16777216.0

typedef struct {
    uint32_t number;
    int32_t at; /* which of the articles, -1 for none */
} Slot;

static Slot *slot_of(Slot *slots, size_t mask, uint32_t number) {
    size_t s = (number * 2654435761u) & mask;
    while (slots[s].at >= 0 && slots[s].number != number) s = (s + 1) & mask;
    return &slots[s];
}

/* (the articles' names, their numbers as 64 bits each, rows of places by number) -> [(one, other, log-odds), ...] of
   the pairs of which both are among the articles, each from both sides. */
static PyObject *among(PyObject *self, PyObject *args) {
    PyObject *names, *rows;
    Py_buffer numbers;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!y*O!", &PyList_Type, &names, &numbers, &PyList_Type, &rows)) return NULL;
    Py_ssize_t n = PyList_Size(names);
    size_t room = 16;
    while (room < 2 * (size_t)n) room *= 2;
    Slot *slots = malloc(room * sizeof *slots);
    PyObject *result = NULL;
    if (!slots) PyErr_NoMemory();
    else if (numbers.len / 8 < n) PyErr_SetString(PyExc_ValueError, "fewer numbers than names");
    else result = PyList_New(0);
    if (result) {
        memset(slots, 0xff, room * sizeof *slots);
        for (Py_ssize_t k = 0; k < n; k++) {
            uint32_t number = (uint32_t)((const uint64_t *)numbers.buf)[k];
            *slot_of(slots, room - 1, number) = (Slot){number, (int32_t)k};
        }
    }
    for (Py_ssize_t k = 0; result && k < n; k++) {
        PyObject *row = PyList_GetItem(rows, (Py_ssize_t)((const uint64_t *)numbers.buf)[k]);
        Py_buffer places;
        if (row == Py_None) continue;
        if (!row || PyObject_GetBuffer(row, &places, PyBUF_SIMPLE) < 0) {
            Py_CLEAR(result);
            break;
        }
        for (Py_ssize_t p = 0; result && p < places.len / 8; p++) {
            uint64_t place = ((const uint64_t *)places.buf)[p];
            int32_t at = slot_of(slots, room - 1, (uint32_t)(place >> 32))->at;
            if (at < 0) continue;
            PyObject *pair = Py_BuildValue("(OOd)", PyList_GetItem(names, k), PyList_GetItem(names, at),
                                           ((double)(uint32_t)place - ZERO) / UNIT);
            if (!pair || PyList_Append(result, pair) < 0) Py_CLEAR(result);
            Py_XDECREF(pair);
        }
        PyBuffer_Release(&places);
    }
    free(slots);
    PyBuffer_Release(&numbers);
    return result;
}

typedef struct {
    uint64_t key; /* the one group above, the other below; 0 where nothing is */
    double sum;
    uint32_t count;
} Mean;

/* (the articles' numbers as 64 bits each, the group of each as 64 bits from 1 on, rows of places by number) ->
   [(group, other group, mean log-odds of the pairs between them), ...], added up in the order of rows. */
static PyObject *means(PyObject *self, PyObject *args) {
    PyObject *rows, *result = NULL;
    Py_buffer numbers, groups;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*O!", &numbers, &groups, &PyList_Type, &rows)) return NULL;
    Py_ssize_t n = numbers.len / 8 < groups.len / 8 ? numbers.len / 8 : groups.len / 8, most = 0, found = 0;
    const uint64_t *number = numbers.buf, *group = groups.buf;
    size_t room = 16, wide = 16;
    while (room < 2 * (size_t)n) room *= 2;
    for (Py_ssize_t k = 0; k < n; k++) {
        PyObject *row = PyList_GetItem(rows, (Py_ssize_t)number[k]);
        Py_ssize_t size = row && row != Py_None ? PyObject_Size(row) : 0;
        if (!row || size < 0) goto end;
        most += size;
    }
    while (wide < 2 * (size_t)most) wide *= 2;
    Slot *slots = malloc(room * sizeof *slots);
    Mean *table = calloc(wide, sizeof *table);
    size_t *order = malloc(((size_t)most + 1) * sizeof *order);
    if (!slots || !table || !order) {
        PyErr_NoMemory();
        goto free;
    }
    memset(slots, 0xff, room * sizeof *slots);
    for (Py_ssize_t k = 0; k < n; k++)
        *slot_of(slots, room - 1, (uint32_t)number[k]) = (Slot){(uint32_t)number[k], (int32_t)k};
    for (Py_ssize_t k = 0; k < n; k++) {
        PyObject *row = PyList_GetItem(rows, (Py_ssize_t)number[k]);
        Py_buffer places;
        if (row == Py_None) continue;
        if (PyObject_GetBuffer(row, &places, PyBUF_SIMPLE) < 0) goto free;
        for (Py_ssize_t p = 0; p < places.len / 8; p++) {
            uint64_t place = ((const uint64_t *)places.buf)[p];
            int32_t at = slot_of(slots, room - 1, (uint32_t)(place >> 32))->at;
            if (at < 0 || group[at] == group[k]) continue;
            uint64_t low = group[k] < group[at] ? group[k] : group[at], high = group[k] < group[at] ? group[at] : group[k];
            uint64_t key = low << 32 | high;
            size_t m = (key * 0x9E3779B97F4A7C15u >> 20) & (wide - 1);
            while (table[m].key && table[m].key != key) m = (m + 1) & (wide - 1);
            if (!table[m].key) table[m].key = key, order[found++] = m;
            table[m].sum += ((double)(uint32_t)place - ZERO) / UNIT;
            table[m].count++;
        }
        PyBuffer_Release(&places);
    }
    result = PyList_New(found);
    for (Py_ssize_t k = 0; result && k < found; k++) {
        const Mean *mean = &table[order[k]];
        PyObject *told = Py_BuildValue("(IId)", (unsigned)(mean->key >> 32), (unsigned)mean->key, mean->sum / mean->count);
        if (!told) Py_CLEAR(result);
        else PyList_SetItem(result, k, told);
    }
free:
    free(slots);
    free(table);
    free(order);
end:
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&groups);
    return result;
}

static PyMethodDef methods[] = {
    {"among", among, METH_VARARGS, NULL},
    {"means", means, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_pairs", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__pairs(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddIntConstant(made, "VERSION", VERSION) < 0) Py_CLEAR(made);
    return made;
}
