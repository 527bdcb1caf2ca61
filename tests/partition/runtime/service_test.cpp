#include "partition/runtime/service.h"

#include <gmock/gmock.h>

#include "tests/partition/runtime/scripted.h"
#include "tests/partition/runtime/two_memories.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr RunId kRun0{0}, kRun1{1}, kRun2{2};
constexpr RelocationId kFirst{0}, kSecond{1}, kThird{2};

class ServiceTest : public test::TwoMemories {
 protected:
  using TwoMemories::TwoMemories;

  Service& serve(const ServiceOptions& options = {}) {
    service_.emplace(*network_, *hardware_, options, policy_, execution_);
    service_->begin(Time{0});
    return *service_;
  }
  // The policy says so at its next decision, which this reading brings about.
  void decide(Time now, Decision decision) {
    policy_.say(std::move(decision));
    service_->readings(now, kReading, {});
  }
  // All moves of the relocation.
  void done(Time now, RelocationId id) {
    service_->relocation_done(now, id, execution_.relocations[index(id)].moves);
  }
  // The timer that was asked for has come.
  void fire(Time now) {
    execution_.timer = Time::max();
    service_->timer(now);
  }
  std::size_t answered() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(service_->record().requests, &RequestRecord::done));
  }

  const std::vector<LayerReading> kReading{LayerReading{LayerId{0}, kP, 0, 1us}};
  std::shared_ptr<const Configuration> ppp_ = configuration("ppp"), ppq_ = configuration("ppq"),
                                       qqq_ = configuration("qqq");
  test::ScriptedPolicy policy_{ppp_};
  test::ScriptedExecution execution_{*network_, *hardware_};
  std::optional<Service> service_;
};

TEST_F(ServiceTest, ServesSwitchesAndOutlivesALoss) {
  // One request at a time.
  //   0 us: request 0 comes and runs by ppp.        1 us: request 1 comes and waits.
  //   2 us: 0 is answered, after 2 us. ppq is wanted: wc, 4000 B at 1 B/ns, is there at 6 us.
  //         Meanwhile 1 runs by ppp, as ppq is not ready.
  //   5 us: 1 is answered, 4 us after it came; request 2 comes and runs by ppp, too.
  //   6 us: ppq is in force. wc stays on p: 2 still reads it.
  //   8 us: 2 is answered; wc is dropped on p. Requests 3 and 4 come; 3 runs by ppq.
  //   9 us: q is lost: 3 is cancelled, and waits before 4. ppp is wanted, so wc comes back, 4 us.
  //  13 us: 3 runs again, by ppp, and is answered at 16 us, 8 us after it came.
  Service& service = serve();
  service.arrived(0us, 0, 0);
  service.arrived(1us, 1, 0);
  EXPECT_THAT(execution_.asked(), ElementsAre("start 0: request 0 by ppp"));
  EXPECT_EQ(service.waiting(), 1u);

  policy_.say(Switch{ppq_, "q is idle"});
  service.run_done(2us, kRun0, kReading, {});
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 0 for all ppq: wc mp>mq", "start 1: request 1 by ppp"));
  service.run_done(5us, kRun1, {}, {});
  service.arrived(5us, 2, 0);
  EXPECT_EQ(&service.in_force(), ppp_.get());
  done(6us, kFirst);
  EXPECT_EQ(&service.in_force(), ppq_.get());
  EXPECT_THAT(execution_.asked(), ElementsAre("start 2: request 2 by ppp"));

  service.run_done(8us, kRun2, {}, {});
  service.arrived(8us, 3, 0);
  service.arrived(8us, 4, 0);
  done(8us, kSecond);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 1 for all ppq: drop wc@mp", "start 3: request 3 by ppq"));

  policy_.say(Switch{ppp_, "q is lost"});
  service.lost(9us, kQ);
  EXPECT_THAT(execution_.asked(), ElementsAre("cancel run 3", "relocate 2 for all ppp: wc mq>mp"));
  EXPECT_EQ(service.waiting(), 2u);
  EXPECT_FALSE(service.idle());
  done(13us, kThird);
  service.run_done(16us, RunId{4}, {}, {});
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 3 for all ppp: drop wc@mq", "start 4: request 3 by ppp",
                          "start 5: request 4 by ppp"));
  service.run_done(18us, RunId{5}, {}, {});
  EXPECT_TRUE(service.idle());

  const ServiceRecord& record = service.record();
  ASSERT_EQ(record.requests.size(), 5u);
  const RequestRecord& again = record.requests[3];
  EXPECT_EQ(again.arrival, 8us);
  EXPECT_EQ(again.admitted, 8us);
  EXPECT_EQ(again.answered, 16us);
  EXPECT_EQ(again.attempts, 2u);
  EXPECT_EQ(again.plan, ppp_->plans[0]);
  EXPECT_EQ(record.requests[2].plan, ppp_->plans[0]);
  EXPECT_EQ(record.requests[2].admitted, 5us);
  EXPECT_EQ(answered(), 5u);
  EXPECT_EQ(record.duplicates, 0u);
  EXPECT_THAT(policy_.log,
              ElementsAre("answered after 2 us at 2 us", "observe 1 layers, 0 copies at 2 us",
                          "answered after 4 us at 5 us", "answered after 3 us at 8 us",
                          "answered after 8 us at 16 us", "answered after 10 us at 18 us"));
  ASSERT_EQ(record.relocations.size(), 4u);
  EXPECT_EQ(record.relocations[0].asked, 2us);
  EXPECT_EQ(record.relocations[0].done, 6us);
  EXPECT_EQ(record.relocations[0].bytes, Bytes{4'000});
  EXPECT_EQ(record.relocations[0].configuration, "all ppq");
  EXPECT_EQ(record.relocations[1].bytes, Bytes{});
  ASSERT_EQ(record.decisions.size(), 4u);  // to ppq, stay, to ppp, stay
  EXPECT_TRUE(record.decisions[0].switched);
  EXPECT_EQ(record.decisions[0].when, 2us);
  EXPECT_EQ(record.decisions[0].reason, "q is idle");
  EXPECT_FALSE(record.decisions[1].switched);
  EXPECT_EQ(record.decisions[1].reason, "as before");
  EXPECT_EQ(record.decisions[2].configuration, "all ppp");
}

TEST_F(ServiceTest, AtMostInFlightRunAndTheQueueIsBounded) {
  Service& service = serve({.in_flight = 2, .queue = 1});
  for (std::size_t i = 0; i < 4; ++i) service.arrived(1us, i, 0);
  EXPECT_EQ(service.running(), 2u);
  EXPECT_EQ(service.waiting(), 1u);
  EXPECT_FALSE(service.record().requests[2].shed);
  EXPECT_TRUE(service.record().requests[3].shed);
  EXPECT_EQ(service.record().requests[3].attempts, 0u);
  service.run_done(2us, kRun1, {}, {});  // of request 1
  EXPECT_THAT(execution_.asked(),
              ElementsAre("start 0: request 0 by ppp", "start 1: request 1 by ppp",
                          "start 2: request 2 by ppp"));
  service.arrived(3us, 4, 0);  // there is room again
  EXPECT_FALSE(service.record().requests[4].shed);
}

TEST_F(ServiceTest, WithoutAQueueRequestsRunOrAreTurnedAway) {
  Service& service = serve({.queue = 0});
  service.arrived(1us, 0, 0);
  service.arrived(1us, 1, 0);
  EXPECT_EQ(service.running(), 1u);
  EXPECT_EQ(service.waiting(), 0u);
  EXPECT_TRUE(service.record().requests[1].shed);
}

TEST_F(ServiceTest, RequestsOfCancelledRunsComeFirstInTheOrderOfTheirNumbers) {
  Service& service = serve({.in_flight = 3, .queue = 2});
  for (std::size_t i = 0; i < 5; ++i) service.arrived(1us, i, 0);
  service.run_failed(2us, kRun1);  // runs again at once, as run 3
  execution_.asked();
  service.lost(3us, kP);
  EXPECT_THAT(execution_.asked(), ElementsAre("cancel run 0", "cancel run 2", "cancel run 3"));
  EXPECT_EQ(service.waiting(), 5u);  // nobody is turned away for them,
  service.arrived(4us, 5, 0);
  EXPECT_TRUE(service.record().requests[5].shed);  // but who comes now
  service.back(5us, kP);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("start 4: request 0 by ppp", "start 5: request 1 by ppp",
                          "start 6: request 2 by ppp"));
  EXPECT_EQ(service.record().requests[1].attempts, 3u);
}

TEST_F(ServiceTest, RunsThatDoNotNeedWhoIsLostGoOn) {
  policy_ = test::ScriptedPolicy{qqq_};
  Service& service = serve();
  service.arrived(1us, 0, 0);
  service.lost(2us, kP);
  service.lost(2us, kP);
  EXPECT_EQ(service.running(), 1u);
  service.run_done(3us, kRun0, {}, {});
  service.arrived(3us, 1, 0);
  EXPECT_EQ(service.running(), 1u);
}

TEST_F(ServiceTest, AnAnswerThatComesTooLateIsNone) {
  // Nobody should tell of a run that was cancelled; who does changes nothing, and is counted where
  // the request has its answer.
  Service& service = serve();
  service.arrived(1us, 0, 0);
  service.lost(2us, kP);
  service.run_done(3us, kRun0, {}, {});
  service.run_failed(3us, kRun0);
  EXPECT_EQ(answered(), 0u);
  EXPECT_EQ(service.record().duplicates, 0u);
  service.back(4us, kP);
  service.run_done(5us, kRun1, {}, {});
  service.run_done(6us, kRun0, {}, {});
  EXPECT_EQ(answered(), 1u);
  EXPECT_EQ(service.record().requests[0].answered, 5us);
  EXPECT_EQ(service.record().duplicates, 1u);
}

TEST_F(ServiceTest, AMonitorLooksNowAndThen) {
  // Looks at 10, 20, 30 us: what is read at 12 and 17 us is told at 20 us, at 20 us at once.
  Service& service = serve({.monitor_every = 10us});
  service.readings(12us, kReading, {});
  EXPECT_EQ(execution_.timer, 20us);
  service.readings(17us, kReading, std::vector<CopyReading>(2));
  service.timer(19us);  // before its time: nothing
  EXPECT_EQ(policy_.decisions, 0u);
  fire(20us);
  EXPECT_EQ(policy_.decisions, 1u);
  EXPECT_EQ(execution_.timer, Time::max());
  service.readings(20us, kReading, {});
  service.readings(21us, {}, {});  // says nothing
  EXPECT_EQ(execution_.timer, Time::max());
  EXPECT_THAT(policy_.log, ElementsAre("observe 2 layers, 2 copies at 20 us",
                                       "observe 1 layers, 0 copies at 20 us"));
}

TEST_F(ServiceTest, APolicyIsAskedWhenItWantsToBe) {
  policy_.look = 5us;
  Service& service = serve();
  EXPECT_EQ(execution_.timer, 5us);
  service.timer(4us);
  EXPECT_EQ(policy_.decisions, 0u);
  fire(5us);
  EXPECT_EQ(policy_.decisions, 1u);
  EXPECT_EQ(execution_.timer, 5us + 1_ps);  // it still says 5 us
  policy_.look = Time::max();
  fire(5us + 1_ps);
  EXPECT_EQ(execution_.timer, Time::max());
}

TEST_F(ServiceTest, APolicyIsAskedWhenTheMixOfClassesChanges) {
  Service& service = serve({.in_flight = 9});
  service.arrived(1us, 0, 1);
  service.arrived(1us, 1, 1);
  EXPECT_EQ(policy_.decisions, 0u);
  service.arrived(1us, 2, 0);
  EXPECT_EQ(policy_.decisions, 1u);
  service.arrived(1us, 3, 0);
  EXPECT_EQ(policy_.decisions, 1u);
}

TEST_F(ServiceTest, EachClassHasItsPlan) {
  const auto mixed =
      std::make_shared<const Configuration>(Configuration{"mixed", {plan("ppp"), plan("pqq")}});
  policy_ = test::ScriptedPolicy{mixed};
  Service& service = serve({.in_flight = 2});
  service.arrived(1us, 0, 1);
  service.arrived(1us, 1, 0);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("start 0: request 0 by pqq", "start 1: request 1 by ppp"));
}

TEST_F(ServiceTest, ReasonsAreNotedWhenTheyChange) {
  Service& service = serve();
  decide(1us, Stay{"all is well"});
  decide(2us, Stay{"all is well"});
  decide(3us, Stay{"p is a little slow"});
  decide(4us, Switch{ppp_, "p is a little slow"});  // it is in force
  const auto& decisions = service.record().decisions;
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[1].when, 3us);
  EXPECT_EQ(decisions[1].configuration, "all ppp");
}

TEST_F(ServiceTest, AConfigurationIsAskedForAlsoWhereNothingMoves) {
  // Executions that make all of it ready at once have to know.
  const auto same = configuration("ppp");
  Service& service = serve();
  decide(1us, Switch{same, "another order"});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 0 for all ppp:"));
  EXPECT_EQ(&service.in_force(), ppp_.get());
  done(2us, kFirst);
  EXPECT_EQ(&service.in_force(), same.get());
}

TEST_F(ServiceTest, ASwitchThatIsNoLongerWantedIsCancelled) {
  // b had come, c not: b is dropped.
  Service& service = serve();
  decide(1us, Switch{configuration("pqq"), "p is slow"});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 0 for all pqq: wb mp>mq wc mp>mq"));
  decide(2us, Switch{ppp_, "p is well again"});
  decide(2us, Stay{""});
  EXPECT_THAT(execution_.asked(), ElementsAre("cancel relocation 0"));
  service.relocation_done(3us, kFirst, std::vector{execution_.relocations[0].moves[0]});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 1 for all ppp: drop wb@mq"));
  EXPECT_EQ(&service.in_force(), ppp_.get());
  EXPECT_TRUE(service.record().relocations[0].aborted);
  EXPECT_EQ(service.record().relocations[0].bytes, Bytes{2'000});
  EXPECT_TRUE(service.record().decisions[1].switched);
}

TEST_F(ServiceTest, WhatHasComeIsUsedByTheNextSwitch) {
  // qqq is wanted when pqq is on its way: b is there, c and a are not.
  Service& service = serve();
  decide(1us, Switch{configuration("pqq"), "p is slow"});
  decide(2us, Switch{qqq_, "p is very slow"});
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 0 for all pqq: wb mp>mq wc mp>mq", "cancel relocation 0"));
  service.relocation_done(3us, kFirst, std::vector{execution_.relocations[0].moves[0]});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 1 for all qqq: wa mp>mq wc mp>mq"));
  done(4us, kSecond);
  EXPECT_EQ(&service.in_force(), qqq_.get());
}

TEST_F(ServiceTest, AMoveByAProcessorThatIsLostIsCancelled) {
  // Without engines p copies by itself; there is no other way, so all stays, until it is back.
  machine_.parts.engines.clear();
  hardware_ = machine_.build();
  Service& service = serve();
  decide(1us, Switch{qqq_, "p is slow"});
  service.lost(2us, kP);
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 0 for all qqq: wa mp>mq wb mp>mq wc mp>mq",
                                              "cancel relocation 0"));
  service.relocation_done(2us, kFirst, {});
  EXPECT_EQ(policy_.situation.wanted, nullptr);
  EXPECT_EQ(policy_.situation.refused, qqq_);
  EXPECT_EQ(service.record().decisions[2].reason,
            "no way to 'all qqq': weight wa has no way to memory mq");
  decide(3us, Switch{qqq_, "p is lost"});
  EXPECT_THAT(execution_.asked(), IsEmpty());
  EXPECT_FALSE(service.record().decisions.back().switched);
  policy_.say(Switch{qqq_, "p is back"});
  service.back(4us, kP);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 1 for all qqq: wa mp>mq wb mp>mq wc mp>mq"));
}

TEST_F(ServiceTest, WhoeverCannotBeServedWaitsUntilThePolicyHasAnAnswer) {
  // p is lost, and the policy knows nothing better; asked again at each event, it does at last.
  Service& service = serve();
  service.lost(1us, kP);
  service.arrived(2us, 0, 0);
  EXPECT_EQ(policy_.situation.now, 2us);
  EXPECT_THAT(execution_.asked(), IsEmpty());
  policy_.say(Switch{qqq_, "p is lost"});
  service.arrived(3us, 1, 0);
  done(4us, kFirst);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 0 for all qqq: wa mp>mq wb mp>mq wc mp>mq",
                          "relocate 1 for all qqq: drop wa@mp drop wb@mp drop wc@mp",
                          "start 0: request 0 by qqq"));
}

TEST_F(ServiceTest, APolicyMayGiveEachRequestItsPlan) {
  // pqp has all its weights only where b's are kept on q, too; and p must be there.
  auto with_b = *ppp_;
  with_b.also = {{wb_, kOfQ}};
  const auto first = std::make_shared<const Configuration>(with_b);
  policy_ = test::ScriptedPolicy{first};
  Service& service = serve({.in_flight = 9});
  policy_.own_plan = plan("pqp");
  service.arrived(1us, 0, 0);
  policy_.own_plan = plan("pqq");
  service.arrived(2us, 1, 0);
  service.lost(3us, kQ);
  policy_.own_plan = plan("pqp");
  service.arrived(4us, 2, 0);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("start 0: request 0 by pqp", "start 1: request 1 by ppp", "cancel run 0",
                          "start 2: request 0 by ppp", "start 3: request 2 by ppp"));
}

// p holds all weights; q holds b and c, or a and c, not all; no activations.
class TightServiceTest : public ServiceTest {
 protected:
  TightServiceTest() : ServiceTest(Bytes{7'000}, Bytes{6'000}) {}

  std::shared_ptr<const Configuration> pqp_ = configuration("pqp"), qpq_ = configuration("qpq");
};

TEST_F(TightServiceTest, WhereBothDoNotFitTheOldOneIsLetGo) {
  // The steps of RelocationPlanTest.StepsMakeRoomForEachOther.
  policy_ = test::ScriptedPolicy{pqp_};
  Service& service = serve({.in_flight = 2});
  service.arrived(1us, 0, 0);
  decide(2us, Switch{qpq_, "for the better"});
  service.arrived(3us, 1, 0);  // there is a place, but not for it
  EXPECT_THAT(execution_.asked(), ElementsAre("start 0: request 0 by pqp"));
  service.run_done(4us, kRun0, {}, {});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 0 for all qpq: wa mp>mq wb mq>mp"));
  EXPECT_EQ(service.running(), 0u);
  done(6us, kFirst);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 1 for all qpq: drop wa@mp drop wb@mq wc mp>mq"));
  EXPECT_EQ(&service.in_force(), pqp_.get());
  done(10us, kSecond);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 2 for all qpq: drop wc@mp", "start 1: request 1 by qpq"));
  EXPECT_EQ(&service.in_force(), qpq_.get());
}

TEST_F(TightServiceTest, UntilItIsLetGoItMayStay) {
  policy_ = test::ScriptedPolicy{pqp_};
  Service& service = serve();
  service.arrived(1us, 0, 0);
  service.arrived(2us, 1, 0);
  decide(3us, Switch{qpq_, "for the better"});
  decide(4us, Switch{pqp_, "it was better before"});
  service.run_done(5us, kRun0, {}, {});
  EXPECT_THAT(execution_.asked(),
              ElementsAre("start 0: request 0 by pqp", "start 1: request 1 by pqp"));
}

TEST_F(TightServiceTest, WhoWasLetGoMayComeBack) {
  // Nothing starts before all that was let go is there again.
  policy_ = test::ScriptedPolicy{pqp_};
  Service& service = serve();
  decide(1us, Switch{qpq_, "for the better"});
  done(2us, kFirst);  // a is on both, b too
  EXPECT_THAT(execution_.asked(),
              ElementsAre("relocate 0 for all qpq: wa mp>mq wb mq>mp",
                          "relocate 1 for all qpq: drop wa@mp drop wb@mq wc mp>mq"));
  decide(3us, Switch{pqp_, "it was better before"});
  service.arrived(3us, 0, 0);
  service.relocation_done(4us, kSecond, {});
  EXPECT_THAT(execution_.asked(),
              ElementsAre("cancel relocation 1", "relocate 2 for all pqp: wa mq>mp wb mp>mq"));
  EXPECT_EQ(service.running(), 0u);
}

TEST_F(TightServiceTest, WhereNoWayLeadsBackItLeadsOn) {
  // Processors copy by themselves. Both are lost during the second step: no way back, as b is on p
  // alone, and none on. When p is back, it can bring c to q, but only q could bring a to p.
  machine_.parts.engines.clear();
  hardware_ = machine_.build();
  policy_ = test::ScriptedPolicy{pqp_};
  Service& service = serve();
  decide(1us, Switch{qpq_, "for the better"});
  done(2us, kFirst);
  service.lost(3us, kP);
  service.lost(3us, kQ);
  execution_.asked();
  service.relocation_done(3us, kSecond, {});
  EXPECT_THAT(execution_.asked(), IsEmpty());
  service.back(4us, kP);
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 2 for all qpq: wc mp>mq"));
  done(5us, kThird);
  EXPECT_EQ(&service.in_force(), qpq_.get());
}

TEST_F(TightServiceTest, WhatNeverFitsIsRefused) {
  Service& service = serve();
  decide(1us, Switch{qqq_, "p is slow"});
  EXPECT_THAT(execution_.asked(), IsEmpty());
  const auto& decisions = service.record().decisions;
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_FALSE(decisions[0].switched);
  EXPECT_EQ(decisions[0].configuration, "all ppp");
  EXPECT_EQ(decisions[0].reason,
            "no way to 'all qqq': memory mq would hold 6.84 KiB, 1000 B more than its 5.86 KiB");
  EXPECT_EQ(policy_.situation.refused, nullptr);
  decide(2us, Switch{qqq_, "p is slow"});
  EXPECT_EQ(policy_.situation.refused, qqq_);
  EXPECT_EQ(service.record().decisions.size(), 1u);
  service.lost(3us, kQ);
  EXPECT_EQ(policy_.situation.refused, nullptr);
}

TEST_F(TightServiceTest, ActivationsTakeRoomToo) {
  // pqq fills q; a byte of activations there is too much.
  const auto pqq = configuration("pqq");
  ServiceOptions options;
  options.peaks = [&](const Plan& plan) {
    return IdVector<MemoryId, Bytes>{Bytes{}, Bytes{plan.method() == "ppp" ? 1 : 0}};
  };
  Service& service = serve(options);
  service.arrived(1us, 0, 0);
  decide(1us, Switch{pqq, "p is slow"});  // not beside ppp, whose requests hold that byte
  EXPECT_THAT(execution_.asked(), ElementsAre("start 0: request 0 by ppp"));
  service.run_done(2us, kRun0, {}, {});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 0 for all pqq: wb mp>mq wc mp>mq"));
  service.arrived(2us, 1, 0);
  EXPECT_EQ(service.running(), 0u);
}

TEST_F(TightServiceTest, ActivationsOfOlderRunsCount) {
  // A run of ppp holds 1001 B on q, where a (1000 B) has room, but not a and c (5000 B).
  ServiceOptions options{.in_flight = 2};
  options.peaks = [&](const Plan& plan) {
    return IdVector<MemoryId, Bytes>{Bytes{}, Bytes{plan.method() == "ppp" ? 1'001 : 0}};
  };
  Service& service = serve(options);
  service.arrived(1us, 0, 0);
  decide(1us, Switch{configuration("qpp"), ""});
  done(2us, kFirst);
  execution_.asked();
  decide(3us, Switch{qpq_, ""});
  EXPECT_THAT(execution_.asked(), IsEmpty());
  service.run_done(4us, kRun0, {}, {});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 1 for all qpq: drop wa@mp wc mp>mq"));
}

TEST_F(TightServiceTest, OlderRunsAreWaitedForWhereThatIsEnough) {
  // a + c (5000 B) lie on q for qpq's run, when ppp is in force; b and c (6000 B) fit without a, not
  // beside it. Requests go on meanwhile.
  policy_ = test::ScriptedPolicy{qpq_};
  Service& service = serve({.in_flight = 2});
  service.arrived(1us, 0, 0);
  decide(1us, Switch{ppp_, ""});
  done(2us, kFirst);
  EXPECT_EQ(&service.in_force(), ppp_.get());
  decide(3us, Switch{configuration("pqq"), "p is slow"});
  service.arrived(4us, 1, 0);
  EXPECT_THAT(execution_.asked(),
              ElementsAre("start 0: request 0 by qpq", "relocate 0 for all ppp: wa mq>mp wc mq>mp",
                          "start 1: request 1 by ppp"));
  service.run_done(5us, kRun0, {}, {});
  EXPECT_THAT(execution_.asked(), ElementsAre("relocate 1 for all pqq: drop wa@mq wb mp>mq"));
}

}  // namespace
}  // namespace partita
