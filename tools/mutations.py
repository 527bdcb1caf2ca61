"""Mistakes that tests must notice: each changes one rule in one place. tools/mutate.py makes them, one at a time."""

from typing import NamedTuple


class Mutation(NamedTuple):
    what: str
    file: str
    text: str  # stands in the file exactly once
    instead: str


_LEG_JOB = "sim/leg_job.h"
_ENGINE = "sim/dma_engine.cpp"
_SERVER = "sim/leg_server.cpp"
_LINE = "sim/delay_line.cpp"
_FABRIC = "sim/fabric.cpp"
_PROCESSOR = "sim/processor.cpp"
_SCHEDULER = "sim/scheduler.cpp"
_REQUEST = "sim/inference.cpp"
_LOOP = "models/evaluate/event_loop.cpp"
_ENDS = "models/evaluate/what_ends.cpp"
_STARTS = "models/evaluate/what_starts.cpp"
_INFERENCE = "models/evaluate/inference.cpp"
_QUEUE = "models/evaluate/job_queue.h"
_READY = "models/evaluate/ready_queue.h"
_FLUID = "models/evaluate/fluid.cpp"

# The machine of SystemC modules.
_MACHINE = [
    Mutation("ties of a queue in reverse", _LEG_JOB, "a->span->queued, a->request, a->transfer) >",
             "a->span->queued, a->request, b->transfer) >"),
    Mutation("a queue that ignores when its legs came", _LEG_JOB,
             "std::tie(b->priority, a->span->queued,", "std::tie(b->priority, b->span->queued,"),
    Mutation("a queue that knows no priorities", _LEG_JOB, "std::tie(b->priority, a->span->queued,",
             "std::tie(a->priority, a->span->queued,"),
    Mutation("links that compress nothing", _FABRIC, "way.uses[static_cast<std::size_t>(job.content)]",
             "std::span<const std::uint32_t>{}"),
    Mutation("links that keep no priorities", _FABRIC, "way.priorities ? job.priority_on_links() : 0", "0"),
    Mutation("the latency forgotten", _ENGINE, "line_.send(each, each.leg->latency)", "line_.send(each, Time{0})"),
    Mutation("the set-up of engines forgotten", _SERVER, "after(spec_.setup_of(job.size), wait)",
             "after(Time{0}, wait)"),
    Mutation("chunks pay one set-up together", _SERVER, "spec_.setup_of(job.size)", "spec_.setup"),
    Mutation("completion forgotten", _SERVER, "if (spec_.completion > Time{0}) {", "if (false) {"),
    Mutation("an engine has one channel", _ENGINE, "i < static_cast<std::size_t>(spec.channels)", "i < 1"),
    Mutation("rates stay when an engine's data ends", _ENGINE,
             "  } else {\n    fabric_.touch();\n", "  } else {\n"),
    Mutation("an engine that forgets who waits", _ENGINE, "busy_ < channels_.size() && !queue_.empty()", "false"),
    Mutation("an empty tensor takes 2 ps", _SERVER, "clock_.in(Time{1})", "clock_.in(Time{2})"),
    Mutation("arrivals 1 ps late", _LINE, "clock_.in(delay)", "clock_.in(delay + Time{1})"),
    Mutation("a copy does not wait for the processor's layers", _PROCESSOR, "if (running_ == 0 && !queue_.empty()) {",
             "if (!queue_.empty()) {"),
    Mutation("a layer goes before a copy", _PROCESSOR, "if (running_ == 0 && !queue_.empty()) {",
             "if (running_ == 0 && !queue_.empty() &&\n"
             "        !(next_ < order_->size() && scheduler_.ready((*order_)[next_]))) {"),
    Mutation("the launch overhead forgotten", _PROCESSOR, "after(cost->launch_overhead(spec), cost->time)",
             "cost->time"),
    Mutation("a package counts layers, not processors", _PROCESSOR, "changed(running_ == 1 ? 1 : 0)", "changed(1)"),
    Mutation("a package stays disturbed", _PROCESSOR,
             "changed(running_ == 0 ? -1 : 0);\n    if (running_ == 0) busy_ += now - busy_since_;",
             "changed(0);\n    if (running_ == 0) busy_ += now - busy_since_;"),
    Mutation("a processor forgets the copies that wait for its layers to end", _PROCESSOR,
             "!ready_.empty() || !queue_.empty() || lost_", "!ready_.empty() || lost_"),
    Mutation("streams do not share the processor", _PROCESSOR,
             ".running = static_cast<std::int64_t>(running_)", ".running = 1"),
    Mutation("a crowd is forgotten when it changes", _PROCESSOR, "  crowd_changed_ = false;\n  limit_layers();",
             "  limit_layers();"),
    Mutation("layers do not contend for their memory", _PROCESSOR, "demand.contends ? 1u : 0u", "0u"),
    Mutation("only idle processors hear that inputs are there", _PROCESSOR,
             "if (running_ < streams_.size() && !server_.busy()) wake();",
             "if (running_ == 0 && !server_.busy()) wake();"),
    Mutation("workspace never released", _SCHEDULER, "  memory.release(facts.layers[layer].workspace);\n", ""),
    Mutation("results that nobody reads never released", _SCHEDULER,
             "    if (copy.needed_by == 0) memory.release(copy.size);\n", ""),
    Mutation("cold weights go when they have been read", _SCHEDULER, "== 0 && !copy.stays)", "== 0)"),
    Mutation("staging copies never released", _SCHEDULER, "parts_.memories[job.leg->src]->release(job.size);",
             "parts_.memories[job.leg->src]->release(Bytes{});"),
    Mutation("shared weights counted for each reader", _SCHEDULER,
             "if (std::exchange(counted[there], weight) == weight) continue;", "counted[there] = weight;"),
    Mutation("inputs that nobody needs occupy memory", _SCHEDULER,
             "if (copy.needed_by > 0 && (", "if (("),
    Mutation("the memory's first processor copies for all", _REQUEST,
             "if (!leg.engine && tensor.producer && memory_of(*tensor.producer) == leg.src) {",
             "if (!leg.engine && tensor.producer && memory_of(*tensor.producer) != leg.src) {"),
    Mutation("the way of outputs to the host does not count", _SCHEDULER,
             "if (transfer.dst == inference.facts().hardware->host() &&",
             "if (transfer.dst != inference.facts().hardware->host() &&"),
    Mutation("tensors of given time occupy nothing where they arrive", _SCHEDULER, "put(transfer.dst, job.size);",
             "put(transfer.dst, Bytes{});"),
    Mutation("of several requests, the youngest copy goes first", _LEG_JOB, "queued, a->request, a->transfer)",
             "queued, b->request, a->transfer)"),
    Mutation("the youngest request goes first", _PROCESSOR, "return number < other->number();",
             "return number > other->number();"),
    Mutation("one request more in flight", _SCHEDULER,
             "active_ < workload_->in_flight", "active_ <= workload_->in_flight"),
    Mutation("nobody is admitted when a request ends", _SCHEDULER, "  if (!decides_now_) admit_all();", ""),
    Mutation("outputs stay when their request has ended", _SCHEDULER,
             "read_once(host ? inference.copy_in(output, *host) : inference.home(output));",
             "if (!host) read_once(inference.home(output));"),
    Mutation("weights of one plan only", _SCHEDULER, "if (plans.size() > 1) {", "plans.resize(1);\n  if (false) {"),
    Mutation("arrivals 1 ps early", "sim/arrivals.cpp", "requests[arrived_].arrival <= clock_.now()",
             "requests[arrived_].arrival <= clock_.now() + Time{1}"),
    Mutation("a layer that starts alone does not begin to keep its processor busy", _PROCESSOR,
             "if (running_ == 1) busy_since_", "if (running_ == 2) busy_since_"),
]  # fmt: skip

# The plain evaluator.
_EVALUATOR = [
    Mutation("plain: ties of a queue in reverse", _QUEUE, "job.transfer < other.job.transfer",
             "job.transfer > other.job.transfer"),
    Mutation("plain: the least urgent copy goes first", _QUEUE, "return priority > other.priority;",
             "return priority < other.priority;"),
    Mutation("plain: all tensors are packed like results", _STARTS,
             "Content::Weight : facts_.tensors[transfer.tensor].content", "Content::Weight : Content::Activation"),
    Mutation("plain: priorities count on all links", _STARTS, "way.priorities ? std::max(0, transfer.priority) : 0",
             "std::max(0, transfer.priority)"),
    Mutation("fluid: whatever priority comes last goes first", _FLUID,
             "highest = std::max(highest, flows_[id].priority);", "highest = flows_[id].priority;"),
    Mutation("plain: ties as they come", _QUEUE, "return other.queued == now &&", "return other.queued > now &&"),
    Mutation("plain: of several requests, the youngest copy goes first", _QUEUE, "(request < other.request ||",
             "(request > other.request ||"),
    Mutation("plain: an engine serves several legs at once", _STARTS,
             "if (!servers_[id].busy) start_leg(id);", "start_leg(id);"),
    Mutation("plain: the highest free stream", _STARTS,
             "slot = processor.first_stream;\n  while (on_stream_[slot].inference != nullptr) ++slot;",
             "slot = processor.first_stream + processor.streams - 1;\n"
             "  while (on_stream_[slot].inference != nullptr) --slot;"),
    Mutation("plain: a copier without set-up", _LOOP, "setup = hardware.processors()[id].copy_setup;",
             "setup = Time{0};"),
    Mutation("plain: a copier free before the arrival", _ENDS, "if (!server.copier) {\n    server.busy",
             "if (true) {\n    server.busy"),
    Mutation("plain: shared weights counted for each reader", _LOOP,
             "if (first_of_run(loaded_", "if (first_of_run(loaded_[0]); true || first_of_run(loaded_"),
    Mutation("plain: weights counted for each plan", _LOOP, "if (plans.size() == 1 || first_of_run(held_",
             "if (plans.size() < 9 || first_of_run(held_"),
    Mutation("plain: outputs released", _INFERENCE,
             "facts.host.value_or(made) ? 1u : 0u", "facts.host.value_or(made) ? 0u : 0u"),
    Mutation("plain: outputs stay when their request has ended", _ENDS, "if (!producer) continue;",
             "if (producer) continue;"),
    Mutation("plain: a layer starts with one input missing", "models/evaluate/inference.h",
             "layers[next].missing == 0", "layers[next].missing <= 1"),
    Mutation("plain: inputs of the network are everywhere", _INFERENCE, "inputs_travel ? fact.given_inputs : 0",
             "inputs_travel ? 0 : 0"),
    Mutation("plain: a processor disturbs itself", _STARTS,
             "static_cast<std::int64_t>(running_members_[*processor.package]) - 1",
             "static_cast<std::int64_t>(running_members_[*processor.package])"),
    Mutation("plain: the youngest request goes first", _READY, "a->number > b->number", "a->number < b->number"),
    Mutation("plain: one request more in flight", _ENDS, "in_flight_ < workload.in_flight",
             "in_flight_ <= workload.in_flight"),
    Mutation("plain: a request ends before its last part does", _ENDS,
             "if (--inference.left == 0) ended_", "if (--inference.left == 1) ended_"),
    Mutation("plain: copies by a processor do not keep it busy", _ENDS,
             "processors_[*span.copier].total += now_ - span.start;", ""),
]  # fmt: skip

# The arithmetic that both share: for its own tests and the checker.
_ARITHMETIC = [
    Mutation("a finish rounded down", _FLUID, "work = flow.remaining + flow.rate - 1;",
             "work = std::max<Wide>(flow.remaining, flow.rate);"),
    Mutation("the widest channel limits", _FLUID, "level = std::min(level, channel.share())",
             "level = std::max(level, channel.share())"),
    Mutation("what flows take is not taken", _FLUID, "std::max<std::int64_t>(0, channel.left - rate)",
             "std::max<std::int64_t>(0, channel.left)"),
    Mutation("channels never notice that they are full", _FLUID, "channel.demand += taken(flow, i, flow.cap);",
             "channel.demand += 0 * taken(flow, i, flow.cap);"),
    Mutation("a layer's demand rounded down", _FLUID, "(picobytes(traffic).value + length / 2) / length",
             "picobytes(traffic).value / length"),
]  # fmt: skip

_BACKGROUND = "sim/background.cpp"
_OTHERS = "models/evaluate/what_others_do.cpp"
_CLOCK = "models/evaluate/load_clock.cpp"

# Load of others.
_LOAD = [
    Mutation("traffic never ends", _BACKGROUND, "      fabric_.stop(flow);\n", ""),
    Mutation("traffic keeps its first rate", _BACKGROUND, "fabric_.limit(flow, rate);", ";"),
    Mutation("rates stay when traffic changes", _BACKGROUND, "  fabric_.touch();\n", ""),
    Mutation("load stops when nobody works", _BACKGROUND, "scheduler_.idle() && !waits_for_return()",
             "scheduler_.idle()"),
    Mutation("lost layers go on", _PROCESSOR, "if (lost_) return halt();", "if (lost_) return;"),
    Mutation("a lost processor starts layers", _PROCESSOR, "if (lost_) return halt();", "if (lost_) halt();"),
    Mutation("a lost copy is forgotten", _PROCESSOR, "if (server_.halted()) {\n    busy_since_",
             "if (false) {\n    busy_since_"),
    Mutation("lost layers wait for copies", _PROCESSOR, "if (halted_) resume();",
             "if (halted_ && queue_.empty()) resume();"),
    Mutation("a lost layer disturbs its package", _PROCESSOR,
             "changed(running_ == 0 ? -1 : 0);\n    if (running_ == 0) busy_ += clock_.now()",
             "changed(0);\n    if (running_ == 0) busy_ += clock_.now()"),
    Mutation("others slow down only what starts after them", _PROCESSOR,
             "  if (!std::exchange(crowd_changed_, true)) fabric_.apply_later(*this);\n  const bool gone",
             "  const bool gone"),
    Mutation("others slow down only what runs before them", _PROCESSOR, "> kWhole || !speeds_.empty();", "> kWhole;"),
    Mutation("work done does not count against losses", _PROCESSOR, "fabric_.stop(stream.flow);\n    losses_ = 0;",
             "fabric_.stop(stream.flow);"),
    Mutation("data that has left is lost as well", _SERVER,
             "if (state_ != State::SettingUp && state_ != State::Moving) return false;",
             "if (state_ == State::Idle) return false;"),
    Mutation("a copy goes on where it was", _SERVER, "  state_ = State::Idle;\n  start(*job_, waking);",
             "  static_cast<void>(waking);\n  move();"),
    Mutation("interruptions as they come", _SCHEDULER, "key(*std::prev(place)) > key(lost)",
             "key(lost) > key(lost)"),
    Mutation("a layer done again keeps its first start", _SCHEDULER, "span.start = span.finish = clock_.now();",
             "span.finish = clock_.now();"),
    Mutation("plain: changes a picosecond early", _LOOP, "if (load_.next() == now_) change_load();",
             "if (load_.next() <= now_ + Time{1}) change_load();"),
    Mutation("plain: load before what ends", _LOOP, "    end_all();\n    if (load_.next() == now_) change_load();\n",
             "    if (load_.next() == now_) change_load();\n    end_all();\n"),
    Mutation("plain: traffic keeps its first rate", _OTHERS, "fluid_->limit(flow, rate);", ";"),
    Mutation("plain: who is back looks for nothing", _OTHERS, "    } else {\n      wake(id);", "    } else {"),
    Mutation("plain: what is lost ends when it would have", _OTHERS, "  events_.remove(slot);\n", ""),
    Mutation("plain: others slow down nobody", _STARTS, ".load = load_.speeds(id)", ".load = {}"),
    Mutation("plain: a lost copy leaves its flow", _OTHERS, "if (server.flowing) fluid_->stop",
             "if (false) fluid_->stop"),
    Mutation("a window forgets to come again", _CLOCK, "!turn.begins && !entry.every", "!turn.begins"),
    Mutation("one loss of two ends both", _CLOCK, "processor.losses += turn.begins ? 1 : -1;",
             "processor.losses = turn.begins ? 1 : 0;"),
    Mutation("a slowed link is shared", "models/evaluate/what_others_do.cpp", "rate, {{}, of.priority});", "rate);"),
    Mutation("slowed links do not multiply", _CLOCK, "left * speed.numerator", "flow.capacity * speed.numerator"),
    Mutation("traffic does not add up", _CLOCK, "flow.rate += turn.begins ? entry.rate.value : -entry.rate.value;",
             "flow.rate = turn.begins ? entry.rate.value : 0;"),
    Mutation("slowdowns do not multiply", _CLOCK,
             "for (const std::uint32_t i : processor.slow_entries)\n    processor.speeds.push_back(entries_[i].speed);",
             "const auto& held = processor.slow_entries;\n"
             "  if (!held.empty()) processor.speeds.push_back(entries_[held.back()].speed);"),
    Mutation("who goes once in a while is gone for good", _CLOCK, "if (losses == 0 && last_of_instant) return true;",
             "if (losses == 0 && last_of_instant && turns.empty()) return true;"),
]  # fmt: skip

_PORT = "sim/packet/packet_port.cpp"
_ARBITER = "sim/packet/arbiter.cpp"
_PCIE = "sim/packet/pcie.cpp"
_NETWORK = "sim/packet/packet_network.cpp"
_COPY = "sim/packet/packet_copy.cpp"
_FABRIC = "sim/fabric.cpp"
_HARDWARE = "models/hardware/hardware.cpp"
_CAPACITY = "models/hardware/link_capacity.cpp"

# Copies as packets.
_PACKETS = [
    Mutation("a credit comes back at once", _PORT,
             "const Time back = at + lane.spec.latency;", "const Time back = at;"),
    Mutation("credits are not counted", _PORT, "if (lane.outstanding == lane.spec.window) {", "if (false) {"),
    Mutation("each packet rounded up", _PORT, "left_over_ = work % wire_.denominator",
             "left_over_ = wire_.denominator - 1"),
    Mutation("the head does not wait for its header", _PORT, "std::min(start + header, end) + latency",
             "start + latency"),
    Mutation("turns are not counted", _ARBITER, "next_start_[chosen.input] = virtual_time_ + work",
             "next_start_[chosen.input] = virtual_time_ + 0 * work"),
    Mutation("no gap before completions", _PCIE, "packet.gap = std::exchange(gap, Time{0})", "packet.gap = Time{0}"),
    Mutation("chunks are not counted", _PCIE, "pieces(bytes, ends_.chunk.value) * ends_.chunk_time",
             "ends_.chunk_time"),
    Mutation("packets without headers", _NETWORK, "static_cast<Wide>(kind.usable) * (payload + wire.header_each)",
             "static_cast<Wide>(kind.usable) * payload"),
    Mutation("the first packet of a copy begins with another's fraction", _COPY, "packet.first = sent_ == 0;",
             "packet.first = false;"),
    Mutation("what arrived wrong does not go again", _PORT, "again * (time_of(each, 0, 0) + wire_.replay_delay)",
             "0 * again * (time_of(each, 0, 0) + wire_.replay_delay)"),
    Mutation("a replay without a delay", _PORT, "(time_of(each, 0, 0) + wire_.replay_delay)", "time_of(each, 0, 0)"),
    Mutation("a link's credits are not counted", _PORT, "if (wire_.credits > 0) room_taken_ += bytes;", ""),
    Mutation("a link's credits never come back", _PORT, "room_taken_ -= coming.second;", ""),
    Mutation("requests are answered at once", _COPY, "packet.tail = at;\n  packet.last = true;",
             "packet.tail = at;\n  packet.last = true;\n  answer_next(at);"),
    Mutation("all requests go at once", _COPY, "i < pull_->outstanding / requests_each_", "i < (1 << 20)"),
    Mutation("read requests take no time", _HARDWARE, "? pace.wait + pull->asks :", "? pace.wait :"),
    Mutation("a last round of read requests waits too", _HARDWARE, "(size.value - 1) / window.value",
             "size.value / window.value"),
    Mutation("credits need one crossing alone", _CAPACITY, "2 * Wide{crossing.count()}", "Wide{crossing.count()}"),
    Mutation("replays without their delay", _CAPACITY, "wrong * lost", "0 * lost"),
    Mutation("layers leave the whole memory to packets", _FABRIC, "taken += fluid_->taken(flow, channel);",
             "taken += 0;"),
    Mutation("packets arrive before they have left", _LINE, "if (job.left) deliver", "deliver"),
]  # fmt: skip

_MULTICAST = "models/plan/multicast.cpp"

# Copies that switches send on to several outputs. What both engines share is for the checker and the tests by hand.
_MULTICASTS = [
    Mutation("every switch multicasts", _MULTICAST, "hardware.switches()[a.switches[shared - 2]].multicast;",
             "shared <= hardware.switches().size() + shared;"),
    Mutation("a fork is looked for one switch too early", _MULTICAST, "a.switches[shared - 2]", "a.switches[0]"),
    Mutation("copies of all priorities join", _MULTICAST, "group.priority == transfer.priority &&", "true &&"),
    Mutation("what is shared is crossed once for each", _MULTICAST, "way.channels.end(), leg.channels.begin() + from,",
             "way.channels.end(), leg.channels.begin() + 0 * from,"),
    Mutation("a branch that does not pack has no use", _MULTICAST, ": static_cast<std::uint32_t>(kWholeUse)", ": 1u"),
    Mutation("a multicast follows the first one's pace", _HARDWARE,
             "slowest.wait = std::max(slowest.wait, pace.wait);", "if (leg == legs.front()) slowest.wait = pace.wait;"),
    Mutation("only the first branch arrives in memory", _SCHEDULER,
             "parts_.memories[each.leg->dst]->allocate(each.size);",
             "if (!each.follows()) parts_.memories[each.leg->dst]->allocate(each.size);"),
    Mutation("all branches arrive with the first", _PROCESSOR, "line_.send(each, each.leg->latency)",
             "line_.send(each, job.leg->latency)"),
    Mutation("a processor is free when the first branch is over", _SCHEDULER, "--job.first->to_arrive == 0;",
             "--job.first->to_arrive < job.inference->plan().transfers().size() && !job.follows();"),
    Mutation("a lost multicast loses its first branch", _SCHEDULER, "    end_work(*each.inference);\n  });",
             "    if (!each.follows()) end_work(*each.inference);\n  });"),
    Mutation("plain: a processor is free at the first arrival", _ENDS,
             "--servers_[index(*span.copier)].arriving == 0)",
             "--servers_[index(*span.copier)].arriving + 1 > 0 && !inference.multicasts.follows(job.transfer))"),
    Mutation("plain: branches wait in the queue, too", _ENDS,
             "if (job.inference->multicasts.follows(job.transfer)) return;", ""),
    Mutation("plain: one branch begins", _STARTS, "inference.span(transfer).start = now_;",
             "if (transfer == job.transfer) inference.span(transfer).start = now_;"),
    Mutation("packets leave a switch's buffer with their first copy", _PORT, "if (--packet.copies == 0) credit(",
             "if (packet.copies-- == packet.path->forks.size()) credit("),
    Mutation("packets go on by the first fork alone", _PORT, "    offer(each.out, copy, head);",
             "    if (&each == &packet.path->forks.front()) offer(each.out, copy, head);"),
]  # fmt: skip

_ALGORITHMS = "models/collectives/algorithms.cpp"
_STEPS = "models/collectives/steps.cpp"
_EXPANSION = "models/collectives/collectives.cpp"
_UNIT = "models/collectives/reduction_unit.cpp"

# Collectives in steps.
_COLLECTIVES = [
    Mutation("a ring that adds up the owner's part twice", _ALGORITHMS,
             "block.at_owner = block.own[(block.owner + 1) % participants]",
             "block.at_owner = block.own[block.owner % participants]"),
    Mutation("a ring that passes on what it has itself", _ALGORITHMS, "(here + participants - 1) % participants",
             "(here + participants) % participants"),
    Mutation("both trees are the same", _ALGORITHMS, "is_mirrored_(block % 2 == 1)", "is_mirrored_(block % 2 == 2)"),
    Mutation("a node waits for one child", _ALGORITHMS, "child <= 2 * node + 2 && child < participants_",
             "child < 2 * node + 2 && child < participants_"),
    Mutation("everybody sends to the first one first", _EXPANSION,
             "return {sent.round, distance_in(", "return {sent.round, 0 * distance_in("),
    Mutation("every step is launched", _EXPANSION, "cost.launched = entry.does == Step::Does::Launch;",
             "cost.launched = true;"),
    Mutation("a switch adds up for nothing", _EXPANSION, "std::max(1_ps, work.read /",
             "std::max(1_ps, work.read * 0 /"),
    Mutation("a switch sends to one after the other", _UNIT, "std::min(ports.count, kMostDmaChannels)", "1"),
    Mutation("what goes to one is passed on by the one before", _ALGORITHMS,
             "make.pass_on(ways[i][step], i, brought[i])", "make.pass_on(ways[i][step - 1], i, brought[i])"),
    Mutation("a scatter goes up the tree", _ALGORITHMS, "std::reverse(way.begin(), way.end())",
             "std::reverse(way.begin(), way.begin())"),
    Mutation("a scatter sends to the nearest first", _STEPS, "return distance(a) > distance(b)",
             "return distance(a) < distance(b)"),
    Mutation("who makes the first operand collects", _STEPS, "root = place_of_result(0)", "root = place_of_operand(0)"),
    Mutation("ranks on one processor send what they have each", _STEPS, "if (adds && inputs.size() > 1) {",
             "if (adds && inputs.empty()) {"),
    Mutation("the first blocks get all that is over", _STEPS, "(i < elements % parts ? 1 : 0)",
             "(i == 0 ? elements % parts : 0)"),
]  # fmt: skip

_READS = "models/evaluate/reads_in_place.cpp"

# Operands that are read where they lie.
_IN_PLACE = [
    Mutation("nobody waits for what it reads in place", _REQUEST,
             "if (plan_->read_from(tensor, memory_of(consumer)) != memory) continue;",
             "if (memory_of(consumer) != memory) continue;"),
    Mutation("weights that are read in place lie where they are read", _SCHEDULER,
             "plan->read_from(weight, facts.memory_of[plan->processor(reader)])",
             "facts.memory_of[plan->processor(reader)]"),
    Mutation("layers read in place for nothing", _PROCESSOR, "spread_demand(*hardware_, id_, cost, waking, reads)",
             "spread_demand(*hardware_, id_, cost, waking, {})"),
    Mutation("reads in place take all of their rate everywhere", _PROCESSOR, "{stream.spread.uses}", "{}"),
    Mutation("packets have all of the links that layers read across", _FABRIC,
             "fluid_->taken(flow, channel)", "fluid_->taken(flow, ChannelId{0})"),
    Mutation("plain: inputs that are read in place never come", _INFERENCE,
             "if (layers[consumer].memory == each.memory) --layers[consumer].missing;", ""),
    Mutation("plain: what is read in place goes before its last reader has ended", _INFERENCE,
             "++copies[copy].needed;", "if (copies[copy].memory == here) ++copies[copy].needed;"),
    Mutation("plain: weights that are read in place lie where they are read", _LOOP,
             "const MemoryId there = plan.read_from(input, here);", "const MemoryId there = here;"),
    Mutation("reads in place need no request", _READS, "return after(longest, longest);", "return longest;"),
    Mutation("reads in place cross the reader's memory", _READS, "(ends_in_memory ? 1 : 0)",
             "(ends_in_memory ? 0 : 0)"),
    Mutation("two reads over one link take the time of one", _READS,
             "parts[static_cast<std::size_t>(found - channels.begin())] += part;", ""),
    Mutation("reads in place hide in the traffic", _READS, "crossed.add(own, local * kWholeUse);",
             "crossed.add(own, all * kWholeUse);"),
]  # fmt: skip

# Processors that sleep.
_SLEEP = [
    Mutation("who is idle for just so long sleeps", _PROCESSOR, "now - idle_since_ > falls_asleep_",
             "now - idle_since_ >= falls_asleep_"),
    Mutation("who copies is awake", _PROCESSOR, "server_.start(job, waking());", "server_.start(job);"),
    Mutation("only the first layer waits for its processor to wake", _PROCESSOR,
             "return std::max(Time{0}, awake_at_ - now);", "return running_ == 0 ? awake_at_ - now : Time{0};"),
    Mutation("who was taken away does not sleep", _PROCESSOR, "  idle_since_ = clock_.now();\n  halted_ = holds",
             "  halted_ = holds"),
    Mutation("plain: who is idle for just so long sleeps", _STARTS, "busy.idle_since > processor.falls_asleep",
             "busy.idle_since >= processor.falls_asleep"),
    Mutation("plain: a copy does not keep its processor awake", _ENDS,
             "    processors_[*span.copier].idle_since = now_;\n", ""),
]  # fmt: skip

_LOAD_STATE = "partition/loads/load_state.cpp"
_LOAD_SEARCH = "partition/loads/load_search.cpp"
_CONTIGUOUS = "partition/loads/contiguous.cpp"
_MACHINE_LOADS = "partition/loads/machine_loads.cpp"
_PERIOD = "partition/problem/plan_period.cpp"

# Loads of resources, and splits.
_LOADS = [
    Mutation("what stays at home is sent", _LOAD_STATE, "if (count(net, home) > 0) --left;", ""),
    Mutation("sending once is forgotten when the last consumer comes home", _LOAD_STATE,
             "if (left != leaves()) add(", "if (!left && leaves()) add("),
    Mutation("shared weights are held for each user", _LOAD_STATE,
             "if (users(after)++ == 0) keep(after, size);", "++users(after), keep(after, size);"),
    Mutation("a search that forgets what it moved", _LOAD_SEARCH,
             "    moved_.push_back({item, state_.device(item)});\n", ""),
    Mutation("a pipeline whose stages do not go along", _LOAD_SEARCH,
             "if (state_.device(later) < device) put(later, device);", ""),
    Mutation("a split that pays for what it makes by what it gets", _CONTIGUOUS,
             "makes ? kinds_[kind].once : kinds_[kind].each", "makes ? kinds_[kind].each : kinds_[kind].each"),
    Mutation("a split that knows no memories", _CONTIGUOUS,
             "held_ > kinds_[kind].capacity->value", "held_ < 0"),
    Mutation("a device is used twice", _CONTIGUOUS, "state(to, used + stride_[kind])", "state(to, used)"),
    Mutation("engines without set-up", _MACHINE_LOADS, "spec.setup_of(size)), spec.completion",
             "Time{0}), spec.completion"),
    Mutation("copies by a processor take none of its time", _MACHINE_LOADS,
             "uses.push_back({processor_[index(*copier)], ticks(held.count(), 1)});", ""),
    Mutation("each layer has a stream's share of the processor", _MACHINE_LOADS, "(slows ? crowd : kMillion)",
             "kMillion"),
    Mutation("a latency holds the engine", _MACHINE_LOADS, "spec.setup_of(size)), spec.completion",
             "spec.setup_of(size)), spec.completion + leg.latency"),
    Mutation("more at once than memories hold", _PERIOD, "if (fits || in_flight == 1) {", "if (true) {"),
    Mutation("no more at once than a few", _PERIOD, "std::min(kMoreInFlight * in_flight, most_in_flight())",
             "in_flight"),
    Mutation("crossings are not counted on", _LOAD_STATE,
             "crossings_ += (device != other ? 1 : 0) - (from != other ? 1 : 0);", ""),
    Mutation("an item needs nothing beside it where it goes", _LOAD_STATE,
             "    count_beside(new_place, level_[item], 1);\n", ""),
    Mutation("crossings cost nothing", _LOAD_SEARCH, "limit_ > 0 ? state_.crossings() : 0,", "0,"),
    Mutation("workspace needs no room", _MACHINE_LOADS, "Bytes needed = needed_while_running(network(), layer);",
             "Bytes needed = needed_while_running(network(), layer) - network().layer(layer).work.workspace;"),
]  # fmt: skip

_ENERGY = "partition/problem/plan_energy.cpp"
_COST_MODEL = "partition/problem/cost_model.cpp"
_ENERGY_BOUND = "partition/bounds/energy_bound.cpp"
_EXCESS = "partition/problem/constraint_excess.cpp"
_ASSIGNMENT = "partition/problem/assignment_search.cpp"

# What plans cost and must keep to.
_OBJECTIVES = [
    Mutation("energy of copies that processors make", _ENERGY, "if (leg.copier) work_", "if (false) work_"),
    Mutation("a sleep that begins at once", _ENERGY, "std::min(spec.sleep->after, length)", "Time{0}"),
    Mutation(
        "a layer moves more than its memory can",
        _ENERGY,
        "std::min<Wide>(cost->traffic.value,",
        "std::max<Wide>(cost->traffic.value,",
    ),
    Mutation(
        "the last rest before the end is free",
        _ENERGY,
        "if (until < makespan) rest(",
        "if (until > makespan) rest(",
    ),
    Mutation("energy of compressed copies forgotten", _ENERGY, "price.compression != nullptr", "false"),
    Mutation("imbalance that knows no streams", _COST_MODEL, "work[p] /= processors[p].streams;", ""),
    Mutation("limits of terms forgotten", _COST_MODEL, "+ beyond_limits(found.cost)", ""),
    Mutation(
        "a bound that pays the way twice",
        _ENERGY_BOUND,
        "const Wide value = least_[branch.reader][i] + way;",
        "const Wide value = least_[branch.reader][i] + 2 * way;",
    ),
    Mutation("a bound that knows no streams", _ENERGY_BOUND, " / spec(p).streams +", " +"),
    Mutation(
        "a bound whose idle processors never sleep",
        _ENERGY_BOUND,
        "spec.sleep ? std::min(awake, spec.sleep->power.value) : awake",
        "awake",
    ),
    Mutation(
        "contiguous although a path comes back", _EXCESS, "between += before_.in_both", "between += 0 * before_.in_both"
    ),
    Mutation("no share is too large", _EXCESS, "if (part > share.most * all)", "if (false)"),
    Mutation(
        "an assignment that splits groups",
        _ASSIGNMENT,
        "group != nullptr && group->front() != layer",
        "false && group->front() != layer",
    ),
    Mutation(
        "a share that is given up too early",
        _ASSIGNMENT,
        "const Wide most = work_[p] + left.here;",
        "const Wide most = work_[p];",
    ),
]

_BEST_SET = "partition/bounds/best_set.cpp"
_SET_LOAD = "partition/bounds/set_load.cpp"
_PACKING = "partition/bounds/packing_bound.cpp"
_CALL_MODEL = "partition/calls/call_model.cpp"
_LEAST_CALL = "partition/calls/least_call.cpp"

# Bounds of loads; the latency of parts that run as one call.
_CUT_BOUND = "partition/bounds/cut_bound.cpp"
_WHOLE_WORK = "partition/bounds/whole_work.cpp"
_CHAIN_BOUND = "partition/bounds/chain_bound.cpp"
_MEMORY_FEES = "partition/bounds/memory_fees.h"
_SCHEDULES = "partition/bounds/schedule_search.cpp"
_WORK_BOUND = "partition/bounds/work_bound.cpp"
_BOUNDS = [
    Mutation("what comes back to the host's side is free", _CUT_BOUND,
             "cut_.set(comes_[i], crossings_.at({tariff, only_[i], false}).cost);", "cut_.set(comes_[i], 0);"),
    Mutation("what crosses over pays for each consumer", _CUT_BOUND, "add(away, index(consumer), kNever);",
             "add(producer, index(consumer), 1000);"),
    Mutation("places that are alike stand for each other, however busy", _WHOLE_WORK,
             "return loads_[pair.first] == loads_[pair.second];", "return pair.first != pair.second + 1000;"),
    Mutation("neighbours that slow each other down, and do not", _CHAIN_BOUND,
             "machine_.charge(extra, {rest, kMillion},", "machine_.charge(extra, {kMillion, kMillion},"),
    Mutation("a fee for one more than there is", _MEMORY_FEES, "((steps_ + 1) * weights / room) / steps_",
             "((steps_ + 1) * weights / room + 1) / steps_"),
    Mutation("schedules that were cheaper are as good as any", _SCHEDULES, "{length_.back(), 0, extra_}",
             "{length_.back(), 0, 0}"),
    Mutation("a member of a package does all of its neighbours' work", _WORK_BOUND,
             "member == p ? kMillion : package.ppm;", "kMillion;"),
    Mutation("weights follow one of many that are alike", _WORK_BOUND, "    alike.level(slope);\n", ""),
    Mutation("the best weights are any", _WORK_BOUND, "std::max(0.0, -lp.getRowPrice()[r])", "1.0"),
    Mutation("layers that need more beside them are not counted by themselves", "partition/bounds/memory_fees.cpp",
             "if (beside > thresholds.back()) thresholds.push_back(beside);", ""),
    Mutation("one device of a kind does all", _PACKING, "left -= Wide{kinds_[kind].devices} * answer.at_most;",
             "left -= answer.at_most;"),
    Mutation("a set must be two better than the best", _BEST_SET, "(enough + 1) << kFraction",
             "(enough + 2) << kFraction"),
    Mutation("labels that become one keep the higher load", _BEST_SET,
             "last = {last.load, list[at].prize, list[at].trail};", "last = list[at];"),
    Mutation("a state that forgets too early", _BEST_SET, "if (last[at[item]] > i) return false;",
             "if (last[at[item]] > i + 1) return false;"),
    Mutation("neighbours in one place pay", _SET_LOAD, "alone ? model.tariffs.size() : 0", "model.tariffs.size()"),
    Mutation("the dearest way out", _SET_LOAD, "value = std::min(value, candidate);",
             "value = value == std::numeric_limits<std::int64_t>::max() ? candidate : std::max(value, candidate);"),
    Mutation("what enters a call is paid for each edge", _CALL_MODEL,
             "      if (part.is_charged && part.charged == id) continue;\n", ""),
    Mutation("what leaves a call is free", _CALL_MODEL, "(leaves ? node.send : 0)", "0"),
    Mutation("a bound of calls that knows no memories", _LEAST_CALL, "return size <= model_.capacity;", "return true;"),
    Mutation("a call is worth more than it takes", _LEAST_CALL, "add(2 * count + at, at, node.send);",
             "add(2 * count + at, at, 2 * node.send);"),
]  # fmt: skip

# Several requests: weights that come once, and where the time went.
_REQUESTS = [
    Mutation("every request brings its own weights", _SCHEDULER,
             "!cold_weights_.try_emplace({transfer.tensor, transfer.dst}).second;",
             "!cold_weights_.try_emplace({transfer.tensor, transfer.dst}).second && false;"),
    Mutation("a weight is there as soon as somebody asks for it", _SCHEDULER,
             "weight.there ? arrive_shared(job) :", "(weight.there || true) ? arrive_shared(job) :"),
    Mutation("who waits for a weight is never told", _SCHEDULER, "    weight.there = true;\n    for (",
             "    weight.there = true;\n    if (false) for ("),
    Mutation("every request puts its weights beside the others'", _SCHEDULER,
             "(!copy.stays || is_first())", "(!copy.stays || is_first() || true)"),
    Mutation("plain: every request brings its own weights", _ENDS,
             "is_weight && !cold_weights_.claim(transfer.tensor, transfer.dst)",
             "is_weight && !cold_weights_.claim(transfer.tensor, transfer.dst) && false"),
    Mutation("plain: a weight is there as soon as somebody asks for it", "models/evaluate/cold_weights.h",
             "return one.there;", "return true;"),
    Mutation("plain: every request puts its weights beside the others'", _INFERENCE,
             "!fact.stays || cold_weights.claim(input, there)",
             "!fact.stays || cold_weights.claim(input, there) || true"),
    Mutation("plain: whoever shares a weight seems to copy it", _ENDS, "    span.engine.reset();\n", ""),
    Mutation("a request waits for nothing before it is admitted", "models/analysis/lineage.h",
             "if (at > floor) visit(Time{0}, at, Cause::Requests);", ""),
    Mutation("weights are held by each request", "models/analysis/activity.cpp",
             "      if (tensor.stays) {\n", "      if (false) {\n"),
    Mutation("work that is not over has moved nothing", "models/analysis/traffic.cpp",
             "if (flows_[i].until > run_.until) account(i, run_.until);", ""),
    Mutation("a processor that works at the end rests", "models/analysis/energy.cpp",
             "    power.add(*busy, makespan, spec.active.value);", "    rest(*busy, makespan);"),
]  # fmt: skip

# Variants, cancelled requests, weights that move, and directors.
_CONDUCTOR = "sim/conductor.cpp"
_BACKGROUND = "sim/background.cpp"
_CANCELLED = "models/timeline/checker_cancelled.cpp"
_MOVED = "models/timeline/checker_weights.cpp"
_DIRECTED = [
    Mutation("variants cost the same", _PROCESSOR, "stream.inference->variant();", "0;"),
    Mutation("who is cancelled sends on", _SCHEDULER, "  if (inference.cancelled()) return;\n  post(", "  post("),
    Mutation("legs of who is cancelled wait on", _ENGINE,
             "  queue_.remove(inference);\n", "  if (false) queue_.remove(inference);\n"),
    Mutation("an engine whose next leg is cancelled keeps its rates", _ENGINE,
             "  queue_.remove(inference);\n  fabric_.touch();", "  queue_.remove(inference);"),
    Mutation("lost work of who is cancelled begins again", _PROCESSOR,
             "if (!stream.halted || stream.inference != &inference) continue;", "continue;"),
    Mutation("work that is lost when it is cancelled already begins again", _PROCESSOR,
             "if (!stream.inference->cancelled()) continue;", "continue;"),
    Mutation("who is drained keeps what it has", _SCHEDULER,
             "inference.for_held([&]", "if (false) inference.for_held([&]"),
    Mutation("decisions fall while others start", _PROCESSOR, "  if (scheduler_.deciding()) return wake();\n", ""),
    Mutation("engines start while decisions fall", _ENGINE,
             "if (scheduler_.deciding()) return wake_.notify", "if (false) return wake_.notify"),
    Mutation("who goes away takes nothing of the cancelled with it", _BACKGROUND, "  scheduler_.load_turned();\n", ""),
    Mutation("weights go before copies of requests", _REQUEST, "kBelowAll = -1;", "kBelowAll = 8;"),
    Mutation("weights that are dropped stay", _SCHEDULER,
             "    parts_.memories[place.memory]->release(facts.tensors[place.weight].size);\n", ""),
    Mutation("weights move as results", _REQUEST, "relocates() ? Content::Weight : tensor.content", "tensor.content"),
    Mutation("a slowdown of the machine's load is forgotten beside the director's", _BACKGROUND,
             "  slowed.speeds.assign(others.begin(), others.end());\n", "  slowed.speeds.clear();\n"),
    Mutation("a slowdown ends with the next one's end", _CONDUCTOR, "    open->until = clock_.now();\n", ""),
    Mutation("plain: variants cost the same", _INFERENCE, "facts.demands[index(id)",
             "facts.demands[0 * index(id)"),
    Mutation("plain: who is cancelled sends on", _ENDS, "  if (inference.cancelled) return;\n  const Plan::Range",
             "  const Plan::Range"),
    Mutation("plain: who is drained keeps its results", _INFERENCE,
             "if (is_over(id)) release_results(id, false);", "if (false && is_over(id)) release_results(id, false);"),
    Mutation("plain: who is drained keeps what is on its way", _INFERENCE,
             "  release_transfers(memory);\n}", "}"),
    Mutation("plain: who is cancelled in the queue goes on", _QUEUE,
             "return each.job.inference == &inference;", "return false && each.job.inference == &inference;"),
    Mutation("plain: weights that are dropped stay", _ENDS,
             "    memory_.release(place.memory, facts_.tensors[place.weight].size);\n", ""),
    Mutation("checker: starts of the cancelled are not looked at", _CANCELLED,
             "if (start < *at_->cancelled) return;", "return;"),
    Mutation("checker: a drop is nobody's business", _MOVED,
             "    if (!reads) continue;", "    if (!reads || true) continue;"),
    Mutation("checker: weights come from nowhere", _MOVED, "    if (!is_there) {", "    if (!is_there && false) {"),
    Mutation("checker: layers need no weights", _MOVED,
             "if (stay(input, there, start) != nullptr) continue;", "continue;"),
]  # fmt: skip

# Exams: what is fitted, what judges, what is changed.
_JUDGE = "exec/exam/judge.cpp"
_WHAT_IF = "exec/exam/what_if.cpp"
_EXAM = [
    Mutation("held-out plans are fitted to", _JUDGE, "if (!plan.held_out && plan.trustworthy)",
             "if (plan.trustworthy)"),
    Mutation("noisy plans judge", _JUDGE, "    if (!plan.trustworthy) continue;\n", ""),
    Mutation("the best plan is best because it was predicted to be", _JUDGE,
             "result.best_is_best = &predicted", "result.best_is_best = true || &predicted"),
    Mutation("nobody draws lots", "exec/exam/draw_plans.cpp", "    draw_lots(singles);",
             "    draw_lots(singles + 1000);"),
    Mutation("equal plans are there twice", "exec/exam/draw_plans.cpp", "if (!is_there) plans_",
             "if (!is_there || true) plans_"),
    Mutation("overhead is waiting", "exec/exam/time_shares.cpp", "shares.overhead += std::min(most, length);",
             "shares.waiting += std::min(most, length);"),
    Mutation("a slower processor is as fast as ever", _WHAT_IF, "time_scale *= kSlowerProcessor;", "time_scale *= 1;"),
    Mutation("all of a layer scales with the rate", _WHAT_IF,
             "scales = std::clamp(slope * points.front().first, 0.0, time);", "(void)slope;"),
    Mutation("a cap that somebody profiled is estimated", _WHAT_IF, "alike = other;", "(void)other;"),
    Mutation("every resample is all plans", "exec/calibrate/calibrate.cpp",
             "subject.observations[random.below(subject.observations.size())]",
             "subject.observations[0 * random.below(2) + i]"),
    Mutation("a handicap does not hold up copies", "exec/worker/synchronous_runner.cpp",
             "  wait_until(before_.time + copy.order.at_least);\n", ""),
]  # fmt: skip

# What is in inputs.
_ANALYZE = [
    Mutation("blocks of moments are added without the step between their means", "partition/analyze/moments.cpp",
             "squares += other.squares + apart * apart * (mine / both) * theirs;", "squares += other.squares;"),
    Mutation("moments count what is no number", "partition/analyze/moments.cpp",
             "return std::isfinite(moments.magnitudes) ? moments : skipping(block);", "return moments;"),
    Mutation("a run forgets that it goes on in the next chunk", "partition/analyze/runs.cpp",
             "current_ += leading;", "current_ = leading;"),
    Mutation("a run of zeros begins anew with each chunk", "partition/analyze/runs.cpp",
             "(zero_before_ ? 1U : 0U)", "0U"),
    Mutation("planes continue each other", "partition/analyze/gradients.cpp", "row % layout.rows", "row"),
    Mutation("steps between rows count as steps along them", "partition/analyze/gradients.cpp",
             "std::max(begin, row_begin + layout.step)", "std::max(begin, layout.step)"),
    Mutation("the image's own edge is a border of blocks", "partition/analyze/gradients.cpp",
             "std::max(every, (begin", "std::max<std::int64_t>(0, (begin"),
    Mutation("minus zero is a value of its own", "partition/analyze/histogram.cpp", "sums[0] += sums[kSign];",
             "sums[1] += sums[kSign];"),
    Mutation("sequences continue each other", "partition/analyze/token_statistics.cpp",
             "counter.add(ids.subspan(first, wanted));", "counter.add(ids.subspan(first));\n    break;"),
    Mutation("a sketch that ignores its empty registers", "partition/analyze/distinct_counter.cpp",
             "empty += most == 0 ? 1 : 0;", "empty += 0;"),
    Mutation("errors of samples as if groups were independent samples of one element",
             "partition/analyze/analyze.cpp", "(1 - read) * (groups - 1) / groups * squares",
             "(1 - read) / groups * squares"),
    Mutation("the entropy of a sample is left biased", "partition/analyze/analyze.cpp",
             "std::max(plain, std::min(corrected,", "std::min(plain, std::min(corrected,"),
    Mutation("strata have no chance in them", "partition/analyze/sampling.cpp",
             "(static_cast<double>(h) + unit(random))", "(static_cast<double>(h) + 0 * unit(random))"),
    Mutation("a baseline is taken for known", "partition/analyze/change_detector.cpp",
             "std::sqrt(n / (n + 1)), freedom = n - 1;", "1, freedom = 1e9 + n;"),
    Mutation("one wild observation is a change", "partition/analyze/change_detector.cpp",
             "std::min(z, kWildest)", "z"),
    Mutation("only what rises is a change", "partition/analyze/change_detector.cpp", "fell = exceeds(down_, -u);",
             "fell = exceeds(down_, -u) && false;"),
    Mutation("weights of the recent past do not sum to 1", "partition/analyze/stream_statistics.h",
             "alpha_ / (1 - remaining_)", "alpha_"),
]  # fmt: skip

# Where the values of inputs matter.
_EFFECT = "partition/inputs/value_effect.cpp"
_CHOICE = "partition/inputs/exit_choice.cpp"
_EXIT_RUNNER = "exec/exits/exit_runner.cpp"
_SKIPPING = "exec/devices/cpu_onednn/zero_skipping.cpp"
_INPUTS = [
    Mutation("an effect that no shuffle has to confirm", _EFFECT,
             "effect.p_value <= options.level && effect.with < effect.without", "effect.with < effect.without"),
    Mutation("shuffles that shuffle nothing", _EFFECT, "judge.error(shuffled_numbers(in_place.size(), random))",
             "judge.error(in_place)"),
    Mutation("measurements of one input are judged apart", _EFFECT,
             "each.fold == Measurement::kByInput ? order[each.input] : each.fold",
             "each.fold == Measurement::kByInput ? folds_.size() : each.fold"),
    Mutation("a model judges what it learned from", _EFFECT, "        judged.push_back(i);\n        continue;\n",
             "        judged.push_back(i);\n"),
    Mutation("what is known of a table's inputs is a feature", "partition/inputs/measured_table.cpp",
             "? Column::Known : Column::Feature", "? Column::Feature : Column::Feature"),
    Mutation("a feature that does not apply is 0", "partition/inputs/measured_table.cpp",
             "std::numeric_limits<double>::quiet_NaN()", "0 * std::numeric_limits<double>::epsilon()"),
    Mutation("what is known beside the values is not", _EFFECT, "rows.push_back(each.known);", "rows.push_back({});"),
    Mutation("probabilities that are no shares", "partition/inputs/class_model.cpp", "sum > 0 ? part / sum",
             "sum > 0 ? part"),
    Mutation("features that do not apply spoil a model", "partition/inputs/class_model.cpp",
             "std::isnan(value) ? 0 : value", "value"),
    Mutation("an exit before the start is asked", _CHOICE, "for (std::size_t k = start; k + 1 < sure.size(); ++k)",
             "for (std::size_t k = 0 * start; k + 1 < sure.size(); ++k)"),
    Mutation("the tail of the first input alone", _CHOICE, "share * static_cast<double>(starts.size())", "share"),
    Mutation("the start that takes most", _CHOICE, "if (time < least) best = start", "if (time > least) best = start"),
    Mutation("one plan that sees the features", "partition/inputs/exit_policies.cpp",
             "blind.best_start(times, {})",
             "(static_cast<void>(blind), model.best_start(times, inputs.features[i]))"),
    Mutation("shuffled features are one's own", "partition/inputs/exit_policies.cpp", "inputs.features[others[i]]",
             "inputs.features[i]"),
    Mutation("a part has what nobody in it reads", "models/network/part.cpp",
             "return wanted.count(output) != 0 && from.count(output) == 0;", "return from.count(output) == 0;"),
    Mutation("trained weights are seeded on workers", "exec/program/weight_store.cpp",
             "if (tensor.values) return *tensor.values;",
             "if (tensor.kind == TensorKind::Constant) return *tensor.values;"),
    Mutation("trained weights do not travel", "exec/worker/worker_protocol.cpp",
             "(tensor.kind == TensorKind::Weight && !values.empty())", "false"),
    Mutation("trained weights are seeded in the reference", "exec/values/values.cpp",
             "tensor.kind == TensorKind::Constant || tensor.values)", "tensor.kind == TensorKind::Constant)"),
    Mutation("an exit is left whatever it says", _EXIT_RUNNER, "run.exit + 1 < direct_.size() && !is_sure()",
             "run.exit + 1 < direct_.size() && !is_sure() && false"),
    Mutation("the stages' hand-over takes no time", _EXIT_RUNNER,
             "run.end_to_end += run.stages.back();", "run.end_to_end += result.timeline.makespan;"),
    Mutation("the last of a group of rows counts twice", _SKIPPING, "k < 0 ? 0 : product_.scale * a[k]",
             "k < 0 ? product_.scale * a[taken_[first]] : product_.scale * a[k]"),
    Mutation("zeros that are not skipped are the others", _SKIPPING, "a[k] != 0 ? 1 : 0", "a[k] == 0 ? 1 : 0"),
    Mutation("a scale that is forgotten", _SKIPPING, "product_.scale * a[k]", "a[k]"),
]  # fmt: skip

_ASSEMBLY = "exec/replay/assembly.cpp"
_RUNNER = "exec/worker/runner.cpp"
_QUEUED = "exec/worker/queued_runner.cpp"

# Devices: what several workers reach where it lies, copies straight to a peer, sequences, counters.
_DEVICES = [
    Mutation("nobody is told of what others of the memory read", _ASSEMBLY,
             "if (reader != maker) tell_of_layer(layer, reader, tensor);", "(void)reader;"),
    Mutation("what is sent straight is not told of", _ASSEMBLY,
             "tell(worker, Handover::After::Pack, pack, reader, transfer.tensor);", "(void)pack, (void)reader;"),
    Mutation("seats share what several workers reach", "exec/worker/worker.cpp",
             "shared_.at(each.data + seat * order.seat_bytes)", "shared_.at(each.data + 0 * seat)"),
    Mutation("seats of a device's memory are one", "exec/worker/arenas.h",
             "arena.data + seat * arena.seat_bytes + offset", "arena.data + 0 * seat + offset"),
    Mutation("a result in another layout is not written row-major", "exec/program/program.cpp",
             "  for (Copy& copy : step.exports) copy.relayout.run();\n", ""),
    Mutation("told before the layer has ended", _QUEUED, "if (!device_.happened(*each.event)) return false;", ""),
    Mutation("a handover is forgotten when a request ends", _RUNNER, "order_.packs.size() + order_.handovers.size();",
             "order_.packs.size();"),
    Mutation("copies for others leave in any order", _QUEUED,
             "  copies_for_others_ =\n", "  copies_for_others_ = false &&\n"),
    Mutation("sequences do not stop before a layer that waits", _QUEUED,
             "needed_by_[end].empty() && out_before_[end].empty()", "out_before_[end].empty()"),
    Mutation("a sequence of several requests", _QUEUED,
             "wants_sequences_(device.sequences() && programs.size() == 1)", "wants_sequences_(device.sequences())"),
    Mutation("devices of different memories are taken for one", "exec/replay/machine_check.cpp",
             "if (here != there || processor", "if (processor"),
    Mutation("a peer is no further away than the host", "exec/devices/fake/plugin.cpp",
             "of(peer_setup_, peer_ns_per_mb_)", "of(copy_setup_, peer_ns_per_mb_)"),
    Mutation("millijoules are taken for microjoules", "exec/devices/cuda/vendor/nvml.cpp",
             "millijoules * 1000", "millijoules"),
    Mutation("devices have the power of packages", "exec/profile/results.cpp",
             "device != of_devices.end() ? std::optional(device->second)", "device == of_devices.end() ? watts"),
]  # fmt: skip

# What can be believed of measurements, and of those who make them.
_BLAME = "exec/worker/blame.cpp"
_COPY_FIT = "exec/profile/copy_fit.cpp"
_TRUST = [
    Mutation("who waits is to blame, too", _BLAME, "if (!looks_around) suspects",
             "if (!looks_around || true) suspects"),
    Mutation("the one that did something last is to blame", _BLAME, "return a.silent < b.silent;",
             "return a.silent > b.silent;"),
    Mutation("sending to who reads nothing waits for ever", "exec/worker/channel.cpp",
             "MSG_NOSIGNAL | (deadline ? MSG_DONTWAIT : 0)", "MSG_NOSIGNAL"),
    Mutation("three clean runs of many are a measurement", "exec/replay/summing_up.cpp",
             "(!result.interval || result.clean * 2 < all)", "(result.clean < 3 || result.clean * 2 < all)"),
    Mutation("disturbed runs have an interval", "exec/replay/summing_up.cpp",
             "if (result.clean > 0) result.interval", "result.interval"),
    Mutation("copies need not rise with the size", _COPY_FIT, "if (next.time >= copy_time(before, next.from)) continue",
             "continue"),
    Mutation("pieces that nothing proves", _COPY_FIT, "constexpr double kProof = 2;", "constexpr double kProof = -9;"),
    Mutation("every copy counts as one", "exec/profile/rising.cpp", "below += copy.samples;", "below += 1;"),
]  # fmt: skip

# What layers will take.
_PREDICT = [
    Mutation("what an attribute says counts as a size", "partition/predict/interpolation.cpp",
             "if (depth == 0 || next < '0' || next > '9') {", "if (next < '0' || next > '9') {"),
    Mutation("pairs may be as far apart as they like", "partition/predict/interpolation.cpp",
             "larger[i] > Interpolation::kMostRatio * smaller[i]", "larger[i] > 1e9 * smaller[i]"),
    Mutation("any pair will do, not the nearest", "partition/predict/interpolation.cpp",
             "whole >= nearest || small", "nearest < 0 || small"),
    Mutation("copies of all sizes are one measurement", "partition/predict/profile.cpp",
             "by_size ? row.size : Bytes{}", "Bytes{0 * by_size}"),
    Mutation("ranges that lie apart agree", "partition/predict/merge_profiles.cpp",
             "(a.p10 <= b.p90 && b.p10 <= a.p90)", "a.p10 <= b.p90"),
    Mutation("a doubled quote is lost", "models/base/csv.cpp", "*joined += *at_++;", "++at_;"),
    Mutation("launching takes no energy", "partition/predict/resources.cpp",
             "(cost.launch_overhead(spec) + cost.time)", "cost.time"),
    Mutation("surprises count as they are", "partition/runtime/online_costs.cpp",
             "std::clamp(innovation, -limit, limit)", "std::min(innovation, innovation + limit)"),
    Mutation("a disturbance of one inference is learned", "partition/runtime/online_costs.cpp",
             "if (side != 0) of.scale.value", "if (side == 2) of.scale.value"),
    Mutation("what is known to have changed is doubted no more than at first",
             "partition/runtime/online_costs.cpp",
             "bias.variance = square(options_.change_doubt);", "bias.variance = square(options_.layer_doubt);"),
    Mutation("noise stays what it was taken for", "partition/runtime/online_costs.cpp",
             "bias.noise * std::exp(step)", "bias.noise + 0 * step"),
]  # fmt: skip

# What decides at run time.
_POLICIES = "partition/runtime/policies/"
_GUARD = _POLICIES + "return_guard.cpp"
_ESTIMATES = _POLICIES + "estimates.cpp"
_REPARTITIONER = _POLICIES + "repartitioner.cpp"
_POLICIES = [
    Mutation("time away counts as what it took there", _GUARD,
             "at_home ? now - std::max(arrival, answered_at_) : least / in_flight_",
             "now - std::max(arrival, answered_at_)"),
    Mutation("the queue of who never switches is ours", _GUARD, "free_at_ = std::max(free_at_, arrival) + service;",
             "free_at_ = now + 0 * service;"),
    Mutation("moves cost nothing", _GUARD, "{ paid_ += time; }", "{ paid_ += 0 * time; }"),
    Mutation("several at once take as long as each alone", _GUARD, "least / in_flight_", "least"),
    Mutation("several at once take less than one alone", _GUARD, "std::max(free_at_ - arrival, least)",
             "free_at_ - arrival"),
    Mutation("the guard does not ask", _REPARTITIONER, "return guard_.may_be_away(worst);", "return worst >= 0;"),
    Mutation("the guard holds where home cannot run", _REPARTITIONER,
             "candidate == 0 || !outlook_.can_run(0)", "candidate == 0"),
    Mutation("any gain is enough for ours", _REPARTITIONER, "before - after > options_.least_gain * before",
             "before - after > -1"),
    Mutation("what moving takes is forgotten", _REPARTITIONER, "return move->seconds * slowest;",
             "return 0 * move->seconds * slowest;"),
    Mutation("estimates decide alone", _REPARTITIONER, "if (outlook_.is_exact(next)) return true;", "return true;"),
    Mutation("looks work without an end", _REPARTITIONER, "if (work <= 0) return false;", ""),
    Mutation("requests of one batch are one", _ESTIMATES, "if (grouped_in_[index(at)] == group_number_) learn_group();",
             ""),
    Mutation("a link is as slow as its slowest copy", _ESTIMATES, "*std::min_element(way.recent",
             "*std::max_element(way.recent"),
    Mutation("a link is as slow as its slowest way", _ESTIMATES, "std::min(link, ways_[w].value)",
             "std::max(link, ways_[w].value)"),
    Mutation("what all layers show is not believed at once", "partition/runtime/online_costs.cpp",
             "const int enough = at_once ? 1 : options_.confirm_processor;",
             "const int enough = at_once ? options_.confirm_processor : options_.confirm_processor;"),
    Mutation("a silence is no gap", _ESTIMATES, "std::max(gap_, silence)", "gap_ + 0 * silence"),
    Mutation("patience never grows", _ESTIMATES, "std::min(2 * seen.patience,", "std::min(1 * seen.patience,"),
    Mutation("plans are expected to run without contention", _ESTIMATES,
             "plan.processor(layer)) = candidate.classes[c].spent[layer];", "plan.processor(layer)) += Time{0};"),
    Mutation("probes are never due", _POLICIES + "probes.cpp", "since_ < kEvery && !urgent_[p]", "true"),
    Mutation("the second probe waits its turn", _POLICIES + "probes.cpp", "since_ < kEvery && !urgent_[p]",
             "since_ < kEvery"),
    Mutation("a backlog costs nothing", _POLICIES + "queueing.cpp", "cost += backlog * backlog / (2 * shrinks);", ""),
    Mutation("nobody waits", _POLICIES + "queueing.cpp", "(times.latency + waiting)", "(times.latency + 0 * waiting)"),
    Mutation("engines copy weights in turns", _POLICIES + "move_times.cpp",
             "sum.seconds = std::max(sum.seconds, copier);", "sum.seconds += partita::seconds(*least);"),
    Mutation("cuts keep the slowdowns they were found under", _POLICIES + "time_shares.cpp",
             "seconds(until - span.start) / at[place(span.processor)];", "seconds(until - span.start);"),
    Mutation("links are always as fast as ever", _POLICIES + "conditioned_machine.cpp",
             "link.bandwidth = slower(link.bandwidth, slowdown[id]);", ""),
    Mutation("the robust plan is the best undisturbed", _POLICIES + "plan_library.cpp", "return mean(a) < mean(b);",
             "return a.cost[0] < b.cost[0];"),
    Mutation("the clairvoyant moves when it is too late", _POLICIES + "clairvoyant.cpp",
             "problem.future[s].from - time);", "problem.future[s].from);"),
    Mutation("dispatch does not learn", _POLICIES + "dispatch.cpp", "estimates_.factor(input_class, layer, p);",
             "1.0;"),
]  # fmt: skip

# Learned models: what is read, what physics says, what is believed.
_IMPORT = "partition/learn/import_csv.cpp"
_BRANCH = "partition/learn/branch.cpp"
_LEARN = [
    Mutation("filters of a map keep every row", _IMPORT,
             "if (!table.is_ragged(row) && filter.keeps(table, row)) rows", "if (!table.is_ragged(row)) rows"),
    Mutation("rows that disagree are both believed", _IMPORT, "constexpr double kDisagreement = 2;",
             "constexpr double kDisagreement = 1e9;"),
    Mutation("a column of times may be constant", _IMPORT, "if (values.size() < kEnoughToVary) return;", "return;"),
    Mutation("a shared weight counts for each of the batch", "partition/learn/layer_features.cpp",
             "(shared ? 1 : batch) * depth * columns", "batch * depth * columns"),
    Mutation("formulas bind from the right", "partition/learn/formula.cpp", "if (step.symbol == '-') left -= right;",
             "if (step.symbol == '-') left = right - left;"),
    Mutation("waves need not be whole", "partition/learn/physics/product.cpp", "std::ceil(waves) * 2 * tile",
             "waves * 2 * tile"),
    Mutation("long rows are short ones", "partition/learn/physics/softmax.cpp", "layer.columns <= kShort) return 1e-6",
             "layer.columns <= 1e9) return 1e-6"),
    Mutation("corrections never fade", _BRANCH, "constexpr double kFade = 4;", "constexpr double kFade = 1e9;"),
    Mutation("no limit below predictions", _BRANCH, "std::max(answer.ideal, answer.physics *",
             "std::max(0.0, answer.physics *"),
    Mutation("points sharpen nothing", _BRANCH, "  logs_ = fit_device(*branch_->physics, device_, corrected, logs_,",
             "  fit_device(*branch_->physics, device_, corrected, logs_,"),
    Mutation("intervals stay as wide outside", _BRANCH, "if (outside > 0) width", "if (outside > 1e9) width"),
    Mutation("a big group outvotes a small one", "partition/learn/conformal.cpp",
             "static_cast<double>(group.size() * with_scores)", "static_cast<double>(count)"),
    Mutation("the score to come is not counted", "partition/learn/conformal.cpp", "coverage * (n + 1) / n",
             "coverage * n / n"),
    Mutation("trees are asked on the wrong side", "partition/learn/forest.cpp",
             "asked < split.value ? split.left : split.right", "asked <= split.value ? split.left : split.right"),
    Mutation("trees may lead in circles", "partition/learn/forest.cpp",
             "return next > static_cast<std::int32_t>(at) &&",
             "return next + 0 * static_cast<std::int32_t>(at) >= 0 &&"),
    Mutation("any feature set will do", "partition/learn/model_file.cpp",
             "features && features->as<std::string>() != kFeatureSet", "false"),
    Mutation("sizes to measure are even in bytes", "partition/learn/links.cpp",
             "return std::log(static_cast<double>(size.value));", "return static_cast<double>(size.value);"),
]  # fmt: skip

# Requests served by worker processes.
_REAL = [
    Mutation("a part of a machine is loaded like the whole", "exec/runtime/machine_part.cpp", "  parts.load.clear();\n",
             ""),
    Mutation("a part's plan queues transfers as it likes", "exec/runtime/machine_part.cpp",
             "return with_transfer_order(network, std::move(same), plan.transfers());", "return same;"),
    Mutation("all requests ask the same", "exec/runtime/answers.h", "return request % inputs_.size();",
             "return request * 0;"),
    Mutation("an answer may lack outputs", "exec/runtime/answers.cpp",
             "return std::numeric_limits<double>::infinity();", "continue;"),
    Mutation("who has ended hides who is halted", "exec/runtime/crew_pool.cpp",
             "if (ends_if_halted(*worker.process, now)) halted = &worker;",
             "if (ended == nullptr && ends_if_halted(*worker.process, now)) halted = &worker;"),
    Mutation("the leader's end is a worker's fault", "exec/runtime/crew_pool.cpp",
             "if (leader->has_ended()) return broken(std::nullopt, *leader, false);", ""),
    Mutation("crews compute at once", "exec/runtime/real_execution.cpp", "  if (computes_) return;\n", ""),
    Mutation("cancelled runs are told of", "exec/runtime/real_execution.cpp",
             "runs_.erase(failed->run) == 0) continue;", "runs_.erase(failed->run) > 1) continue;"),
    Mutation("a cancelled relocation is made", "exec/runtime/real_execution.cpp",
             "if (relocations_.erase(id) > 0) told_", "if (relocations_.count(id) > 1) told_"),
    Mutation("any death is a loss", "exec/runtime/real_execution.cpp",
             "is_in_use(key) || ++breaks_[*broken.worker] > 1", "true"),
    Mutation("no answer is wrong", "exec/runtime/real_execution.cpp", "if (!(ran.difference <= options_.tolerance))",
             "if (false)"),
    Mutation("crews at hand need no memory", "exec/runtime/real_execution.cpp",
             "return !available || *available >= static_cast<std::uint64_t>(options_.least_memory.value);",
             "return !available || *available > 0;"),
    Mutation("slowdowns add", "exec/runtime/disturber.cpp", "slowdown *= slowed->factor;",
             "slowdown += slowed->factor;"),
    Mutation("what begins comes before what ends", "exec/runtime/disturber.cpp",
             "std::tie(a.when, a.begins) < std::tie(b.when, b.begins)",
             "std::tie(a.when, b.begins) < std::tie(b.when, a.begins)"),
    Mutation("who is started where somebody is lost lives", "exec/runtime/disturber.cpp",
             "away_.set(processor, lost);", "away_.set(processor, lost && false);"),
    Mutation("co-runners hold what others wait for", "exec/runtime/co_runner.cpp",
             "  syscall(SYS_close_range, 3u, ~0u, 0u);\n", ""),
    Mutation("a co-runner never sleeps", "exec/runtime/co_runner.cpp", "while (busy == kPeriod ||",
             "while (busy > 0 ||"),
    Mutation("waiting for a disk is work", "exec/runtime/host_monitor.cpp", "column == 3 || column == 4",
             "column == 3"),
    Mutation("runs have the patience of a start", "exec/worker/crew.cpp", "order.patience_ms > 0 ?", "false ?"),
    Mutation("workers are as slow as their plan says", "exec/worker/runner.cpp", "order.slowdowns.empty() ?",
             "true ?"),
]  # fmt: skip

_ROUTER = "partition/runtime/policies/router.cpp"
_POLICIES += [
    Mutation("nobody is outstanding", _ROUTER, "free_at_start_[p] += left * each.work[p];", ";"),
    Mutation("what is outstanding never gets less", _ROUTER, "kLeast, 1.0);", "1.0, 1.0);"),
    Mutation("requests go where weights are not", _ROUTER, "|| !each.usable ||", "||"),
    Mutation("layers go where weights are not", _ROUTER, "if (!has_all_[index(p)]) continue;", ""),
    Mutation("layers go to who is lost", _ROUTER, "if (!cost || !view_.present(processor))", "if (!cost)"),
    Mutation("routes know no slowdown", _ROUTER, "* view_.factor(input_class, layer, processor)", "* 1"),
]  # fmt: skip

_INTERFERENCE = _ROUTER.replace("router", "interference")
_SEARCH_BEHIND = _ROUTER.replace("router", "background_search")
_POLICIES += [
    Mutation("company of the same run counts", _INTERFERENCE, "span.run == reading.run || ", ""),
    Mutation("company counts for all of the time", _INTERFERENCE,
             "seconds(std::min(finish, span.finish) - std::max(reading.start, span.start))", "whole"),
    Mutation("a package counts for each of its processors", _INTERFERENCE, "std::min(busy, whole)", "busy"),
    Mutation("memories are wide enough for all", "partition/runtime/policies/interference.h",
             "std::max(0.0, demand + other - 1)", "0.0 * (demand + other)"),
    Mutation("one at a time has company", _INTERFERENCE, "if (any && in_flight > 1)", "if (any && in_flight > 0)"),
    Mutation("company is never told of", _ESTIMATES, "if (company_.matters() && is_of_ours(reading))",
             "if (false && is_of_ours(reading))"),
    Mutation("readings are held against what inputs seemed to be", "partition/runtime/policies/candidate.cpp",
             "known_(when_known(problem))", "known_(problem)"),
    Mutation("costs are those of what inputs seem to be", _ESTIMATES, "(*of.costs)(layer, p);",
             "(*problem.classes[c].costs)(layer, p);"),
    Mutation("readings of all classes are as they are", "partition/runtime/policies/one_class.cpp",
             "scaled(reading.measured, seconds(expected) / seconds(usual))", "reading.measured"),
    Mutation("searches do not ask who waits", _SEARCH_BEHIND,
             "objective_.weights[static_cast<std::size_t>(Term::Imbalance)] = waiting;", "(void)waiting;"),
    Mutation("waiting grows with the period alone", _ROUTER.replace("router", "queueing"),
             "utilisation * utilisation / (2 * idle * idle)", "0"),
    Mutation("home is never believed to be slow", _REPARTITIONER,
             "std::max(undisturbed, outlook_.latency(0, input_class))", "undisturbed"),
    Mutation("nothing is made of what is left", _REPARTITIONER,
             'stay(rescue(view) ? "a plan has been made" : "no plan is left")', 'stay("no plan is left")'),
]  # fmt: skip

# What changes while requests run: who starts what, what moves where.
_SERVICE = "partition/runtime/service.cpp"
_SWITCHOVER = "partition/runtime/switchover.cpp"
_RELOCATION = "partition/runtime/relocation_plan.cpp"
_MOVE_COST = "partition/runtime/move_cost.cpp"
_RUNTIME = [
    Mutation("runs outlive whom they need", _SERVICE,
             "if (!needs(*runs_[i].plan, processor, network_, hardware_)) {",
             "if (needs(*runs_[i].plan, processor, network_, hardware_) || true) {"),
    Mutation("requests of cancelled runs are forgotten", _SERVICE, "if (again) queue_.put(",
             "if (again && false) queue_.put("),
    Mutation("runs start on processors that are lost", _SERVICE, "return needs_lost(*usual) ? nullptr : usual;",
             "return usual;"),
    Mutation("own plans start where weights are missing", _SERVICE,
             "!needs_lost(*own) && switchover_.has_weights_of(*own)", "!needs_lost(*own)"),
    Mutation("the queue is one longer", _SERVICE, "queue_.size() > options_.queue &&",
             "queue_.size() > options_.queue + 1 &&"),
    Mutation("one more is in flight", _SERVICE, "runs_.size() < options_.in_flight",
             "runs_.size() <= options_.in_flight"),
    Mutation("second answers are not counted", _SERVICE, "++record_.duplicates;", "record_.duplicates = 0;"),
    Mutation("nobody asks when all are stuck", _SERVICE, "if (!ask && stuck()) {", "if (!ask && stuck() && false) {"),
    Mutation("a change of classes is not noticed", _SERVICE, "*last_class_ != seen_class", "*last_class_ > 9"),
    Mutation("reasons are noted each time", _SERVICE, "if (switched || !known) all",
             "if (switched || !known || known) all"),
    Mutation("who was cancelled waits at the end", "partition/runtime/request_queue.h",
             "waiting_.insert(std::ranges::upper_bound(waiting_, request), request);", "waiting_.push_back(request);"),
    Mutation("readings are told at once", "partition/runtime/monitor.h", "if (every_ <= Time{0}) return now;",
             "if (every_ >= Time{0}) return now;"),
    Mutation("readings are kept after a look", "partition/runtime/monitor.h", "    layers_.clear();\n", ""),
    Mutation("copies for others need nobody", "partition/runtime/plan_needs.cpp", "if (!by_producer) return true;",
             "if (!by_producer) return false;"),
    Mutation("a copier is needed for what others make beside it", "partition/runtime/plan_needs.cpp",
             "if (!by_producer) return true;", "return !by_producer || true;"),
    Mutation("a configuration is in force after its first step", _SWITCHOVER,
             "prepared_ == wanted_ && resident_.covers(planner_.needed_by(*wanted_))", "prepared_ == wanted_"),
    Mutation("what is no longer wanted moves on", _SWITCHOVER, "moving_->target != wanted_ || ", ""),
    Mutation("moves wait for who is lost", _SWITCHOVER,
             "|| !planner_.can_be_made(moving_->relocation, now.present);", ";"),
    Mutation("weights are let go under runs", _SWITCHOVER, "if (!now.runs.empty()) {",
             "if (!now.runs.empty() && false) {"),
    Mutation("requests start while their weights are let go", _SWITCHOVER, "    complete_ = false;\n", ""),
    Mutation("requests start while others are let go", "partition/runtime/switchover.h", "complete_ && !letting_go_",
             "complete_"),
    Mutation("older runs are not worth waiting for", _SWITCHOVER, "if (can_wait) return",
             "if (can_wait && false) return"),
    Mutation("a way back is all there is", _SWITCHOVER, "{in_force_, before}", "{in_force_, in_force_}"),
    Mutation("weights of own plans are dropped", _SWITCHOVER, "    planner_.add_needs(*run.plan, needed);\n", ""),
    Mutation("weights that nobody needs stay", _SWITCHOVER, "if (!needed.has(place)) drops", "if (false) drops"),
    Mutation("activations of older runs take no room", _SWITCHOVER,
             "    add_peaks(*run.plan, held);\n", ""),
    Mutation("weights come from the farthest memory", _RELOCATION, "*time < least", "*time > least"),
    Mutation("weights are dropped before they have moved", _RELOCATION,
             "if (!needed.has(place) && !sources.has(place)) step", "if (!needed.has(place)) step"),
    Mutation("who is lost copies", _RELOCATION, "leg.engine || !leg.copier || present[*leg.copier]",
             "leg.engine || !leg.copier || !present.empty()"),
    Mutation("staged copies take no room", _RELOCATION, "if (leg.dst != move.dst) to[", "if (false) to["),
    Mutation("weights that stay take no room", _RELOCATION,
             "      held[place.memory] += network_.tensor(place.weight).size;\n", ""),
    Mutation("weights that the host keeps are dropped", _RELOCATION,
             "host_keeps_weights ? hardware.host() : std::nullopt",
             "host_keeps_weights && false ? hardware.host() : std::nullopt"),
    Mutation("engines have one channel", _MOVE_COST, "(engines_[id].count() + channels - 1) / channels",
             "engines_[id].count() + 0 * channels"),
    Mutation("links carry moves for nothing", _MOVE_COST,
             "for (const Time time : channels_) most = std::max(most, time);",
             "for (const Time time : channels_) most = std::max(most, 0 * time);"),
    Mutation("weights that move are compressed as results are", _MOVE_COST, "hardware_.fastest(leg, Content::Weight)",
             "hardware_.fastest(leg, Content::Activation)"),
]  # fmt: skip

_POINTS = "models/sweep/points.cpp"
_AXIS = "models/sweep/axis.cpp"
_SAMPLING = "models/sweep/sampling.cpp"
_MEASURE = "models/sweep/measure.cpp"
_CONDITIONS = "models/sweep/conditions.cpp"
_READ_AXES = "models/sweep/read_axes.cpp"
_DESIGN = "models/sweep/design.cpp"
_COLUMN_UNIT = "models/sweep/column_unit.cpp"
_STORE = "tools/partita/results/store.cpp"
_SWEEP_TABLE = "tools/partita/results/sweep_table.cpp"
_CSV = "tools/partita/results/export_csv.cpp"
_MERGE = "tools/partita/results/merge.cpp"
_COMPARE = "tools/partita/results/compare.cpp"
_DATABASE = "tools/partita/results/database.cpp"
_ENGINE_HERE = "tools/partita/sweep/local_engine.cpp"
_WORKER = "tools/partita/sweep/worker_process.cpp"
_DRIVER = "tools/partita/sweep/driver.cpp"
_OWNER = "tools/partita/sweep/owner.cpp"
_COMMAND = "tools/partita/sweep/point_command.cpp"
_INPUT_FOLDER = "tools/partita/sweep/input_folder.cpp"
_EVALUATE = "tools/partita/sweep/evaluate.cpp"
_POSITIONS = "tools/partita/sweep/positions.cpp"
_SEED = "models/sweep/point_seed.cpp"

# Sweeps: what a file says, and which points that makes.
_SWEEPS = [
    Mutation("the first axis is the fastest", _POINTS, "axis = sweep.axes.size(); axis-- > 0;) {",
             "axis = 0; axis < sweep.axes.size(); ++axis) {"),
    Mutation("zipped axes multiply", _POINTS, "if (first_of_group) points.all_rows_",
             "if (first_of_group || true) points.all_rows_"),
    Mutation("excluded points leave gaps", _POINTS, "point.number = number;", "point.number = kept;"),
    Mutation("exclude means any of its conditions", _POINTS, "return std::all_of(condition.begin()",
             "return std::any_of(condition.begin()"),
    Mutation("only counts for nothing", _POINTS, "any_holds(sweep_->only, values)) &&", "true) &&"),
    Mutation("positions see the points of walked ranges", _POINTS, "points.from_lists_ = false;",
             "points.from_lists_ = true;"),
    Mutation("shared options do not count for seeds", _POINTS, "std::uint64_t sum = fixed_hash_;",
             "std::uint64_t sum = 0;"),
    Mutation("all repetitions have one seed", _POINTS, "sum, point.repetition)", "sum, 0 * point.repetition)"),
    Mutation("seeds depend on the order of options", _POINTS, "sum += hash(kept, axis, point.values[axis]);",
             "sum = 31 * sum + hash(kept, axis, point.values[axis]);"),
    Mutation("flags that are false count for seeds", _SEED, 'if (text == "false") return 0;', ""),
    Mutation("seeds of 64 bits", _SEED, "+ repetition) >> 1;", "+ repetition);"),
    Mutation("seeds depend on how a number is written", _SEED, "if (const auto read = read_measured(text)) {",
             "if (const auto read = read_measured(text); read && false) {"),
    Mutation("Sobol without its first point", _SAMPLING, "row == 0 ? 0 : sequence()", "sequence()"),
    Mutation("Sobol always shifted", _SAMPLING, "seed == 0 ? 0 : stream", "false ? 0 : stream"),
    Mutation("a hypercube in order", _SAMPLING, "    std::swap(parts[left - 1], parts[chance.below(left)]);\n", ""),
    Mutation("a hypercube that draws parts twice", _SAMPLING,
             "std::swap(parts[left - 1], parts[chance.below(left)]);", "parts[left - 1] = parts[chance.below(left)];"),
    Mutation("all columns of a sample are one", _SAMPLING, "splitmix64(seed) ^ fnv1a(column)",
             "splitmix64(seed) ^ (0 * fnv1a(column))"),
    Mutation("logarithmic ranges are linear", _AXIS, "return logarithmic ? std::exp(",
             "return logarithmic && false ? std::exp("),
    Mutation("the last whole number has no share", _AXIS, "between(low, high + 1, position, logarithmic)",
             "between(low, high, position, logarithmic)"),
    Mutation("whole numbers just below one fall", _AXIS, "std::fabs(real) * kAlmostWhole", "0 * kAlmostWhole"),
    Mutation("walked whole numbers are cut off", _AXIS, "std::nearbyint(number / range.step);",
             "std::floor(number / range.step);"),
    Mutation("equal neighbours stay two", _AXIS, "if (values.empty() || values.back().number != number)", ""),
    Mutation("values without their text around them", _AXIS, "if (!axis.as.empty()) value.text",
             "if (false) value.text"),
    Mutation("numbers are not rounded", _MEASURE, "with_digits(grains_of(number, measure), kDigits)",
             "with_digits(grains_of(number, measure), 18)"),
    Mutation("numbers in the smallest unit", _MEASURE, "return each.grains <= grains; });",
             "return each.grains <= 1; });"),
    Mutation("counts with exponents", _MEASURE, "std::fabs(number) < 1e15", "std::fabs(number) < 1e3"),
    Mutation("at least is above", _CONDITIONS, "return number >= test.number;", "return number > test.number;"),
    Mutation("a text is a pattern even where it is a value", _CONDITIONS, "if (!is_value && is_pattern(text)) {",
             "if (is_pattern(text)) {"),
    Mutation("conditions that no value meets", _CONDITIONS, "if (any || axis.values.empty()) return;", "return;"),
    Mutation("units of an axis may differ", _READ_AXES, "    if (mistake.empty()) {\n      axis.values[i].number",
             "    if (read_measured(items[i].node().text)) {\n      axis.values[i].number"),
    Mutation("values twice", _READ_AXES, "if (is_list && !in_zip) refuse_doubles(items, axis);", ""),
    Mutation("zipped lists of unequal length", _READ_AXES, "axis.values.size() == first.values.size() ||", "true ||"),
    Mutation("ends of two measures", _READ_AXES, "if (low->measure != high->measure) {", "if (false) {"),
    Mutation("goals in another unit than their column", _DESIGN, "read->number * unit.per_unit", "read->number"),
    Mutation("rates taken for times", _COLUMN_UNIT, 'Ending{"_per_s", "/s", 1}', 'Ending{"_per_s", "s", 1}'),
    Mutation("only the end of a column's name says its unit", _COLUMN_UNIT, "name = name.substr(0, dot);",
             "return {};"),
    Mutation("the base price forgotten", _DESIGN, "double sum = task.base;", "double sum = 0;"),
]  # fmt: skip

# Answers from sweeps, in Python.
_CROSSINGS = "tools/answers/crossings.py"
_ANSWERS = [
    Mutation("larger is taken for better", _CROSSINGS, "(a < b) == smaller", "a < b"),
    Mutation("the bracket is the wrong half", _CROSSINGS, "return (low + high) / 2", "return (3 * low + high) / 4"),
    Mutation("points where curves touch are plateaus", _CROSSINGS, "or self.is_point(last, a)", ""),
    Mutation("changes within noise are told apart", _CROSSINGS, "if not any(s.certain for s in inside)", "if False"),
    Mutation("few repetitions are certain", _CROSSINGS, '"two-sided").pvalue <= LEVEL', '"two-sided").pvalue <= 0.2'),
    Mutation("few pairs are certain", _CROSSINGS, "len(differences)).pvalue <= LEVEL",
             "len(differences)).pvalue <= 0.2"),
    Mutation("pairs are none", _CROSSINGS, "if not paired or len(first) != len(second):", "if True:"),
    Mutation("one of a pair counts", "tools/answers/outcomes.py", "if pair[0].status == pair[1].status == DONE]", "]"),
    Mutation("what never varies is tested", _CROSSINGS,
             "if min(first) == max(first) and min(second) == max(second):", "if False:"),
    Mutation("bounds of the other alternative prove", _CROSSINGS, "if a_range[0] < b_bound:",
             "if a_range[0] < b_range[0]:"),
    Mutation("failures are infeasible", _CROSSINGS, "each.is_left_out or each.status == FAILED",
             "each.is_left_out"),
    Mutation("what is left out is infeasible", _CROSSINGS, "each.is_left_out or each.status == FAILED",
             "each.status == FAILED"),
    Mutation("edges of certainty are left as they are", _CROSSINGS, "        Case.edges_of_certainty,\n", ""),
    Mutation("edges of proofs are left as they are", _CROSSINGS,
             "        lambda case: case.changes(lambda sample: sample.proved),\n", ""),
    Mutation("whole numbers with one between are neighbours", _CROSSINGS, "self.axis.step * 1.5",
             "self.axis.step * 2.5"),
    Mutation("points of the file are passed by", _CROSSINGS, "if len(axis.values) > 1:", "if False:"),
    Mutation("bounds of methods prove", "tools/answers/break_even.py", 'axis.name == "method"', 'axis.name == "?"'),
    Mutation("any bound is one of the column", "tools/answers/break_even.py",
             "abs(value * factor - found) <= 1e-9", "abs(value * factor - found) <= 1e9"),
    Mutation("incomplete groups stay", "tools/answers/screening.py", "rows, results = rows[whole], results[whole]",
             "results = np.nan_to_num(results)"),
    Mutation("groups are no power of two", "tools/answers/screening.py",
             "count = 1 << ((points // each).bit_length() - 1)", "count = points // each"),
    Mutation("mu is mu*", "tools/answers/screening.py", 'mu=float(found["mu"][i])', 'mu=float(found["mu_star"][i])'),
    Mutation("first order is total", "tools/answers/screening.py", 'other=float(found["S1"][i])',
             'other=float(found["ST"][i])'),
    Mutation("overlapping intervals are a lead", "tools/answers/sensitivity.py",
             "first.value - first.confidence > second.value + second.confidence", "first.value > second.value"),
    Mutation("the middle is no part of a swing", "tools/answers/tornado.py", "least=min([*known, middle])",
             "least=min(known)"),
    Mutation("noise is influence", "tools/answers/sensitivity.py", "if first.spread >= first.swing / 2:", "if False:"),
    Mutation("goals are missed by what reaches them", "tools/answers/task.py",
             "goal.excess(self.value_of(goal, values)) <= 0", "goal.excess(self.value_of(goal, values)) < 0"),
    Mutation("at least is at most", "tools/answers/task.py",
             "value - self.bound if self.at_most else self.bound - value", "value - self.bound"),
    Mutation("the best situation counts", "tools/answers/task.py", "(max if smaller else min)(values)",
             "(min if smaller else max)(values)"),
    Mutation("the base is free", "tools/answers/task.py", "return self.base + sum(", "return sum("),
    Mutation("networks are chosen", "tools/answers/task.py", 'CONDITIONS = ("model", ', 'CONDITIONS = ('),
    Mutation("equally cheap ones are left out", "tools/answers/exact.py",
             "task.price(rows[last]) == task.price(rows[last - 1])", "False"),
    Mutation("cheap ones are tried last", "tools/answers/exact.py", "key=lambda row: (task.price(row), row)",
             "key=lambda row: (-task.price(row), row)"),
    Mutation("evolution of anything", "tools/answers/evolve.py", "if one.fitness.dominates(two.fitness):",
             "if two.fitness.dominates(one.fitness):"),
    Mutation("what was tried is asked for again", "tools/answers/evolve.py", "if row not in self.known]", "]"),
    Mutation("chance of others is moved", "tools/answers/evolve.py", "random.setstate(theirs)", "pass"),
    Mutation("no seed", "tools/answers/evolve.py", "random.Random(seed).getstate()", "random.Random().getstate()"),
    Mutation("between values of a range lies something", "tools/answers/evolve.py",
             "return min(positions, key=lambda each: abs(each - position))", "return position"),
    Mutation("nothing is made cheaper at the end", "tools/answers/design.py",
             "            polish(task, workshop, budget, seed)\n", "            pass\n"),
    Mutation("nothing is exchanged", "tools/answers/polish.py", "Move({more: 1.0, less: -rate})",
             "Move({less: -rate})"),
    Mutation("what is free stays", "tools/answers/polish.py", "for end in (0.0, 1.0)]", "for end in ()]"),
    Mutation("the closest stays where it is", "tools/answers/polish.py",
             "return cheapest(task, machines) or closest(task, machines)", "return cheapest(task, machines)"),
    Mutation("steps stay as they are", "tools/answers/polish.py", "            step /= 2\n", "            return\n"),
    Mutation("confirmed by what was found", "tools/answers/answer.py", 'Path(folder) / "again.db"', "self.program.out"),
    Mutation("whole numbers begin at their share", "tools/answers/knobs.py", "round(value / self.step) + 0.5",
             "round(value / self.step)"),
    Mutation("positions lose digits", "tools/answers/program.py", "repr(float(at))", "f'{at:.3f}'"),
    Mutation("bits are bytes", "tools/answers/quantities.py", "(8 if bits else 1)", "1"),
]  # fmt: skip

_VERDICT, _GRAPH, _PAGE = "tools/report/verdict.py", "tools/report/machine_graph.py", "tools/report/page.py"
_TABLE, _PLOT, _VIEW = "tools/report/static/table.js", "tools/report/static/plot.js", "tools/report/static/timeline.js"

# Reports: what is read, what templates say, what scripts do.
_REPORT = [
    Mutation(
        "the luckiest repetition is the best", _VERDICT, "return ordered[(len(ordered) - 1) // 2]", "return ordered[0]"
    ),
    Mutation(
        "repetitions are points", _VERDICT, "return tuple(axis.values[index] for axis in axes)", "return (index,)"
    ),
    Mutation("larger is never better", _VERDICT, "sign = 1 if smaller else -1", "sign = 1"),
    Mutation(
        "points that failed are forgotten",
        "tools/report/sweeps.py",
        "AND points.status IN ('done', 'no', 'failed')",
        "AND points.status IN ('done')",
    ),
    Mutation("a sample loses the best", "tools/report/sweeps.py", 'chosen += f" OR {number} IN ({extremes})"', "pass"),
    Mutation(
        "the answer of the file is not asked for",
        "tools/report/sweeps.py",
        "if declared and declared.column in numeric:",
        "if False:",
    ),
    Mutation("names are markup", _PAGE, "autoescape=True", "autoescape=False"),
    Mutation("any script may run", _PAGE, 'f"script-src {hash_of(script)}"', "f\"script-src 'unsafe-inline'\""),
    Mutation("a page that may ask the network", _PAGE, "default-src 'none'", "default-src *"),
    Mutation(
        "errors of predictions have the other sign",
        _PAGE,
        "(value - reference) / reference",
        "(reference - value) / reference",
    ),
    Mutation(
        "the best plan is the first",
        "tools/report/sources.py",
        "min(plans, key=lambda plan: plan.predicted).name",
        "plans[0].name",
    ),
    Mutation("milliseconds are seconds", "tools/report/naming.py", '"ms": ("s", 1e-3)', '"ms": ("s", 1)'),
    Mutation("999.6 is not rounded to 1000", "tools/report/naming.py", "power += 1\n", "power += 0\n"),
    Mutation(
        "columns begin anywhere",
        _GRAPH,
        "if cpus and (not hosts or hosts[0] in cpus):",
        "if len(graph.nodes) > 1:\n        return [1]\n    if cpus:",
    ),
    Mutation("parts of meshes lie on each other", _GRAPH, "at = at * spread(at, graph)", "at = at * 100"),
    Mutation(
        "links have no room in meshes",
        _GRAPH,
        "return other if badness(other) < badness(graph) else graph",
        "return graph",
    ),
    Mutation(
        "wide links are as thin as others",
        "tools/report/machine_picture.py",
        "return THINNEST + place * (THICKEST - THINNEST)",
        "return THINNEST",
    ),
    Mutation(
        "loads are of all streams",
        "tools/report/machine_picture.py",
        'room = analysis["makespan_ps"] * one["streams"]',
        'room = analysis["makespan_ps"]',
    ),
    Mutation(
        "slowed time is counted twice",
        "tools/report/runs.py",
        '"busy": one["busy_ps"] - one["slowed_ps"] - one["lost_ps"],',
        '"busy": one["busy_ps"],',
    ),
    Mutation(
        "paper is written to without a browser",
        "tools/report/report.py",
        "        pdf.find_browser()  # before any work\n",
        "        pass\n",
    ),
    Mutation(
        "headings do not say how they sort",
        _TABLE,
        'mine ? (this.sorting.down ? "descending" : "ascending") : "none"',
        '"none"',
    ),
    Mutation("headings sort one way only", _TABLE, "down: same ? !this.sorting.down : false", "down: false"),
    Mutation(
        "what has no value comes first",
        _TABLE,
        "return (x === null) - (y === null) || a - b;",
        "return (y === null) - (x === null) || a - b;",
    ),
    Mutation(
        "units of filters are passed over",
        "tools/report/static/base.js",
        "return prefix in POWERS ? (number * POWERS[prefix]) / by.factor : null;",
        "return number;",
    ),
    Mutation("filters of texts know capitals", _TABLE, "const wanted = text.toLowerCase();", "const wanted = text;"),
    Mutation(
        "formulas are left in tables that are saved",
        _TABLE,
        'if (typeof value === "string" && /^[=+\\-@\\t\\r]/.test(text))',
        "if (false)",
    ),
    Mutation("filters leave the plot as it is", _PLOT, "      this.rows = rows;\n", "      void rows;\n"),
    Mutation(
        "names in plots are markup",
        _PLOT,
        'return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");',
        "return String(text);",
    ),
    Mutation(
        "plots keep their colours",
        "tools/report/static/base.js",
        'this.dark.addEventListener("change", redrawAll);',
        "",
    ),
    Mutation(
        "plots are as wide as the window on paper",
        _PLOT,
        "Math.min(PAPER, this.area.clientWidth)",
        "this.area.clientWidth",
    ),
    Mutation(
        "rows of the timeline cannot be chosen", _VIEW, "ArrowDown: () => this.chooseRow(1)", "ArrowDown: () => {}"
    ),
    Mutation(
        "copies do not say that they waited",
        _VIEW,
        "const wait = copies.start[i] - copies.queued[i];",
        "const wait = 0;",
    ),
    Mutation("the timeline cannot be enlarged", _VIEW, '"+": () => this.zoom(0.5)', '"+": () => {}'),
    Mutation("hidden timelines stay", _VIEW, "if (this.hiddenTitles.has(timeline.title)) continue;", ""),
    Mutation("a control without a name", _TABLE, '"aria-label": `Filter ${column.title}`, ', ""),
    Mutation(
        "letters that can hardly be read",
        "tools/report/static/report.css",
        "--quiet: light-dark(#545d68, #a3afbb)",
        "--quiet: light-dark(#a0a8b0, #5a636c)",
    ),
    Mutation("a best point that is another's", "tools/report/best_again.py", 'f"{folder}/{found[1]}/"', 'f"{folder}/"'),
]

# Sweeps: who computes what, and what is kept.
_SWEEP_RUNS = [
    Mutation("a point that is there written over", _STORE, 'if (before.getColumn(0).getString() != "failed")',
             "if (false)"),
    Mutation("attempts that do not add up", _STORE, "attempts += before.getColumn(1).getInt();", ""),
    Mutation("claims that nobody respects", _STORE, "if (!gone[other]) {", "if (false) {"),
    Mutation("claims that never end", _STORE, "holder.getColumn(1).getDouble() > time", "true"),
    Mutation("failed points taken unasked", _STORE, "!(again && there", "!(there"),
    Mutation("claims that stay when the point is there", _STORE, '"DELETE FROM claims WHERE point = ? AND owner = ?"',
             '"DELETE FROM claims WHERE point = -? AND owner = ?"'),
    Mutation("a sweep that replaces one of another name", _STORE, "if (entry.exec() == 0) return;", "entry.exec();"),
    Mutation("numbers of sweeps that are given again", "tools/partita/results/schema.h", "KEY AUTOINCREMENT", "KEY"),
    Mutation("a sweep that grows beside its beginning", _STORE,
             "if (replaced) state_->remove_sweep(*replaced, sweep.name);", ""),
    Mutation("points of other sweeps not found", _STORE, "if (known.executeStep()) {", "if (false) {"),
    Mutation("types by the last value", _STORE, 'return before == "text" || more == "text" ? "text" : "real";',
             "return more;"),
    Mutation("results of another point's shape", _STORE, "if (name != names[i] ||", "if ("),
    Mutation("views of old sweeps", _STORE, "if (latest.getColumn(0).getInt64() != sweep) return;", ""),
    Mutation("files of any version", _DATABASE, "if (version != kSchemaVersion) {", "if (false) {"),
    Mutation("databases of anybody", _DATABASE, "if (application != kApplication) {", "if (false) {"),
    Mutation("axes compared without their unit", _SWEEP_TABLE, "read_measured(text)->number * unit.per_unit",
             "*plain_number(text)"),
    Mutation("what is missing is what differs", _SWEEP_TABLE, "AND NOT coalesce({}, FALSE)", "AND NOT ({})"),
    Mutation("what is missing comes first", _SWEEP_TABLE, "{0} IS NULL, {0}{1}, ", "{0}{1}, "),
    Mutation("columns of other sweeps shown", _SWEEP_TABLE, "std::get<std::int64_t>(row[i]) > 0", "true"),
    Mutation("quotes not doubled", _CSV, "if (c == '\"') line += '\"';", ""),
    Mutation("commas not quoted", _CSV, '",\\"\\r\\n"', '"\\"\\r\\n"'),
    Mutation("two answers, one taken", _MERGE, "diagnostics.throw_if_any();", ""),
    Mutation("failures over answers", _MERGE, "OR ({}theirs.status != 'failed')", "OR ({}1 = 0)"),
    Mutation("the first is preferred, whoever is", _MERGE, "prefer_ == Prefer::Last", "prefer_ == Prefer::First"),
    Mutation("axes of one sweep are taken together", _COMPARE, "if (values.size() < 2) continue;", "continue;"),
    Mutation("ratios upside down", "tools/partita/results/compare.h", "return b / a;", "return a / b;"),
    Mutation("points without a partner compared", _COMPARE, "++result.only_a;", ""),
    Mutation("the wrong point blamed", _ENGINE_HERE, "Task blamed = std::move(tasks.front());\n  tasks.pop_front();",
             "Task blamed = std::move(tasks.back());\n  tasks.pop_back();"),
    Mutation("a crash is not tried again", _ENGINE_HERE, "killed.empty() && blamed.attempts < options_.tries", "false"),
    Mutation("a hang tried again", _ENGINE_HERE, "killed.empty() && blamed.attempts < options_.tries",
             "blamed.attempts < options_.tries"),
    Mutation("limits of a batch", _ENGINE_HERE, "  worker.tasks.pop_front();\n  worker.since = Clock::now();",
             "  worker.tasks.pop_front();"),
    Mutation("used workers believed about memory", _ENGINE_HERE, "answer.is_exhausted && !is_new",
             "answer.is_exhausted && is_new"),
    Mutation("workers that grow for ever", _ENGINE_HERE, "worker.retires = true;\n  }\n  finished", "}\n  finished"),
    Mutation("what others have done not waited for", _DRIVER, "claimed.elsewhere.begin(), claimed.elsewhere.end()",
             "claimed.elsewhere.end(), claimed.elsewhere.end()"),
    Mutation("all shards are one", _DRIVER, "return number % options.shards == options.shard;", "return true;"),
    Mutation("a zombie computes", _OWNER, 'if (i == 0 && word == "Z") return {};', ""),
    Mutation("a number is a process", _OWNER, "!= rest.substr(slash + 1)", '== ""'),
    Mutation("ids by the order of axes", _COMMAND, "std::sort(words.options.begin(), words.options.end());", ""),
    Mutation("ids by the names of files", _COMMAND, "with_names ? nullptr : files_.named(value)", "nullptr"),
    Mutation("what is kept not in the id", _COMMAND, 'first["keep"] =', 'nlohmann::json() ='),
    Mutation("one value set twice", _COMMAND, "if (is_new) return;", "return;"),
    Mutation("files that a file names forgotten", _INPUT_FOLDER, 'if (ending == ".yaml" || ending == ".yml") {',
             "if (false) {"),
    Mutation("hashes without what a file names", _INPUT_FOLDER,
             "all.size() == 1 ? input.files.front().sha256 : sha256(contents)",
             "input.files.front().sha256"),
    Mutation("lists flattened", _EVALUATE, "} else if (!value.is_array()) {", "} else {"),
    Mutation("packets after flows", _EVALUATE, "if (has_evaluated_) {", "if (false) {"),
    Mutation("memory without a limit", _EVALUATE, "setrlimit(RLIMIT_DATA, &limit);", ""),
    Mutation("positions beyond the axis", _POSITIONS, "!(value >= 0 && value <= 1)", "false"),
    Mutation("ranges that stay at their end", _POSITIONS, "axis.range ? kMiddle : 0", "0"),
]  # fmt: skip

MUTATIONS = [
    *_MACHINE, *_EVALUATOR, *_ARITHMETIC, *_LOAD, *_PACKETS, *_MULTICASTS, *_COLLECTIVES, *_IN_PLACE, *_SLEEP,
    *_REQUESTS, *_OBJECTIVES, *_LOADS, *_BOUNDS, *_EXAM, *_DEVICES, *_TRUST, *_INPUTS, *_ANALYZE, *_PREDICT,
    *_LEARN, *_POLICIES, *_RUNTIME, *_DIRECTED, *_REAL, *_SWEEPS, *_SWEEP_RUNS, *_ANSWERS,
    *_REPORT,
]  # fmt: skip
