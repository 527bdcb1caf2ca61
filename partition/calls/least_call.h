// How long an accelerator's call takes at least, if some nodes are in it and some are not.
#pragma once

#include <boost/dynamic_bitset.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "partition/calls/call_model.h"

namespace partita::calls {

using NodeSet = boost::dynamic_bitset<>;

// Model: a call that holds a and b holds all nodes on paths from a to b (its hull), or it would
//   wait for itself. So a node whose hull with the wanted ones does not fit the memory, cannot run
//   on an accelerator, or touches an unwanted one is unwanted too. Then the least duration of a
//   call with all that is wanted and nothing unwanted is a minimum cut: every term of the duration
//   is submodular.
// Left out: that all the nodes which the cut adds together need a closed hull that fits.
class LeastCall {
 public:
  explicit LeastCall(const CallModel& model);
  ~LeastCall();
  LeastCall(const LeastCall&) = delete;
  LeastCall& operator=(const LeastCall&) = delete;

  NodeSet none() const { return NodeSet(model_.nodes.size()); }
  NodeSet hull(const NodeSet& nodes) const;
  // Absent: no call can hold these nodes and nothing unwanted.
  std::optional<std::int64_t> duration(const NodeSet& wanted, const NodeSet& unwanted);

 private:
  struct Cut;
  bool can_be_call(const NodeSet& hull, const NodeSet& unwanted) const;

  const CallModel& model_;
  IdVector<NodeId, NodeSet> ancestors_, descendants_;  // each with itself
  NodeSet host_only_;
  std::unique_ptr<Cut> cut_;
};

}  // namespace partita::calls
