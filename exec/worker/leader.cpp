#include "exec/worker/leader.h"

#include <fmt/format.h>

#include "exec/worker/surroundings.h"

namespace partita::exec {

void Leader::serve() {
  try {
    while (true) {
      Message message = channel_.receive();
      try {
        const Writer content = answer(static_cast<CrewRequest>(message.kind), message.content);
        channel_.send(static_cast<std::uint32_t>(Reply::Done), content);
      } catch (const Hangup&) {
        throw;
      } catch (const WorkerFailure& e) {
        fail(e.what(), e.worker(), e.kind());
        return;
      } catch (const std::exception& e) {
        fail(e.what(), kNobody, WorkerFailure::Kind::Refused);
        return;
      }
    }
  } catch (const Hangup&) {
    return;
  }
}

void Leader::fail(const std::string& sentence, std::uint32_t worker, WorkerFailure::Kind kind) {
  // Nobody is left behind when the coordinator hears of it.
  crew_.reset();
  Writer reason;
  reason.put(sentence);
  reason.put(worker);
  reason.put(kind);
  channel_.send(static_cast<std::uint32_t>(Reply::Failed), reason);
}

Crew& Leader::crew() {
  if (!crew_) throw Error("no crew has been started");
  return *crew_;
}

Writer Leader::answer(CrewRequest request, Reader& in) {
  Writer out;
  if (request != CrewRequest::Hello && !greeted_) throw Error("whoever speaks first says hello");
  switch (request) {
    case CrewRequest::Hello: {
      const auto theirs = in.get<std::uint64_t>();
      if (theirs != build_number()) {
        throw Error(
            fmt::format("this worker is of another build (number {:016x}) than what calls "
                        "it ({:016x}): use both from one source",
                        build_number(), theirs));
      }
      greeted_ = true;
      out.put(build_number());
      return out;
    }
    case CrewRequest::Start: {
      std::vector<WorkerSpec> specs(in.get_count());
      for (WorkerSpec& spec : specs) read(in, spec);
      const std::chrono::milliseconds patience(in.get<std::int64_t>());
      crew_.reset();
      crew_ = std::make_unique<Crew>(specs, patience, channel_.descriptor());
      for (const Opened& opened : crew_->opened()) write(out, opened);
      return out;
    }
    case CrewRequest::Load:
      for (const auto& gaps : crew().load(Writer(in.bytes()))) write(out, gaps);
      return out;
    case CrewRequest::Prepare: {
      CrewOrder order;
      read(in, order);
      for (const Prepared& prepared : crew().prepare(std::move(order))) write(out, prepared);
      return out;
    }
    case CrewRequest::Inputs: {
      std::vector<PlacedValues> inputs;
      read(in, inputs);
      crew().set_inputs(inputs);
      return out;
    }
    case CrewRequest::Run: {
      RunOrder order;
      read(in, order);
      for (const Ran& ran : crew().run(order)) write(out, ran);
      return out;
    }
    case CrewRequest::Results: {
      std::vector<PlacedValues> values(in.get_count());
      for (PlacedValues& one : values) {
        in.read(one.offset);
        one.values.resize(in.get<std::uint64_t>());
      }
      crew().results(values);
      write(out, values);
      return out;
    }
    case CrewRequest::Surroundings: write(out, surroundings()); return out;
  }
  throw Error("a request that this leader does not know");
}

}  // namespace partita::exec
