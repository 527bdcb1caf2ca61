// The keys of machine files: what the editor's schema and the reference page are made from. A test
// holds them equal to what the reader knows.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace partita {

enum class KeyType : std::uint8_t {
  Text,           // any text
  Name,           // of something in this file
  Ends,           // two names
  Families,       // a list of operator families
  Choice,         // one of the words in `choices`
  Count,          // a whole number, at least 1
  Index,          // a whole number, at least 0
  Share,          // a number above 0 and at most 1
  Shares,         // a share for all, or a map with shares for operator families
  OpenShare,      // a number above 0 and below 1
  Factor,         // a number, at least 1
  Chance,         // a number, at least 0 and below 1
  Scale,          // a number above 0
  Flag,           // true or false
  True,           // true, or not there
  Time,           // quantities
  Bytes,          //
  Bandwidth,      //
  Power,          //
  EnergyPerByte,  //
  Ratios,         // a number of at least 1 for all, or a map of what a copy carries to such numbers
  Rates,          // a map of data types to FLOP/s
  Section,        // a map with the keys of the section of this name
  Entries,  // a map of names that the user chooses, each with the keys of the section of this name
};

struct KeyInfo {
  std::string_view section;  // "" is the file itself
  std::string_view key;
  KeyType type;
  bool required;
  std::string_view choices;        // comma-separated
  std::string_view default_value;  // as text, for people; "" where there is none to tell
  std::string_view meaning;
};

inline constexpr std::array kMachineKeys{
    KeyInfo{"", "machine", KeyType::Section, false, "", "", "What this file describes."},
    KeyInfo{"", "host", KeyType::Name, false, "", "none",
            "The memory where the network's inputs start and its outputs must arrive. Without one, "
            "inputs are everywhere at the start, and outputs stay where they are made."},
    KeyInfo{"", "processors", KeyType::Entries, true, "", "", "What runs layers."},
    KeyInfo{"", "memories", KeyType::Entries, true, "", "", "What holds tensors."},
    KeyInfo{"", "dma_engines", KeyType::Entries, false, "", "none",
            "What copies between memories while processors go on working."},
    KeyInfo{"", "links", KeyType::Entries, false, "", "none", "What joins memories and switches."},
    KeyInfo{"", "switches", KeyType::Entries, false, "", "none", "Where links meet."},
    KeyInfo{"", "packages", KeyType::Entries, false, "", "none",
            "Groups of processors that slow each other down when busy at the same time (a shared "
            "core, cache, clock or power budget)."},
    KeyInfo{"", "load", KeyType::Entries, false, "", "none",
            "What others do on the machine meanwhile. Entries on one part add up: traffic adds, "
            "shares and slowdowns multiply, and a processor is there while no entry takes it "
            "away."},

    KeyInfo{
        "", "calibrated", KeyType::Section, false, "", "none",
        "Which numbers `partita calibrate` fitted to measurements, and how certain they are: for "
        "people, nothing is computed with it."},
    KeyInfo{"machine", "name", KeyType::Text, false, "", "the file's name", "For people."},
    KeyInfo{"machine", "description", KeyType::Text, false, "", "none", "For people."},

    KeyInfo{"processors", "kind", KeyType::Choice, true, "cpu, gpu, npu, dla, dsp, fpga", "",
            "What it is, for people and figures."},
    KeyInfo{"processors", "memory", KeyType::Name, true, "", "",
            "Where its operands and results must be. Processors on one memory exchange tensors "
            "without a copy, and share its bandwidth."},
    KeyInfo{"processors", "peak", KeyType::Rates, true, "", "",
            "Peak rate for each data type that it computes in (f32, f16, bf16, f64, i8, u8, i32, "
            "i64, bool); a multiply-add is two operations, also of integers. Layers of other types "
            "cannot run here."},
    KeyInfo{"processors", "efficiency", KeyType::Shares, false, "", "1",
            "The share of the peak rate that layers reach: one for all, or a map with one for each "
            "operator family (conv, matmul, norm, elementwise, pool, softmax, movement, recurrent) "
            "and a default for the others."},
    KeyInfo{"processors", "bandwidth_efficiency", KeyType::Share, false, "", "1",
            "The share of its memory's bandwidth that this processor reaches alone."},
    KeyInfo{"processors", "time_scale", KeyType::Scale, false, "", "1",
            "Its layers take so many times as long as was measured, estimated or given: what a fit "
            "found, or a clock that is lower today."},
    KeyInfo{"processors", "supports", KeyType::Families, false, "", "all",
            "The operator families that it can run at all."},
    KeyInfo{"processors", "launch_overhead", KeyType::Time, false, "", "0 s",
            "Spent before every layer."},
    KeyInfo{"processors", "streams", KeyType::Count, false, "", "1",
            "Layers that it runs at the same time."},
    KeyInfo{"processors", "stream_share", KeyType::Share, false, "", "1",
            "The share of its compute that one layer can use. Layers that run at once share the "
            "whole: k of them run at 1 / (k * stream_share) of their speed where that is below 1, "
            "so that with the default two streams halve each other's."},
    KeyInfo{"processors", "copy_setup", KeyType::Time, false, "", "0 s",
            "Spent before each copy that it makes by itself, where no DMA engine can."},
    KeyInfo{"processors", "package", KeyType::Name, false, "", "none",
            "The package that it belongs to."},
    KeyInfo{"processors", "power", KeyType::Section, false, "", "none", "What it draws."},
    KeyInfo{"processors", "execution", KeyType::Section, false, "", "none",
            "How a real run reaches it. Machines that do not exist leave it out."},

    KeyInfo{"power", "idle", KeyType::Power, false, "", "0 W", "Drawn always."},
    KeyInfo{"power", "active", KeyType::Power, false, "", "as idle",
            "Drawn while it runs a layer."},
    KeyInfo{"power", "sleep", KeyType::Section, false, "", "never",
            "What it does when nobody needs it."},

    KeyInfo{"sleep", "after", KeyType::Time, true, "", "", "Idle for so long, it falls asleep."},
    KeyInfo{"sleep", "power", KeyType::Power, true, "", "", "Drawn while it sleeps."},
    KeyInfo{"sleep", "wake", KeyType::Time, false, "", "0 s",
            "Its next layer, or copy by itself, takes so much longer."},

    KeyInfo{"execution", "backend", KeyType::Text, true, "", "",
            "The device plugin that runs its layers: cpu-onednn, cpu-reference, cuda, fake."},
    KeyInfo{"execution", "device", KeyType::Index, false, "", "0",
            "Number among the processors that the plugin can reach (partita-worker --devices)."},
    KeyInfo{"execution", "options", KeyType::Text, false, "", "none",
            "What the plugin needs to know: key=value,key=value."},
    KeyInfo{"execution", "process", KeyType::Text, false, "", "one of its own",
            "Processors of one name are driven by one process, as parts of one GPU must be."},
    KeyInfo{"execution", "isa", KeyType::Text, false, "", "no cap",
            "The most that oneDNN may use of the instruction set: sse41, avx, avx2, avx512_core, "
            "..."},
    KeyInfo{"execution", "core", KeyType::Index, false, "", "not pinned",
            "The core that its worker is pinned to."},

    KeyInfo{"memories", "capacity", KeyType::Bytes, true, "", "",
            "What fits. A part's capacity counts against its whole's."},
    KeyInfo{"memories", "bandwidth", KeyType::Bandwidth, false, "", "",
            "Of reads and writes together. Required, except of a part, which has its whole's."},
    KeyInfo{"memories", "part_of", KeyType::Name, false, "", "none",
            "The memory that this one is a slice of: own capacity and own tensors, shared "
            "bandwidth."},
    KeyInfo{"memories", "idle_power", KeyType::Power, false, "", "0 W", "Drawn always."},
    KeyInfo{"memories", "energy", KeyType::EnergyPerByte, false, "", "0 pJ/B",
            "Of each byte that layers and copies read or write."},

    KeyInfo{"dma_engines", "memory", KeyType::Name, true, "", "", "The memory that it serves."},
    KeyInfo{"dma_engines", "direction", KeyType::Choice, false, "out, in, both", "both",
            "Whether it copies out of that memory, into it, or both."},
    KeyInfo{"dma_engines", "channels", KeyType::Count, false, "", "1",
            "Copies that it makes at the same time, at most 1,024. They share the bandwidth of "
            "links and memories."},
    KeyInfo{"dma_engines", "setup", KeyType::Time, false, "", "0 s",
            "Spent on each descriptor before the data moves: once for a copy, or once for each "
            "chunk."},
    KeyInfo{"dma_engines", "chunk", KeyType::Bytes, false, "", "any size",
            "The most that one descriptor moves. A larger copy pays the set-up of all its "
            "descriptors."},
    KeyInfo{"dma_engines", "completion", KeyType::Time, false, "", "0 s",
            "From the last byte sent until the copy is known to be done: its channel is held, and "
            "nobody may use what arrived, that much longer."},
    KeyInfo{
        "dma_engines", "outstanding", KeyType::Count, false, "", "the far end writes",
        "Copies into its memory are read, with so many read requests under way at once for each "
        "copy (512 B each on PCIe): data starts a request's way later, and no faster than "
        "outstanding * request / round trip."},

    KeyInfo{"links", "between", KeyType::Ends, true, "", "",
            "The two memories or switches that it joins."},
    KeyInfo{"links", "bandwidth", KeyType::Bandwidth, false, "", "",
            "Usable bytes a second, each way if full duplex. Required, unless kind, generation and "
            "lanes say it."},
    KeyInfo{"links", "kind", KeyType::Text, false, "", "link",
            "A label; with a generation, the standard that the bandwidth follows from."},
    KeyInfo{"links", "generation", KeyType::Count, false, "", "none",
            "Of that standard: see the table of link rates."},
    KeyInfo{"links", "lanes", KeyType::Count, false, "", "1",
            "Lanes (PCIe) or links side by side (NVLink, UPI)."},
    KeyInfo{"links", "latency", KeyType::Time, false, "", "0 s",
            "From the first byte sent to its arrival at the other end."},
    KeyInfo{"links", "duplex", KeyType::Choice, false, "full, half", "full, or as the standard",
            "Full: each way has the whole bandwidth. Half: both ways share it."},
    KeyInfo{"links", "bit_error_rate", KeyType::Chance, false, "", "0",
            "The share of bits that arrive wrong (1e-12). A packet that holds one is sent again "
            "after replay_delay, and everything behind it waits."},
    KeyInfo{"links", "replay_delay", KeyType::Time, false, "", "twice the latency",
            "From the end of a packet that arrives wrong until it is sent again, at most 1 s."},
    KeyInfo{"links", "credits", KeyType::Bytes, false, "", "enough to keep it busy",
            "What the receiver of each direction has room for, headers included. Packets wait for "
            "room, so that no more than credits / round trip flows. At least one packet."},
    KeyInfo{"links", "regimes", KeyType::Entries, false, "", "none",
            "Sizes from which on copies follow another line, as measured where hardware or drivers "
            "change protocol; each is named by its size (\"64 KiB: {time: 15 us, bandwidth: 80 "
            "GB/s}\"), in ascending order. Smaller copies than the first follow the bandwidth "
            "alone."},

    KeyInfo{"links", "compression", KeyType::Section, false, "", "none",
            "Engines at both ends that pack what is sent."},
    KeyInfo{
        "links", "priorities", KeyType::Flag, false, "", "false",
        "Copies of a higher priority (the plan's) go first. They do so at memories, too, if all "
        "links on their way keep priorities; else nowhere."},
    KeyInfo{"links", "load_store", KeyType::Flag, false, "", "false",
            "Processors may read across it where data lies, without a copy (the plan's in_place), "
            "as over NVLink-C2C, NVLink, CXL.mem, UPI or Infinity Fabric. All links on the way "
            "must allow it."},
    KeyInfo{"links", "idle_power", KeyType::Power, false, "", "0 W", "Drawn always."},
    KeyInfo{"links", "energy", KeyType::EnergyPerByte, false, "", "0 pJ/B",
            "Of each byte sent, after compression."},

    KeyInfo{"compression", "ratio", KeyType::Ratios, true, "", "",
            "Original over packed size: one number for all, or a map for what copies carry (input, "
            "activation, weight) with a default for the others."},
    KeyInfo{"compression", "rate", KeyType::Bandwidth, true, "", "",
            "Original bytes a second that the engines of each direction pack and unpack."},

    KeyInfo{"regimes", "time", KeyType::Time, true, "", "",
            "What a copy of this size takes alone on the link, beside the set-up of who copies and "
            "the latency."},
    KeyInfo{"regimes", "bandwidth", KeyType::Bandwidth, true, "", "",
            "What each further byte adds: copies of n bytes take time + (n - size) / bandwidth. It "
            "may be above the link's own, which copies still share."},

    KeyInfo{"switches", "latency", KeyType::Time, false, "", "0 s", "Added to what passes."},
    KeyInfo{"switches", "peer_to_peer", KeyType::Flag, false, "", "true",
            "False: everything enters or leaves by the upstream link, so that devices below cannot "
            "send to each other."},
    KeyInfo{"switches", "arbiter", KeyType::Choice, false, "round_robin, fifo, priority, weighted",
            "round_robin",
            "Which packet goes next where several want the same output (fidelity packet only). "
            "priority: of the transfer that stands first in the plan. weighted: in proportion to "
            "the bandwidth of the inputs."},
    KeyInfo{"switches", "upstream", KeyType::Name, false, "", "none",
            "The link that leads towards the host."},
    KeyInfo{"switches", "reduction", KeyType::Bandwidth, false, "", "none",
            "Bytes of operands a second that it adds up itself (NVLink SHARP): with a plan's "
            "collectives in_switch, each processor sends its operand once and receives the sum "
            "once. Without it, a switch only forwards."},
    KeyInfo{"switches", "multicast", KeyType::Flag, false, "", "false",
            "It sends one copy on to several outputs. Copies of one tensor that are queued "
            "together at one DMA engine or processor, and whose ways part at such switches only, "
            "are one: a single set-up, and the data crosses what they share once."},
    KeyInfo{"switches", "ports", KeyType::Count, false, "", "any number",
            "Links that can end at it."},
    KeyInfo{"switches", "idle_power", KeyType::Power, false, "", "0 W", "Drawn always."},

    KeyInfo{"packages", "slowdown", KeyType::Factor, true, "", "",
            "While k of its processors run layers, each takes 1 + (k - 1) * (slowdown - 1) times "
            "as long."},

    KeyInfo{"load", "link", KeyType::Name, false, "", "",
            "The link that others send over. Exactly one of link, memory and processor says what "
            "the load is on."},
    KeyInfo{"load", "memory", KeyType::Name, false, "", "",
            "The memory whose bandwidth others use."},
    KeyInfo{"load", "processor", KeyType::Name, false, "", "",
            "The processor that others slow down, or that goes away."},
    KeyInfo{"load", "rate", KeyType::Bandwidth, false, "", "",
            "Of a link or a memory: what others move while nobody is in their way. "
            "They compete as one flow, which gets its fair share like each of ours."},
    KeyInfo{"load", "direction", KeyType::Choice, false, "forward, backward, both", "both",
            "Of a link: from the first to the second of what it joins, back, or the rate each "
            "way."},
    KeyInfo{"load", "share", KeyType::OpenShare, false, "", "",
            "Of a processor: what others take of its compute, so that layers run at 1 - share of "
            "their speed. A processor has exactly one of share, slowdown and lost."},
    KeyInfo{"load", "slowdown", KeyType::Factor, false, "", "",
            "Of a processor: its layers take so many times as long. Of a link: it carries so many "
            "times less, both ways."},
    KeyInfo{"load", "lost", KeyType::True, false, "", "",
            "Of a processor: it is gone. What it was doing is lost, and begins again when it is "
            "back; what is in memory stays."},
    KeyInfo{"load", "from", KeyType::Time, false, "", "0 s",
            "From when on it holds, counted from the start of the run."},
    KeyInfo{"load", "until", KeyType::Time, false, "", "for ever", "When it ends to hold."},
    KeyInfo{"load", "every", KeyType::Time, false, "", "once",
            "It holds again so much later, and again. Longer than from `from` to `until`."},
    KeyInfo{"calibrated", "from", KeyType::Text, true, "", "",
            "What they were fitted to, and how well that predicted what it was not fitted to."},
    KeyInfo{"calibrated", "numbers", KeyType::Entries, false, "", "none",
            "By their place in this file: `\"processors.cpu0.launch_overhead\"`."},
    KeyInfo{"numbers", "before", KeyType::Text, true, "", "", "What it was."},
    KeyInfo{"numbers", "after", KeyType::Text, true, "", "", "What it was fitted to."},
    KeyInfo{"numbers", "low", KeyType::Text, false, "", "not known",
            "Nine of ten fits to plans drawn anew lie between this"},
    KeyInfo{"numbers", "high", KeyType::Text, false, "", "not known", "and this."},
};

// JSON schema (draft 7) of machine files, for editors.
std::string machine_schema();

// The key reference and the table of link rates, as Markdown.
std::string machine_reference();

}  // namespace partita
