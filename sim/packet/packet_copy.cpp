#include "sim/packet/packet_copy.h"

#include <algorithm>

#include "sim/packet/packet_network.h"

namespace partita::sim {
namespace {

constexpr std::int64_t kTrains = 1024;
constexpr std::int64_t kLeastUnderWay = 64;

constexpr std::int64_t pieces(std::int64_t size, std::int64_t each) {
  return (size + each - 1) / each;
}

}  // namespace

void PacketCopy::start(FlowId flow, LegJob& job, FlowOwner& owner) {
  flow_ = flow;
  job_ = &job;
  owner_ = &owner;
  pull_ = job.leg->pull ? &*job.leg->pull : nullptr;
  choose_sizes();
  asked_ = due_ = sent_ = 0;
  to_leave_ = to_arrive_ = pieces(job.size.value, part_);
  const Time now = network_.clock_.now();
  cap_ = job.leg->pace_of_links(job.size).cap;
  next_at_ = now;

  const Leg& leg = *job.leg;
  data_.path.owner = &data_;
  const auto& channels = network_.hardware_->channels();
  const std::vector<std::uint32_t>& uses = leg.uses[static_cast<std::size_t>(job.content)];
  Wide slowest = 0;
  data_.path.left_hop = 0;
  for (std::size_t i = 0; i < leg.channels.size(); ++i) {
    const Wide burst = channels[leg.channels[i]].burst.value;
    const Wide rate = burst * kWholeUse / (uses.empty() ? kWholeUse : uses[i]);
    if (i > 0 && rate >= slowest) continue;
    slowest = rate;
    data_.path.left_hop = static_cast<std::uint32_t>(i);
  }
  network_.open(data_.path, *this, {leg.channels, leg.src, leg.dst, train_, packets_in_a_train()});
  if (pull_ == nullptr) {
    due_ = job.size.value;
    constexpr int kAhead = 4;
    for (int i = 0; i < kAhead; ++i) send_next(now);
    return;
  }
  requests_.path.owner = &requests_;
  network_.open(requests_.path, *this, {pull_->back, leg.dst, leg.src, 0, requests_each_});
  for (std::int64_t i = 0; i < pull_->outstanding / requests_each_; ++i) ask_next(now);
}

void PacketCopy::choose_sizes() {
  const std::int64_t size = job_->size.value;
  payload_ = 0;
  for (const ChannelId channel : job_->leg->channels) {
    const std::int64_t most = network_.kinds_[channel].format.max_payload.value;
    if (most > 0 && (payload_ == 0 || most < payload_)) payload_ = most;
  }
  if (payload_ == 0) payload_ = packet_format("").max_payload.value;
  std::int64_t most = network_.longest_train_;
  for (const ChannelId channel : job_->leg->channels) {
    const PacketNetwork::Kind& kind = network_.kinds_[channel];
    if (kind.link == nullptr || !kind.link->credits) continue;
    const std::int64_t room =
        kind.link->credits->value / (payload_ + kind.format.write_header.value);
    most = std::min(most, room / kLeastUnderWay);
  }
  const auto train_of = [&](std::int64_t all, std::int64_t longest) {
    return std::clamp<std::int64_t>(pieces(all, kTrains), 1, std::max<std::int64_t>(1, longest));
  };
  train_ = train_of(pieces(size, payload_), most) * payload_;
  part_ = size;
  if (pull_ == nullptr) return;
  const std::int64_t request = pull_->request.value;
  requests_each_ = train_of(pieces(size, request),
                            std::min<std::int64_t>(most, pull_->outstanding / kLeastUnderWay));
  part_ = requests_each_ * request;
  train_ = requests_each_ == 1 ? payload_ : std::max(payload_, std::min(train_, part_));
}

void PacketCopy::ask_next(Time at) {
  const std::int64_t bytes = std::min(part_, job_->size.value - asked_);
  if (bytes == 0) return;
  tlm::tlm_generic_payload& payload =
      network_.pool_.make(tlm::TLM_READ_COMMAND, static_cast<std::uint64_t>(asked_), bytes);
  asked_ += bytes;
  Packet& packet = Packet::of(payload);
  packet.path = &requests_.path;
  packet.count = pieces(bytes, pull_->request.value);
  packet.tail = at;
  packet.last = true;
  network_.send(pull_->back.front(), payload, at);
}

void PacketCopy::answer_next(Time at) {
  due_ = std::min(job_->size.value, due_ + part_);
  while (sent_ < due_) send_next(at);
}

void PacketCopy::send_next(Time at) {
  const std::int64_t bytes = std::min(train_, due_ - sent_);
  if (bytes == 0) return;
  at = std::max(at, next_at_);
  const Time whole = cap_ == kNoCap ? at : at + Bytes{bytes} / Bandwidth{cap_};
  next_at_ = whole;
  tlm::tlm_generic_payload& payload =
      network_.pool_.make(tlm::TLM_WRITE_COMMAND, static_cast<std::uint64_t>(sent_), bytes);
  Packet& packet = Packet::of(payload);
  packet.first = sent_ == 0;
  sent_ += bytes;
  packet.path = &data_.path;
  packet.bytes = bytes;
  packet.count = pieces(bytes, payload_);
  packet.tail = whole;
  packet.last = sent_ == due_;
  network_.send(job_->leg->channels.front(), payload, at);
}

void PacketCopy::Data::sent(Time at) {
  if (copy.pull_ == nullptr) copy.send_next(at);
}

void PacketCopy::Data::left(Time at) {
  if (--copy.to_leave_ == 0) copy.owner_->finish_changed(copy.flow_, at);
}

void PacketCopy::Data::arrived(Time at) {
  if (--copy.to_arrive_ == 0) return copy.network_.done(copy, at);
  copy.ask_next(at);
}

void PacketCopy::Requests::arrived(Time at) { copy.answer_next(at); }

}  // namespace partita::sim
