// A walk from plan to plan: what annealing and its relatives share.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "partition/methods/budget.h"
#include "partition/methods/critical.h"
#include "partition/methods/groundwork.h"
#include "partition/methods/idle_schedule.h"
#include "partition/methods/search_state.h"

namespace partita {

// Holds a state (SearchState) and what it costs, judges others, and keeps the best plan that it
// meets.
//
// Model: a state that exceeds limits (memories, constraints) costs its value, stretched by the share
//   that it exceeds them: price(). Only plans that keep to all limits become the best.
class Walk {
 public:
  // Keeps references: both must outlive it.
  Walk(const Groundwork& ground, const SearchOptions& options, std::string_view method);

  // Goes to the cheapest of some plans. False: none of them ever finishes.
  bool start(const std::vector<Plan>& plans);

  // Makes a random move; false where there is nothing to move, which ends the walk. Then judge(),
  // and accept() or reject().
  bool move(Random& random);
  // What the state as it stands costs. Absent where a way is missing, the plan never finishes, or
  // the price is above `limit`, which is often known long before the plan has been executed.
  std::optional<double> judge(double limit = std::numeric_limits<double>::infinity());
  void accept();  // the state judged last
  void reject();  // back to the state accepted last
  // Goes to a state, which is judged and accepted; false, and stays, where it is no plan.
  bool go_to(const SearchState::Snapshot& snapshot);
  void return_to_best();

  // Where the walk is, to come back without judging again.
  struct Place {
    SearchState::Snapshot state;
    Judgement costs;
  };
  Place place() const { return {state_.snapshot(), current_}; }
  void go_back(const Place& place);

  SearchState& state() { return state_; }
  double price() const { return price(current_); }  // of the state accepted last
  const std::optional<Solution>& best() const { return best_; }
  Budget& budget() { return budget_; }

  // The best plan, its transfers sent in the order in which they are awaited where that helps.
  Outcome result();

 private:
  // Of the state as it stands: surely above that.
  bool is_above(double limit);
  double price(const Judgement& found) const;
  void note_in_flight(const Judgement& found);
  bool improves(const Judgement& found) const;
  Judgement judged_blindly();
  void restore(const SearchState::Snapshot& snapshot);
  void send_first_what_is_awaited_first();

  const Problem& problem_;
  std::string method_;
  CostModel model_;
  SearchState state_;
  CriticalLayers critical_;
  std::optional<IdleSchedule> screen_;
  Budget budget_;
  std::optional<Plan> plan_;  // judged last, and what it costs
  Judgement found_;
  Judgement current_;
  std::optional<std::size_t> in_flight_;  // of the best, where periods count
  std::optional<Solution> best_;
  SearchState::Snapshot best_state_;
  bool blind_ = false;    // SearchOptions::ignore_contention
  std::string overflow_;  // of a start, while none fits
  std::int64_t severity_;
  std::int64_t steps_without_room_ = 0;
};

// The plans of all quick methods (on large problems, of those that look at each layer once), or,
// where nothing fits yet, one that does not, for a search to make room. With a time limit, only the
// first is sure to come: the others have a part of the time.
std::variant<std::vector<Plan>, Infeasible> quick_plans(const Problem& problem,
                                                        const SearchOptions& options);

using SearchFrom = Outcome (*)(const Groundwork&, const SearchOptions&, const std::vector<Plan>&);
// `search`, from the quick plans. They count towards the time, but not as steps.
Outcome from_quick_plans(const Problem& problem, const SearchOptions& options, SearchFrom search);

}  // namespace partita
