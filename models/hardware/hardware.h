// A machine: processors on memories, joined by links and switches, with engines that copy.
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/base/data_type.h"
#include "models/base/diagnostics.h"
#include "models/base/ids.h"
#include "models/base/units.h"
#include "models/hardware/load_spec.h"
#include "models/network/operator.h"

namespace partita {

enum class ProcessorKind : std::uint8_t { Cpu, Gpu, Npu, Dla, Dsp, Fpga };
constexpr std::array<std::string_view, 6> kProcessorKinds{"cpu", "gpu", "npu",
                                                          "dla", "dsp", "fpga"};
constexpr std::string_view to_string(ProcessorKind kind) {
  return kProcessorKinds[static_cast<std::size_t>(kind)];
}

// How a real run reaches a processor; absent on machines that do not exist.
struct ExecutionSpec {
  std::string backend{};     // the device plugin: "cpu-onednn"
  std::uint32_t device = 0;  // number among the processors that the plugin can reach
  std::string options{};     // of the plugin: "key=value,key=value"
  std::string process{};     // processors of one name share a process; "": one of its own
  // Instruction-set cap of oneDNN: "sse41", "avx", "avx2", "avx512_core", ...; "" for none.
  std::string isa{};
  std::optional<int> core{};  // pinned to it; absent: not pinned
};

// What a processor draws once it has been idle for `after`, until it has work again; it is awake
// `wake` after that (evaluate.h, rule 3).
struct SleepSpec {
  Time after{0};
  Power power;
  Time wake{0};
};

struct ProcessorSpec {
  std::string name;
  ProcessorKind kind = ProcessorKind::Cpu;
  MemoryId memory{};
  // Peak rate for each data type, and what fraction of it (and of the memory's bandwidth) layers of
  // a family reach.
  std::array<std::optional<FlopRate>, kDataTypes.size()> peak;
  std::array<double, kOpFamilies.size()> efficiency{};
  double bandwidth_efficiency = 1;
  double time_scale = 1;  // layers take so many times as long as was measured, estimated or given
  std::array<bool, kOpFamilies.size()> supports{};  // families that it can run at all
  Time launch_overhead{0};                          // before every layer
  int streams = 1;                                  // layers at once
  double stream_share = 1;                          // of the processor, that one layer can use
  Time copy_setup{0};  // of each copy that it makes by itself, for want of a DMA engine
  std::optional<std::size_t> package;  // index into packages(); absent: nobody disturbs it
  Power idle, active;                  // energy: idle always, active - idle more while busy
  std::optional<SleepSpec> sleep{};    // absent: never
  std::optional<ExecutionSpec> execution;
  SourceLoc where;
};

// Processors that slow each other down by being busy at the same time (shared core, cache, clock).
//
// Model: while k of its processors run layers, each takes  1 + (k - 1) * (slowdown - 1)
//   times as long.
struct PackageSpec {
  std::string name;
  double slowdown = 1;
  SourceLoc where;
};

struct MemorySpec {
  std::string name;
  Bytes capacity;
  Bandwidth bandwidth;
  // A part of another memory: own capacity and own tensors, but the other's bandwidth.
  std::optional<MemoryId> part_of;
  Power idle{};            // drawn always
  EnergyPerByte energy{};  // of each byte read or written
  SourceLoc where{};
};

enum class Direction : std::uint8_t { Out, In, Both };

// Copies to (In), from (Out) or to and from the memory that it stands beside.
struct EngineSpec {
  std::string name;
  MemoryId memory{};
  Direction direction = Direction::Both;
  int channels = 1;            // copies at once
  Time setup{0};               // of a descriptor
  std::optional<Bytes> chunk;  // the most that one descriptor moves; absent: any size
  Time completion{0};          // from the last byte sent until the copy is known to be done
  // Read requests under way, where it copies towards itself; absent: the far end writes.
  std::optional<int> outstanding;
  SourceLoc where;

  std::int64_t descriptors(Bytes size) const;  // of a copy, at least one
  Time setup_of(Bytes size) const;             // of all of them; saturates at Time::max()
};
constexpr int kMostDmaChannels = 1024;

// Which of the packets that want the same output goes next (sim/packet/arbiter.h).
enum class Arbiter : std::uint8_t { RoundRobin, Fifo, Priority, Weighted };
constexpr std::array<std::string_view, 4> kArbiters{"round_robin", "fifo", "priority", "weighted"};

struct SwitchSpec {
  std::string name;
  Time latency{0};
  Arbiter arbiter = Arbiter::RoundRobin;  // fidelity packet
  bool peer_to_peer = true;  // false: all traffic enters or leaves by the upstream link
  std::optional<LinkId> upstream;
  // Bytes of operands a second that it adds up itself; absent: it only forwards (reduction_unit.h).
  std::optional<Bandwidth> reduction;
  // Sends one copy on to several outputs, so that it comes but once (models/plan/multicast.h).
  bool multicast = false;
  std::optional<int> ports{};  // links at most
  Power idle{};                // drawn always
  SourceLoc where;
};

// Numbers that were fitted to measurements (exec/calibrate), as texts: nobody computes with them.
struct CalibratedNumber {
  std::string name;  // where it stands in the file: "processors.cpu0.launch_overhead"
  std::string before, after;
  std::string low, high;  // nine of ten resampled fits lie between; "" where nobody looked
};
struct CalibratedSpec {
  std::string from;  // what they were fitted to, and how well that predicted the rest
  std::vector<CalibratedNumber> numbers;
};

using Endpoint = std::variant<MemoryId, SwitchId>;

// A size of copies from which on a link follows another line: hardware and drivers change protocol
// with the size.
//
// Model: alone on the link, a copy of n bytes takes  time + (n - from) / bandwidth, beside the
//   set-up of who copies and the latency.
struct Regime {
  Bytes from;
  Time time{0};
  Bandwidth bandwidth;
  friend bool operator==(const Regime&, const Regime&) = default;
};

// What a copy carries; links may compress one kind better than another.
enum class Content : std::uint8_t { Input, Activation, Weight };
constexpr std::array<std::string_view, 3> kContents{"input", "activation", "weight"};

// An engine at each end of a link packs what is sent and unpacks what arrives.
//
// Model: alone on the link, n bytes take the longer of n / ratio over its bandwidth and n over
//   `rate`: so of the link's bandwidth C a copy takes max(1 / ratio, C / rate) of its own rate, in
//   units of 1 / 2^16, rounded up.
// Left out: that the ratio depends on values; engines that idle while others work.
struct CompressionSpec {
  std::array<double, kContents.size()> ratio{1, 1, 1};  // original over packed size, at least 1
  Bandwidth rate;                                       // of original bytes

  Bytes packed(Content content, Bytes size) const;  // rounded up
};

constexpr double kMostCompression = 1000;

struct LinkSpec {
  std::string name;
  Endpoint a, b;
  // "pcie", "nvlink", "nvlink-c2c", "upi", "on-chip", ...; a label unless rates derive from it.
  std::string kind;
  Bandwidth bandwidth;  // usable bytes a second, each direction when full duplex
  Time latency{0};
  bool full_duplex = true;
  // By `from`, ascending; below the first, and where there is none, bandwidth tells everything.
  std::vector<Regime> regimes;
  // What follows from them: link_capacity.h.
  double bit_error_rate = 0;
  std::optional<Time> replay_delay;  // absent: twice the latency
  std::optional<Bytes> credits;      // absent: as many as keep the link busy
  std::optional<CompressionSpec> compression{};
  bool priorities = false;  // copies of a higher priority go first
  bool load_store = false;  // processors may read across it where data lies, without a copy
  Power idle{};             // drawn always
  EnergyPerByte energy{};   // of each byte sent
  SourceLoc where;
};

// Of a copy's rate, in Leg::uses.
inline constexpr std::int64_t kWholeUse = 1 << 16;

// One thing whose bandwidth flows share: one direction of a link, or a memory.
enum class ChannelId : std::uint32_t {};
struct Channel {
  std::string name;  // "pcie0>" (a to b), "pcie0<", "pcie0" (half duplex), "hbm0"
  Bandwidth capacity;
  // What single packets travel at, between errors and while credits last; at least the capacity.
  Bandwidth burst{};
};

// What regimes make of one copy: how long it waits before data flows, and how fast it may flow.
struct Pace {
  Time wait{0};
  std::int64_t cap = std::numeric_limits<std::int64_t>::max();  // B/s
};

// A copy that the engine at the far end reads, by requests of which some are under way at once.
//
// Model: data flows a request's way after the copy starts. Requests are answered in order, and the
//   next goes out when one is answered. So up to `outstanding` requests' worth of data flows as
//   fast as links allow, and the same again each round trip: a copy of n bytes, w bytes in all
//   requests under way and k = (n - 1) / w whole rounds before the last takes
//   k * max(round_trip, w / bandwidth) + (n - k * w) / bandwidth.
// Left out: what requests take of the way back (fidelity packet has it).
struct Pull {
  std::vector<ChannelId> back;  // of links, from the engine to the source
  Bytes request;                // the most that one asks for
  int outstanding = 1;
  Time asks{0};         // from asking until data sets out
  Time round_trip{0};   // from asking until a whole request's data is there
  Bandwidth bandwidth;  // of the narrowest channel
};

// One copy from memory to memory without a stop between.
struct Leg {
  MemoryId src{}, dst{};
  std::vector<ChannelId>
      channels;  // shared while data moves: source memory, links in order, destination memory
  std::vector<SwitchId> switches;  // between the links, in order
  Time latency{0};  // of links and switches; the last byte arrives this much after it left
  std::optional<EngineId>
      engine;  // who copies: out-engine of src, else in-engine of dst, else no engine: then
  std::optional<ProcessorId>
      copier;  // a processor by itself: the lowest on src, else the lowest on dst. The producer of
               // the tensor, where it sits on src, comes before either (evaluate.h).
  struct Paced {
    Bandwidth bandwidth;  // of the link
    std::vector<Regime> regimes;
  };
  std::vector<Paced> paced;  // the links on the way that have regimes
  std::optional<Pull> pull;
  // Of each channel, what a copy takes of it (FlowTraits::uses); empty where nothing is compressed.
  std::array<std::vector<std::uint32_t>, kContents.size()> uses;
  bool priorities = false;  // all links on the way keep them
  bool load_store = false;  // and processors may read across all of them
  // Of the way of a multicast (models/plan/multicast.h): the legs that are one copy.
  std::vector<const Leg*> together;

  // Data flows at the regime's bandwidth or as fast as the time demands, but no faster than the
  // link; what is left of the regime's time is waited for before. Of several links: the longest
  // time and the lowest rate. Where the copy is read, requests are waited for too. Legs that are
  // one copy: the longest wait and the lowest rate of any, so that it is no faster than each alone.
  Pace pace(Bytes size) const;
  Pace pace_of_links(Bytes size) const;  // beside requests, which travel as packets do
};
using Route = std::vector<Leg>;  // more than one leg: staged through memories

// A machine that has passed every check: whoever holds a Hardware need not look again. Names are
// unique, references resolve, rates and capacities are positive. Only load_hardware() and
// HardwareBuilder make one.
class Hardware {
 public:
  // What it was built from, to change some numbers and build another.
  struct HardwareParts parts() const;

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const IdVector<ProcessorId, ProcessorSpec>& processors() const { return processors_; }
  const IdVector<MemoryId, MemorySpec>& memories() const { return memories_; }
  const IdVector<EngineId, EngineSpec>& engines() const { return engines_; }
  const IdVector<LinkId, LinkSpec>& links() const { return links_; }
  const IdVector<SwitchId, SwitchSpec>& switches() const { return switches_; }
  const std::vector<PackageSpec>& packages() const { return packages_; }
  const IdVector<ChannelId, Channel>& channels() const { return channels_; }
  const std::vector<LoadSpec>& load() const { return load_; }
  const std::optional<CalibratedSpec>& calibrated() const { return calibrated_; }

  // Where inputs of the network start and its outputs must arrive; absent: inputs are everywhere at
  // the start and outputs may stay where they are made.
  std::optional<MemoryId> host() const { return host_; }

  // The memory whose bandwidth this memory uses (itself, or what it is a part of), as a channel.
  ChannelId channel_of(MemoryId memory) const { return memory_channel_[memory]; }
  // From a to b and back; the same twice where half duplex.
  const std::array<ChannelId, 2>& channels_of(LinkId link) const { return link_channels_[link]; }

  // How fast a leg moves what it carries with nobody else on the way, whatever its size (pace()):
  // at least 1 B/s.
  Bandwidth fastest(const Leg& leg, Content content) const;

  // nullptr where there is no way. Precondition: src != dst.
  const Route* route(MemoryId src, MemoryId dst) const;

  std::optional<ProcessorId> processor_named(const std::string& name) const;
  std::optional<MemoryId> memory_named(const std::string& name) const;

 private:
  friend class HardwareBuilder;
  Hardware() = default;

  std::string name_, description_;
  IdVector<ProcessorId, ProcessorSpec> processors_;
  IdVector<MemoryId, MemorySpec> memories_;
  IdVector<EngineId, EngineSpec> engines_;
  IdVector<LinkId, LinkSpec> links_;
  IdVector<SwitchId, SwitchSpec> switches_;
  std::vector<PackageSpec> packages_;
  std::vector<LoadSpec> load_;
  std::optional<CalibratedSpec> calibrated_;
  std::optional<MemoryId> host_;
  IdVector<ChannelId, Channel> channels_;
  IdVector<MemoryId, ChannelId> memory_channel_;
  IdVector<LinkId, std::array<ChannelId, 2>> link_channels_;
  std::vector<std::optional<Route>> routes_;  // src * memories + dst
};

// A reference to a name that does not exist, which the reader has already reported: the builder's
// checks pass over it.
template <class Id>
inline constexpr Id kUnresolved{0xffffffff};
inline constexpr std::size_t kUnresolvedPackage = 0xffffffff;

// The parts of a machine, before anybody checked them.
struct HardwareParts {
  std::string name = "machine", description;
  IdVector<ProcessorId, ProcessorSpec> processors;
  IdVector<MemoryId, MemorySpec> memories;
  IdVector<EngineId, EngineSpec> engines;
  IdVector<LinkId, LinkSpec> links;
  IdVector<SwitchId, SwitchSpec> switches;
  std::vector<PackageSpec> packages;
  std::optional<MemoryId> host;
  std::vector<LoadSpec> load;
  std::optional<CalibratedSpec> calibrated{};
};

// Names are unique within their kind; memories, switches and links share one set of names, since
// links and channels name them. A part of a memory has the bandwidth of the whole, whatever it was
// given.
class HardwareBuilder {
 public:
  // Checks names, ranges, references; finds channels and routes. Records mistakes in `diagnostics`;
  // gives a machine only when there are none in it.
  static std::optional<Hardware> build(HardwareParts parts, Diagnostics& diagnostics);
  // For machines made by code (tests, costed graphs): throws ConfigError on a mistake.
  static Hardware build(HardwareParts parts);
};

}  // namespace partita
