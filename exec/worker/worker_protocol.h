// What the leader of a crew asks of a worker, and what the worker answers.
//
// Over a stream socket: every message is its length, its kind, its bytes; a file descriptor may
// come along. The worker answers each request with Done and a content that the request defines, or
// with Failed and a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exec/device/abi.h"
#include "exec/program/model.h"
#include "exec/program/part.h"
#include "exec/worker/wire.h"

namespace partita::exec {

enum class Request : std::uint32_t {
  Open,     // spec -> Opened
  Load,     // model -> gaps
  Give,     // memory, weights and where to put them -> nothing; the weights stay here
  Leave,    // nothing -> nothing; what others share is no longer used
  Share,    // bytes -> the handle of so much memory of the device, for others to reach
  Prepare,  // part of a plan, its shared memory, weights to take from another memory -> Prepared
  Refill,   // copy the network's inputs in again -> nothing
  Run,      // RunOrder -> (when ready) nothing, then (when all have finished) Ran
  Results,  // write the kept results out, row-major -> nothing
};
enum class Reply : std::uint32_t { Done, Failed };

// Which processor a worker drives, and how it is reached.
struct WorkerSpec {
  std::string name;          // of the processor
  std::string process;       // workers of one name share a process; empty: one of its own
  std::string plugin;        // "cpu-onednn"
  std::uint32_t device = 0;  // number among the plugin's processors
  std::string options;       // of the plugin: "key=value,key=value"
  std::string isa;           // value of ONEDNN_MAX_CPU_ISA; empty: no cap
  std::int32_t core = -1;    // -1: not pinned
};

struct Opened {
  std::int32_t process = 0;  // its number
  std::string computes;      // "oneDNN 2.6.3"
  std::string description;   // of the processor
  std::uint64_t memory = 0;  // bytes; 0: not known
  bool synchronous = true;
  std::uint32_t memory_space = 0;  // abi.h
};

// A layer that a worker cannot run.
struct Gap {
  LayerId layer{};
  std::string reason;
};

// A tensor and where it lies in a shared memory.
struct Placed {
  TensorId tensor{};
  std::uint64_t offset = 0;
};

constexpr std::uint32_t kNobody = ~0u;
constexpr std::uint32_t kMostSeats = 1024;

// One copy of a plan's transfer that this worker makes. `slot` is where its arrival is announced.
struct CopyOrder {
  std::uint32_t transfer = 0, leg = 0;
  TensorId tensor{};
  std::uint64_t data = 0, slot = 0;  // offsets in the shared memory
  // Of a pack: data is in the arena of that worker instead; kNobody: it is not.
  std::uint32_t arena = kNobody;
  std::uint32_t receiver = 0;  // of a pack: whose doorbell to ring; kNobody: no worker's
  // Of a pack: the layer that makes the tensor, or the unpack that brings it. Of an unpack: whether
  // it is there before the run starts.
  LayerId producer{};
  std::uint32_t after_unpack = kNobody;
  bool from_start = false;
  // Of an unpack: nothing is copied, layers read the tensor where it lies (PrepareOrder::outside).
  bool in_place = false;
  bool is_weight = false;     // of an unpack: comes once a run, with its first request
  std::int64_t at_least = 0;  // ns that it takes, by waiting: as over a slower link
};

// A tensor that several workers reach where it lies: in the arena of a worker, or (kNobody) in the
// shared memory.
struct OutsideOrder {
  TensorId tensor{};
  std::uint32_t arena = kNobody;
  std::uint64_t data = 0;
};

// Another worker is told that a tensor is there which this one made or brought.
struct Handover {
  enum class After : std::uint32_t { Layer, Pack, Unpack };
  After after = After::Layer;
  std::uint32_t which = 0;  // number of the layer, or in the list of copies
  std::uint64_t slot = 0;
  std::uint32_t receiver = 0;
};

// Memory of one device that others reach: a part for each seat. The leader fills the handle in.
struct ArenaOrder {
  std::uint32_t owner = 0;  // the worker whose device has it
  std::uint64_t seat_bytes = 0;
  partita_handle handle{};
};

struct PrepareOrder {
  Part part;
  std::vector<CopyOrder> packs, unpacks;  // by transfer
  std::vector<Handover> handovers;
  std::vector<OutsideOrder> outside;
  std::vector<ArenaOrder> arenas;       // that this worker uses, its own among them
  std::vector<Placed> inputs, results;  // of the network, in the shared memory
  std::uint64_t shared_bytes = 0;
  std::uint32_t worker = 0;  // number of this one
  std::uint32_t workers = 0;
  std::uint32_t taking_part = 0;  // workers with layers or copies
  // Requests that may be under way at once, each with a part of the memory of its own: offsets above
  // are those of the first.
  std::uint32_t seats = 1;
  std::uint64_t seat_bytes = 0;
  // All results of one request lie together, and can be kept request by request.
  std::uint64_t results_at = 0, results_bytes = 0;
  std::uint64_t kept_at = 0;
  std::uint32_t kept = 0;       // requests
  std::vector<Placed> weights;  // to take from the second memory
  std::uint64_t weight_bytes = 0;
  double slowdown = 1;  // layers take so many times as much of their core
};

struct Prepared {
  std::vector<LayerReport> reports;
  std::vector<TensorId> weights;  // held now
  std::uint64_t weight_bytes = 0, activation_bytes = 0;
  std::uint64_t kernels_kept = 0;
};

// Several inferences of the prepared plan, or one.
struct RunOrder {
  std::uint32_t number = 0;  // grows by one from run to run, from 1
  // Requests, counted over all runs: the first follows the last of the run before.
  std::uint32_t first = 1, count = 1;
  std::vector<std::int64_t> arrivals;  // ns from the start; empty: all are there, and want a seat
  bool keep_results = false;           // of every request; at most as many as there is room for
  // Who has not finished after so long hangs; 0: after the patience that the crew was started with.
  std::int64_t patience_ms = 0;
  std::vector<double> slowdowns{};  // of each worker, instead of what its plan says; empty: as that
};

// What a worker was doing, in nanoseconds from the start of the run.
struct Record {
  enum class Kind : std::uint32_t { Layer, Pack, Unpack };
  Kind kind = Kind::Layer;
  std::uint32_t what = 0, leg = 0;  // layer, or transfer and leg
  std::int64_t queued = 0, start = 0, finish = 0;
  std::int64_t cpu = 0;       // CPU time that this thread got meanwhile
  std::int64_t switches = 0;  // involuntary context switches since the record before
  bool queued_work = false;   // done by a device meanwhile: cpu and switches say nothing
  std::uint32_t request = 0;  // number in the run
};

// What a run was like for one worker.
struct Ran {
  std::vector<Record> records;
  std::int64_t clock_error = 0;  // ns, of the times in the records
  // How fast its core was (chain_time()); 0: the thread does not compute.
  std::int64_t chain_before = 0, chain_after = 0;
  partita_counters counters{};         // of the device, when it was over
  std::vector<std::uint32_t> seats{};  // of each request; of a worker without layers all 0
};

void write(Writer& out, const WorkerSpec& spec);
void write(Writer& out, const Opened& opened);
void write(Writer& out, const std::vector<Gap>& gaps);
void write(Writer& out, const RunOrder& order);
void write(Writer& out, const Ran& ran);
void write(Writer& out, const Model& model);
void write(Writer& out, const PrepareOrder& order);
void write(Writer& out, const Prepared& prepared);
void read(Reader& in, WorkerSpec& spec);
void read(Reader& in, Opened& opened);
void read(Reader& in, std::vector<Gap>& gaps);
void read(Reader& in, RunOrder& order);
void read(Reader& in, Ran& ran);
void read(Reader& in, Model& model);
void read(Reader& in, PrepareOrder& order);
void read(Reader& in, Prepared& prepared);

}  // namespace partita::exec
