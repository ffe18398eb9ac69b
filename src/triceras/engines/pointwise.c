// Runs programs of operations on numbers of 32 bits, element by element: see torch_encoding.py.
#include <math.h>
#include <stdint.h>

// As many elements as the registers of a program may hold and stay in the fastest cache.
#define BLOCK 256
#define DIMENSIONS 6
// How many elements are worth a thread of their own.
#define LEAST 32768

// What a register is: a block of scratch, a number, a number in a tensor, a few of them that come again
// and again (their last stride is how many), numbers or truth values in a tensor, or where truth values
// go.
enum { SCRATCH, NUMBER, SINGLE, REPEATED, TENSOR, TRUTH, TRUTH_RESULT };

typedef union { float *f; int32_t *i; } pointer;
typedef struct { int64_t kind, where, offset, strides[DIMENSIONS]; } description;
typedef struct { int64_t operation, result, operands[3]; } instruction;

// A result may lie where an operand does, element by element.
#define EACH _Pragma("GCC ivdep") for (int64_t k = 0; k < n; k++)
#define FLOAT(expression) { float *r = d.f; const float *x = a.f, *y = b.f, *z = c.f; \
    EACH r[k] = (expression); (void)y; (void)z; break; }
#define TEST(expression) { int32_t *r = d.i; const float *x = a.f, *y = b.f; \
    EACH r[k] = (expression); (void)y; break; }
#define WHOLE(expression) { int32_t *r = d.i; const int32_t *x = a.i, *y = b.i, *z = c.i; \
    EACH r[k] = (expression); (void)y; (void)z; break; }
#define WRAPPED(operator) WHOLE((int32_t)((uint32_t)x[k] operator (uint32_t)y[k]))

static void compute(int64_t operation, int64_t n, pointer d, pointer a, pointer b, pointer c) {
    switch (operation) {
        case 0: WHOLE(x[k])
        case 1: FLOAT(x[k] + y[k])
        case 2: FLOAT(x[k] - y[k])
        case 3: FLOAT(x[k] * y[k])
        case 4: FLOAT(x[k] / y[k])
        case 5: FLOAT(-x[k])
        case 6: FLOAT(sqrtf(x[k]))
        case 7: FLOAT(fabsf(x[k]))
        case 8: FLOAT(fmaf(x[k], y[k], z[k]))
        // What is no number stays none.
        case 9: FLOAT(x[k] > y[k] || x[k] != x[k] ? x[k] : y[k])
        case 10: FLOAT(x[k] < y[k] || x[k] != x[k] ? x[k] : y[k])
        case 11: TEST(x[k] == y[k])
        case 12: TEST(x[k] != y[k])
        case 13: TEST(x[k] < y[k])
        case 14: TEST(x[k] <= y[k])
        case 15: WHOLE(x[k] ? y[k] : z[k])
        case 16: WRAPPED(+)
        case 17: WRAPPED(-)
        case 18: WRAPPED(*)
        case 19: WHOLE(x[k] & y[k])
        case 20: WHOLE(x[k] | y[k])
        case 21: WHOLE(x[k] ^ y[k])
        // By more places than there are C says nothing.
        case 22: WHOLE(x[k] >> ((uint32_t)y[k] < 32 ? y[k] : 31))
        case 23: WHOLE((uint32_t)y[k] < 32 ? (int32_t)((uint32_t)x[k] << y[k]) : 0)
        case 24: WHOLE(x[k] == y[k])
        case 25: WHOLE(x[k] != y[k])
        case 26: WHOLE(x[k] < y[k])
        case 27: WHOLE(x[k] <= y[k])
        case 28: { float *r = d.f; const int32_t *x = a.i; EACH r[k] = (float)x[k]; break; }
        // Truth values are stored in bytes.
        case 29: { uint8_t *r = (uint8_t *)d.i; const int32_t *x = a.i; EACH r[k] = x[k] != 0; break; }
    }
}

static void fill(int32_t *block, int32_t number, int64_t n) {
    for (int64_t k = 0; k < n; k++) block[k] = number;
}

static void repeat(int32_t *block, const int32_t *numbers, int64_t count, int64_t n) {
    for (int64_t k = 0; k < n; k++) block[k] = k < count ? numbers[k] : block[k - count];
}

// How many elements are computed at once: where some come again and again, with each block anew.
static int64_t block_of(const int64_t *program) {
    const description *registers = (const description *)(program + 2 + DIMENSIONS);
    for (int64_t r = 0; r < program[0]; r++)
        if (registers[r].kind == REPEATED) return BLOCK - BLOCK % registers[r].strides[DIMENSIONS - 1];
    return BLOCK;
}

// Where a register's elements are, from `first` on of a row that begins at `offset`.
static pointer located(const description *one, int32_t *block, char **tensors, int64_t offset,
                       int64_t first, int64_t n) {
    const int64_t stride = one->strides[DIMENSIONS - 1], begin = offset + first * stride;
    pointer found = {.i = block};
    if (one->kind == TENSOR) {
        int32_t *tensor = (int32_t *)tensors[one->where] + begin;
        if (stride == 1) found.i = tensor;
        else if (stride == 0) fill(block, *tensor, n);
        else for (int64_t k = 0; k < n; k++) block[k] = tensor[k * stride];
    } else if (one->kind == TRUTH) {
        const uint8_t *tensor = (const uint8_t *)tensors[one->where] + begin;
        for (int64_t k = 0; k < n; k++) block[k] = tensor[k * stride];
    } else if (one->kind == TRUTH_RESULT) {
        found.i = (int32_t *)(tensors[one->where] + begin);
    }
    return found;
}

// One program, or the part of it that a thread does: rows, and elements of each.
typedef struct {
    const int64_t *program;
    char **tensors;
    int32_t *scratch;
    int64_t rows;
} job;

static void run_part(const job *job, int64_t row, int64_t stop, int64_t begin, int64_t end, int32_t *scratch) {
    const int64_t *program = job->program, *shape = program + 2;
    const int64_t size = program[0], many = program[1], last = DIMENSIONS - 1;
    const description *registers = (const description *)(shape + DIMENSIONS);
    const instruction *instructions = (const instruction *)(registers + size);
    const int64_t step = block_of(program), largest = end - begin < step ? end - begin : step;
    int64_t index[DIMENSIONS], offsets[size], left = row;
    pointer now[size];
    for (int64_t dimension = last - 1; dimension >= 0; dimension--) {
        index[dimension] = left % shape[dimension];
        left /= shape[dimension];
    }
    for (int64_t r = 0; r < size; r++) {
        const description *one = registers + r;
        int32_t *block = scratch + r * BLOCK;
        now[r].i = block;
        offsets[r] = one->offset;
        for (int64_t dimension = 0; dimension < last; dimension++)
            offsets[r] += index[dimension] * one->strides[dimension];
        if (one->kind == NUMBER) fill(block, (int32_t)one->where, largest);
        if (one->kind == SINGLE) fill(block, *(int32_t *)job->tensors[one->where], largest);
        if (one->kind == REPEATED)
            repeat(block, (int32_t *)job->tensors[one->where] + one->offset, one->strides[last], largest);
    }
    for (; row < stop; row++) {
        for (int64_t first = begin; first < end; first += step) {
            const int64_t n = end - first < step ? end - first : step;
            for (int64_t r = 0; r < size; r++)
                if (registers[r].kind > REPEATED)
                    now[r] = located(registers + r, scratch + r * BLOCK, job->tensors, offsets[r], first, n);
            for (const instruction *one = instructions; one < instructions + many; one++) {
                const int64_t *of = one->operands;
                compute(one->operation, n, now[one->result], now[of[0]], now[of[1]], now[of[2]]);
            }
        }
        // The next row: all dimensions but the last count as those of a clock do.
        int64_t dimension = last - 1;
        while (dimension >= 0 && ++index[dimension] == shape[dimension]) {
            index[dimension] = 0;
            for (int64_t r = 0; r < size; r++)
                offsets[r] -= registers[r].strides[dimension] * (shape[dimension] - 1);
            dimension--;
        }
        if (dimension >= 0)
            for (int64_t r = 0; r < size; r++) offsets[r] += registers[r].strides[dimension];
    }
}

// Of the framework's own threads: what starts them, what counts them and tells which one is running.
static void (*start)(void (*)(void *), void *, unsigned, unsigned);
static int (*count_threads)(void), (*this_thread)(void);

void use_threads(void *starting, void *counting, void *telling) {
    start = (void (*)(void (*)(void *), void *, unsigned, unsigned))starting;
    count_threads = (int (*)(void))counting;
    this_thread = (int (*)(void))telling;
}

static void run_share(void *given) {
    const job *job = given;
    // They may be fewer than were asked for.
    const int64_t thread = this_thread(), threads = count_threads();
    const int64_t last = job->program[2 + DIMENSIONS - 1];
    int32_t *scratch = job->scratch + thread * job->program[0] * BLOCK;
    if (job->rows >= threads) {
        run_part(job, thread * job->rows / threads, (thread + 1) * job->rows / threads, 0, last, scratch);
    } else {
        const int64_t step = block_of(job->program), blocks = (last + step - 1) / step;
        const int64_t begin = thread * blocks / threads * step, stop = (thread + 1) * blocks / threads * step;
        run_part(job, 0, job->rows, begin, stop < last ? stop : last, scratch);
    }
}

// Runs `count` programs one after the other, large ones by several threads, each with its own scratch.
void pointwise(const int64_t *program, int64_t count, char **tensors, int32_t *scratch, int64_t threads) {
    while (count--) {
        const int64_t *shape = program + 2;
        job job = {program, tensors, scratch, 1};
        for (int64_t dimension = 0; dimension < DIMENSIONS - 1; dimension++) job.rows *= shape[dimension];
        const int64_t last = shape[DIMENSIONS - 1], shares = job.rows * last / LEAST;
        const int64_t several = shares < threads ? shares : threads;
        if (start && several > 1) start(run_share, &job, (unsigned)several, 0);
        else run_part(&job, 0, job.rows, 0, last, scratch);
        program += 2 + DIMENSIONS + program[0] * (3 + DIMENSIONS) + program[1] * 5;
    }
}
