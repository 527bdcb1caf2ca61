/* What a device plugin is: a shared object that knows how to compute on one kind of processor.
 *
 * Plain C, no type of any library, so that a plugin and the worker that loads it may come from
 * different compilers. A plugin exports one symbol, partita_device_plugin(); everything else is
 * reached through the table that it returns.
 *
 * Conventions
 *   Status      every call that can fail returns a partita_status; the sentence that belongs to the
 *               last failure of this thread is what `last_error` gives, until its next call.
 *   Threads     a device is used by one thread at a time; different devices by different threads
 *               at once.
 *   Lifetimes   the table lives as long as the plugin is loaded. Whatever a call makes (device,
 *               kernel, copy, event, memory) lives until the call that ends it; what belongs to a
 *               device must end before the device does. Pointers handed to a call are the caller's
 *               again when it returns, unless the call says otherwise. Numbers of layouts stay good
 *               until the device is closed.
 *   Addresses   memory of a device is a void* that only the device may follow; adding bytes to it
 *               gives the address of a part.
 *   Sizes       bytes, as uint64_t; extents of tensors are at least 1.
 *   Times       nanoseconds of the host's CLOCK_MONOTONIC, also those of events on a device with a
 *               clock of its own: the plugin converts, `clock_error` says how far that may be off.
 *   Values      row-major and little endian where they leave a device ("plain").
 */
#ifndef PARTITA_EXEC_DEVICE_ABI_H
#define PARTITA_EXEC_DEVICE_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever anything below does; a plugin with another number is refused. */
#define PARTITA_DEVICE_ABI 5u

typedef enum partita_status {
  PARTITA_OK = 0,
  PARTITA_UNSUPPORTED = 1, /* this device cannot do that at all */
  PARTITA_NO_MEMORY = 2,
  PARTITA_INVALID = 3, /* the caller asked for something that makes no sense */
  PARTITA_LOST = 4,    /* the device is gone or hung; nothing else will work */
  PARTITA_FAILED = 5   /* anything else */
} partita_status;

/* As in models/base/data_type.h. */
typedef enum partita_type {
  PARTITA_F32,
  PARTITA_F16,
  PARTITA_BF16,
  PARTITA_F64,
  PARTITA_I8,
  PARTITA_U8,
  PARTITA_I32,
  PARTITA_I64,
  PARTITA_BOOL
} partita_type;

typedef struct partita_tensor {
  uint32_t type; /* partita_type */
  uint32_t rank; /* 0: a scalar */
  const int64_t* shape;
  uint32_t constant;  /* its values never change while a kernel is bound to it */
  const void* values; /* of some constants, plain; NULL: not told */
} partita_tensor;

typedef enum partita_attribute_kind {
  PARTITA_INTEGER,
  PARTITA_NUMBER,
  PARTITA_TEXT,
  PARTITA_INTEGERS,
  PARTITA_NUMBERS
} partita_attribute_kind;

typedef struct partita_attribute {
  const char* name;
  uint32_t kind;  /* partita_attribute_kind: which of the following holds */
  uint32_t count; /* of integers or numbers */
  int64_t integer;
  double number;
  const char* text;
  const int64_t* integers;
  const double* numbers;
} partita_attribute;

/* One layer. Operators, operands and attributes are those of models/network/operator.h (the normal
 * form of ONNX opset 17). */
typedef struct partita_layer {
  const char* name;
  const char* op; /* ONNX's op_type */
  uint32_t inputs, outputs, attributes;
  const partita_tensor* input;
  const partita_tensor* output;
  const partita_attribute* attribute;
} partita_layer;

typedef struct partita_device partita_device;
typedef struct partita_kernel partita_kernel;
typedef struct partita_copy partita_copy;
typedef struct partita_event partita_event;
typedef struct partita_sequence partita_sequence;

/* How the values of one tensor (its type and shape included) lie in a device's memory: a number
 * that the device gives out, the same for the same. 0: nobody has chosen yet. */
typedef uint32_t partita_layout;

/* A processor that a plugin can reach. */
typedef struct partita_processor {
  char name[64];         /* "cpu", "gpu0/16sm" */
  char description[128]; /* for people: the model, its driver */
  uint64_t memory;       /* bytes that it may use; 0: not known */
  /* 1: every call has done its work when it returns, on the calling thread; queues and events mean
   * nothing. 0: work is queued, and the device does it while the caller goes on. */
  uint32_t synchronous;
  /* Where its kernels read and write. 0: the host's memory, at any address of the process.
   * Otherwise processors of one plugin and one number compute in one memory of their own: each can
   * follow the addresses of the others of its process. */
  uint32_t memory_space;
  /* 1: whoever runs the same layers again and again should make sequences of them. */
  uint32_t sequences;
} partita_processor;

/* What another device of the plugin needs to reach memory that one shares: bytes that may travel to
 * other processes of the computer. What they mean is the plugin's own business. */
typedef struct partita_handle {
  unsigned char bytes[128];
} partita_handle;

/* What was made of a layer. */
typedef struct partita_kernel_info {
  char implementation[64]; /* "jit:avx2", "cudnn", "own" */
  uint32_t view; /* 1: the result is the first operand's bytes: nothing runs, both share memory */
  uint32_t slow; /* 1: works, but far slower than this processor could */
  /* i + 1: where the first result lies as operand i does, both may be bound to one address, and the
   * operand is lost when the kernel runs. 0: no operand may be lost. */
  uint32_t may_overwrite;
  uint64_t workspace; /* bytes that it needs while it runs */
} partita_kernel_info;

/* What a device counts by itself; 0: it does not. */
typedef struct partita_counters {
  uint64_t energy; /* microjoules since some start, of the whole device, whoever uses it */
  uint32_t clock;  /* kHz, at this moment */
  /* Kernels that it would note once, so that one call queues all that they do, but cannot: right, and
   * slow, as the host queues them anew in each run. */
  uint32_t unnoted;
} partita_counters;

/* Work in one queue is done in order; different queues run at once. */
typedef enum partita_queue { PARTITA_COMPUTE, PARTITA_COPY_IN, PARTITA_COPY_OUT } partita_queue;
#define PARTITA_QUEUES 3

/* Between which memories a copy goes; host memory holds plain values, and so does the far end of
 * PEER: from this device's memory straight to what open_shared() has opened. */
typedef enum partita_way { PARTITA_WITHIN, PARTITA_IN, PARTITA_OUT, PARTITA_PEER } partita_way;

typedef struct partita_device_api {
  uint32_t abi;         /* PARTITA_DEVICE_ABI */
  uint32_t size;        /* sizeof(partita_device_api) */
  const char* name;     /* "cpu-onednn" */
  const char* computes; /* with what: "oneDNN 2.6.3" */

  const char* (*last_error)(void);

  /* --- processors ---------------------------------------------------------------------------- */
  /* Fills in at most `capacity` processors, and how many there are. `options`: see open. */
  partita_status (*processors)(const char* options, partita_processor* list, uint32_t capacity,
                               uint32_t* count);
  /* `options`: "key=value,key=value" of the machine file; unknown keys are PARTITA_INVALID. The
   * calling thread is already where the processor shall run. */
  partita_status (*open)(uint32_t processor, const char* options, partita_device** device);
  void (*close)(partita_device* device);

  /* --- memory -------------------------------------------------------------------------------- */
  partita_status (*allocate)(partita_device* device, uint64_t bytes, void** address);
  void (*release)(partita_device* device, void* address);
  /* Host memory that copies will use; it stays the caller's and must be unpinned before it goes. */
  partita_status (*pin)(partita_device* device, void* host, uint64_t bytes);
  void (*unpin)(partita_device* device, void* host);
  /* As allocate, for memory that other devices of the plugin shall reach: `handle` is for their
   * open_shared(), and good until release(). PARTITA_UNSUPPORTED where a device shares nothing. */
  partita_status (*allocate_shared)(partita_device* device, uint64_t bytes, void** address,
                                    partita_handle* handle);
  /* The address by which this device reaches what another one, of this process or of another of
   * this computer, has shared: to be bound to kernels and copies where both compute in one memory
   * space, otherwise as where a copy PEER goes. Good until close_shared(), which must come before
   * the other's release(). PARTITA_UNSUPPORTED: there is no way from here to there, and last_error
   * says which is missing. */
  partita_status (*open_shared)(partita_device* device, const partita_handle* handle,
                                void** address);
  void (*close_shared)(partita_device* device, void* address);

  /* --- layouts ------------------------------------------------------------------------------- */
  partita_status (*plain)(partita_device* device, const partita_tensor* tensor,
                          partita_layout* layout);
  uint64_t (*layout_bytes)(partita_device* device, partita_layout layout);
  /* "plain", "aBcd16b"; good until the device is closed. */
  const char* (*layout_text)(partita_device* device, partita_layout layout);

  /* --- layers -------------------------------------------------------------------------------- */
  /* PARTITA_OK, or PARTITA_UNSUPPORTED and last_error says what is missing. Makes nothing. */
  partita_status (*can_run)(partita_device* device, const partita_layer* layer);
  /* `offered`: of each operand, how it lies now, or 0: the kernel chooses. Fills in how each
   * operand must lie when the kernel runs (`wants`) and how each result will (`makes`). */
  partita_status (*make_kernel)(partita_device* device, const partita_layer* layer,
                                const partita_layout* offered, partita_layout* wants,
                                partita_layout* makes, partita_kernel_info* info,
                                partita_kernel** kernel);
  void (*end_kernel)(partita_device* device, partita_kernel* kernel);
  /* Before the first run, and again when something moves. Constants hold their values already. */
  partita_status (*bind)(partita_device* device, partita_kernel* kernel, void* const* inputs,
                         void* const* outputs, void* workspace);
  partita_status (*run)(partita_device* device, partita_kernel* kernel); /* in PARTITA_COMPUTE */

  /* --- copies -------------------------------------------------------------------------------- */
  /* From one layout of a tensor to another; the host's side of IN and OUT is plain. Of PEER both
   * are numbers of this device, and `to` is plain. */
  partita_status (*make_copy)(partita_device* device, uint32_t way, partita_layout from,
                              partita_layout to, partita_copy** copy);
  void (*end_copy)(partita_device* device, partita_copy* copy);
  partita_status (*bind_copy)(partita_device* device, partita_copy* copy, const void* from,
                              void* to);
  partita_status (*run_copy)(partita_device* device, partita_copy* copy, uint32_t queue);

  /* --- order and time; only of processors that are not synchronous ---------------------------- */
  partita_status (*make_event)(partita_device* device, partita_event** event);
  void (*end_event)(partita_device* device, partita_event* event);
  /* Happens when all that is in the queue by now is done; an event can be recorded again. */
  partita_status (*record)(partita_device* device, partita_event* event, uint32_t queue);
  /* What is queued from now on waits for the last record of the event. */
  partita_status (*wait)(partita_device* device, partita_event* event, uint32_t queue);
  partita_status (*happened)(partita_device* device, partita_event* event, uint32_t* yes);
  partita_status (*event_time)(partita_device* device, partita_event* event, int64_t* time);
  partita_status (*clock_error)(partita_device* device, int64_t* nanoseconds);
  /* Returns when all queues are empty. */
  partita_status (*synchronize)(partita_device* device);
  /* A little work in every queue, done when this returns: a device that was idle takes longer for
   * what comes first. */
  partita_status (*keep_awake)(partita_device* device);

  /* --- counters ------------------------------------------------------------------------------ */
  partita_status (*counters)(partita_device* device, partita_counters* counters);

  /* --- sequences; only of processors that say so ----------------------------------------------- */
  /* From now on what is queued in PARTITA_COMPUTE (run, run_copy WITHIN, record; nothing else may
   * be called) is noted, and not done ... */
  partita_status (*begin_sequence)(partita_device* device);
  /* ... until now. Running the sequence queues all of it, in PARTITA_COMPUTE, with the events
   * recorded anew. What kernels and copies are bound to must stay so, and they and the events must
   * outlive it. After an error nothing is noted any more, and there is no sequence. */
  partita_status (*end_sequence)(partita_device* device, partita_sequence** sequence);
  partita_status (*run_sequence)(partita_device* device, partita_sequence* sequence);
  void (*drop_sequence)(partita_device* device, partita_sequence* sequence);
} partita_device_api;

/* The only exported symbol. NULL where the plugin cannot serve this number. */
const partita_device_api* partita_device_plugin(uint32_t abi);
typedef const partita_device_api* (*partita_device_plugin_function)(uint32_t abi);
#define PARTITA_DEVICE_SYMBOL "partita_device_plugin"

#ifdef __cplusplus
}
#endif

#endif
