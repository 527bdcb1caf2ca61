// What the coordinator asks of the leader of a crew, on this computer or another one.
//
// Over any stream of bytes; messages as between leader and workers, without file descriptors. The
// leader answers each request with Done and a content, or with Failed, a sentence, and who is to
// blame (a worker's number or kNobody, and a WorkerFailure::Kind), after which the crew has ended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exec/worker/surroundings.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

enum class CrewRequest : std::uint32_t {
  Hello,         // build number -> build number; refused where they differ
  Start,         // specs, patience in ms -> Opened of each
  Load,          // model -> gaps of each
  Prepare,       // CrewOrder -> Prepared of each
  Inputs,        // of the network: placed values -> nothing
  Run,           // RunOrder -> Ran of each
  Results,       // places and sizes -> values
  Surroundings,  // nothing -> Surroundings of the computer
};

// Differs where what travels may differ: another protocol, another table of operators, other sizes
// of what is sent as it lies in memory.
std::uint64_t build_number();

// Values for, or from, a place in the crew's shared memory.
struct PlacedValues {
  std::uint64_t offset = 0;
  std::vector<std::byte> values;
};

// A plan, lowered: what each worker does, and what memory they share.
struct CrewOrder {
  std::vector<PrepareOrder> orders;
  std::uint64_t shared_bytes = 0;
  std::vector<PlacedValues> inputs;
  // Weights that change hands, through a memory of their own: who writes which where.
  std::vector<std::vector<Placed>> gives;
  std::uint64_t weight_bytes = 0;
};

void write(Writer& out, const CrewOrder& order);
void write(Writer& out, const std::vector<PlacedValues>& values);
void write(Writer& out, const Surroundings& it);
void read(Reader& in, CrewOrder& order);
void read(Reader& in, std::vector<PlacedValues>& values);
void read(Reader& in, Surroundings& it);

}  // namespace partita::exec
