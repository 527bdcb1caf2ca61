#include "sim/packet/packet.h"

#include <algorithm>

namespace partita::sim {

tlm::tlm_generic_payload& PacketPool::make(tlm::tlm_command command, std::uint64_t address,
                                           std::int64_t bytes) {
  if (idle_.empty()) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    all_.back()->set_extension(new Packet);  // it stays on, and is freed with the payload
    idle_.push_back(all_.back().get());
  }
  tlm::tlm_generic_payload& payload = *idle_.back();
  idle_.pop_back();
  const auto length = static_cast<std::size_t>(bytes);
  if (content_.size() < length) {
    // Payloads under way keep pointers into it: it must not move while any is.
    content_.resize(std::max(length, 2 * content_.size()));
    for (const auto& other : all_) other->set_data_ptr(content_.data());
  }
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(content_.data());
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(std::max<std::int64_t>(1, bytes)));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  Packet::of(payload) = Packet{};
  payload.acquire();
  return payload;
}

void PacketPool::free(tlm::tlm_generic_payload* payload) { idle_.push_back(payload); }

}  // namespace partita::sim
