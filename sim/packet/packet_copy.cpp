#include "sim/packet/packet_copy.h"

#include <algorithm>

#include "sim/delay_line.h"
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
  to_leave_ = parts();
  const Time now = network_.clock_.now();
  cap_ = job.way->pace_of_links(job.size).cap;
  next_at_ = now;
  ways_ = ends_ = 0;
  std::vector<LegJob*> jobs;
  for_copy(job, [&](LegJob& each) { jobs.push_back(&each); });
  open_data(jobs, 0);
  choose_left_hop();
  if (pull_ == nullptr) {
    due_ = job.size.value;
    constexpr int kAhead = 4;
    for (int i = 0; i < kAhead; ++i) send_next(now);
    return;
  }
  requests_.path.owner = &requests_;
  network_.open(requests_.path, *this,
                {.channels = pull_->back,
                 .from = job.leg->dst,
                 .to = job.leg->src,
                 .last = pull_->back.size(),
                 .packets = requests_each_});
  for (std::int64_t i = 0; i < pull_->outstanding / requests_each_; ++i) ask_next(now);
}

std::int64_t PacketCopy::parts() const { return pieces(job_->size.value, part_); }

// From hop `first` of all these on, as far as they go together.
PacketCopy::Data& PacketCopy::open_data(const std::vector<LegJob*>& jobs, std::size_t first) {
  if (ways_ == data_.size()) data_.emplace_back(*this);
  Data& data = data_[ways_++];
  const Leg& leg = *jobs.front()->leg;
  const auto channel = [](const LegJob* job, std::size_t at) { return job->leg->channels[at]; };
  std::size_t last = first;
  const auto go_on_together = [&](const LegJob* job) {
    return last < job->leg->channels.size() && channel(job, last) == leg.channels[last];
  };
  while (last < leg.channels.size() && std::all_of(jobs.begin(), jobs.end(), go_on_together)) {
    ++last;
  }
  data.job = jobs.front();
  data.first = first;
  data.path.owner = &data;
  network_.open(data.path, *this,
                {.channels = leg.channels,
                 .from = leg.src,
                 .to = leg.dst,
                 .first = first,
                 .last = last,
                 .uses = leg.uses[static_cast<std::size_t>(job_->content)],
                 .bytes = train_,
                 .packets = packets_in_a_train()});
  data.path.forks.clear();
  data.to_arrive = parts();
  if (jobs.size() == 1) {
    ++ends_;
    return data;
  }
  std::vector<LegJob*> left = jobs;
  while (!left.empty()) {
    const ChannelId next = channel(left.front(), last);
    const auto others = std::stable_partition(
        left.begin(), left.end(), [&](const LegJob* job) { return channel(job, last) == next; });
    Data& branch = open_data({left.begin(), others}, last);
    branch.path.before = data.path.hops.back().port;
    data.path.forks.push_back({&branch.path, network_.out_.at({leg.channels[last - 1], next})});
    left.erase(left.begin(), others);
  }
  return data;
}

// The narrowest of all hops.
void PacketCopy::choose_left_hop() {
  Wide slowest = 0;
  Data* narrowest = nullptr;
  for (std::size_t way = 0; way < ways_; ++way) {
    Data& data = data_[way];
    data.path.left_hop = PacketPath::kNoHop;
    const Leg& leg = *data.job->leg;
    const std::vector<std::uint32_t>& uses = leg.uses[static_cast<std::size_t>(job_->content)];
    for (std::size_t i = 0; i < data.path.hops.size(); ++i) {
      const std::size_t at = data.first + i;
      const Wide burst = network_.hardware_->channels()[leg.channels[at]].burst.value;
      const Wide rate = burst * kWholeUse / (uses.empty() ? kWholeUse : uses[at]);
      if (narrowest != nullptr && rate >= slowest) continue;
      slowest = rate;
      if (narrowest != nullptr) narrowest->path.left_hop = PacketPath::kNoHop;
      narrowest = &data;
      data.path.left_hop = static_cast<std::uint32_t>(i);
    }
  }
}

void PacketCopy::choose_sizes() {
  const std::int64_t size = job_->size.value;
  payload_ = 0;
  for (const ChannelId channel : job_->way->channels) {
    const std::int64_t most = network_.kinds_[channel].format.max_payload.value;
    if (most > 0 && (payload_ == 0 || most < payload_)) payload_ = most;
  }
  if (payload_ == 0) payload_ = packet_format("").max_payload.value;
  std::int64_t most = network_.longest_train_;
  for (const ChannelId channel : job_->way->channels) {
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
  packet.path = &data_.front().path;
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
  if (--to_arrive > 0) return copy.ask_next(at);
  if (--copy.ends_ == 0) copy.network_.done(copy);
  copy.network_.line_.packets_arrive(*job, at);
}

void PacketCopy::Requests::arrived(Time at) { copy.answer_next(at); }

}  // namespace partita::sim
