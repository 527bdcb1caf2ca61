// A processor: runs the layers of requests in plan order, and copies by itself where it has no DMA
// engine.
#pragma once

#include <algorithm>
#include <systemc>
#include <vector>

#include "models/cost/variant.h"
#include "models/evaluate/load_clock.h"
#include "models/evaluate/reads_in_place.h"
#include "sim/delay_line.h"
#include "sim/leg_server.h"
#include "sim/package.h"

namespace partita::sim {

// Model: one layer on each stream, those of a request started strictly in its plan's order once
// their inputs are resident; of several requests that could go on, the oldest does. A layer takes
// launch overhead + time, as a flow that asks for traffic / duration of its memory's bandwidth.
// One that reads operands in place, or whose processor has to wake, takes what spread_demand() says.
// Layers that run at once share the compute: while k of them run, at most
// 1 / max(1, k * stream_share) of their speed. A copy waits until no layer runs, goes before the
// next layer, and holds the processor until the last byte has arrived. Others may slow it down, or
// take it away: then what it was doing begins again when it comes back.
// Left out: caches, cores and pipelines inside; preemption.
class Processor : public sc_core::sc_module, private FlowOwner, private RateRule {
 public:
  SC_HAS_PROCESS(Processor);
  Processor(const sc_core::sc_module_name& name, Clock& clock, Fabric& fabric, DelayLine& line,
            Scheduler& scheduler);

  // `package` may be null. lay_out() follows; `first_flow`: of its streams, the flow after them is
  // that of its own copies.
  void load(ProcessorId id, const Hardware& hardware, const std::vector<Variant>& variants,
            Package* package);
  void lay_out(std::size_t streams, FlowId first_flow);
  // Streams that layers, all in flight together, can use.
  static std::size_t useful_streams(const ProcessorSpec& spec, std::size_t layers) {
    return std::min(static_cast<std::size_t>(spec.streams), layers);
  }
  static std::size_t flows(std::size_t streams) { return streams + 1; }
  void reset();

  // First phase of an instant.
  void wake() { wake_.notify(sc_core::SC_ZERO_TIME); }
  void admitted(Inference& inference);
  void inputs_ready(Inference& inference, LayerId layer);
  void queue(LegJob& job);
  void copy_arrived();
  // While decisions fall: what waits of it waits no more; what runs, ends.
  void forget(const Inference& inference);
  // Then, too, where it is gone.
  void halt_if_lost() {
    if (lost_) halt();
  }
  // `speeds` are what others leave of it, kept by reference until the next call.
  void load_changed(bool lost, std::span<const Ratio> speeds);

  // Third phase: what else runs in the package, or here, has changed.
  void limit_layers();

  const LegJob* copies() const { return server_.job(); }
  Time busy() const { return busy_; }  // since reset(), with a layer or a copy

  // While others keep it from working (evaluate.h, rule 9).
  bool lost() const { return lost_; }
  bool given_up() const { return losses_ >= kMostLosses; }
  bool has_work() const;
  Unfinished unfinished() const;  // precondition: it is lost and has work

 private:
  struct Stream {
    Inference* inference = nullptr;  // none: the stream is free

    bool runs() const { return inference != nullptr && !halted; }
    LayerId layer{};
    FlowId flow{};
    Time due = Time::max();
    bool halted = false;   // its layer is lost, and begins again here
    std::int64_t cap = 1;  // of its flow, with nothing in its way
    SpreadDemand spread;   // where it reads in place, or wakes first
  };

  void end();    // timer: what is due is over
  void start();  // wake: what can start, starts
  void add_ready(Inference& inference);
  void start_layer(Inference& inference);
  void finish_changed(FlowId flow, Time finish) override;
  void set_timer();
  void begin_layer(Stream& stream, Time waking);
  // Of waking, what is left for what starts now.
  Time waking();
  void count_layers(int change);
  void halt();    // what it was doing is lost
  void resume();  // and begins again
  bool holds_halted() const;
  void apply() override;

  Clock& clock_;
  Fabric& fabric_;
  DelayLine& line_;
  Scheduler& scheduler_;
  Timer timer_;
  sc_core::sc_event wake_;

  ProcessorId id_{};
  std::vector<ChannelId> memory_channel_;          // a list of one
  std::vector<std::vector<LayerDemand>> demands_;  // by variant and layer
  Package* package_ = nullptr;
  std::int64_t share_ = 0;  // that one layer can use, in millionths
  FlowId copy_flow_{};

  EngineSpec by_itself_;
  std::vector<Inference*> ready_;  // whose next layer here could start, the oldest first
  std::vector<Stream> streams_;
  std::size_t running_ = 0;
  bool crowd_changed_ = false;
  std::span<const Ratio> speeds_;
  bool lost_ = false;
  bool halted_ = false;  // something of it is to begin again
  Time lost_at_{0};
  std::uint32_t losses_ = 0;  // of work, since any was done
  LegQueue queue_;
  LegServer server_;
  Time busy_since_{0}, busy_{0};
  const Hardware* hardware_ = nullptr;
  std::vector<Variant> variants_;
  Time falls_asleep_{0}, wakes_{0};  // after, in; 0: at once
  Time idle_since_{0}, awake_at_{0};
};

}  // namespace partita::sim
