// A TLM-2.0 memory: takes what is written and answers what is read.
#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <systemc>
#include <tlm>

#include "sim/clock.h"

namespace partita::sim {

// Model: a write is done when it comes, a read `latency` later, however many there are. Its
//   bandwidth is that of a port in front of it.
// Left out: content.
class PacketMemory : public sc_core::sc_module {
 public:
  explicit PacketMemory(const sc_core::sc_module_name& name, Time latency = Time{0})
      : sc_module(name), in("in"), latency_(latency) {
    in.register_nb_transport_fw(this, &PacketMemory::take);
  }

  tlm_utils::multi_passthrough_target_socket<PacketMemory, 32, tlm::tlm_base_protocol_types, 0,
                                             sc_core::SC_ZERO_OR_MORE_BOUND>
      in;

  void reset() { bytes_written_ = 0; }
  std::int64_t bytes_written() const { return bytes_written_; }

 private:
  tlm::tlm_sync_enum take(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                          sc_core::sc_time& delay) {
    if (payload.is_write()) {
      bytes_written_ += payload.get_data_length();
    } else {
      delay += to_sc(latency_);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  }

  const Time latency_;
  std::int64_t bytes_written_ = 0;
};

}  // namespace partita::sim
