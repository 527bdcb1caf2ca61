// In every way that operands can lie.
#include "tests/exec/devices/cpu_onednn/run_kernel.h"
#include "tests/exec/devices/kernel_cases.h"

namespace partita::exec {
namespace {

Way offering(const char* name, Offer offer, bool overwrite = false) {
  return {name, [offer, overwrite](const OneLayer& one) {
            return judge(one, [offer, overwrite](const Network& network, const OneLayer& layer,
                                                 std::string& implementation) {
              return run_kernel(network, layer, offer, implementation, false, overwrite);
            });
          }};
}

INSTANTIATE_TEST_SUITE_P(Offers, KernelTest,
                         testing::Values(offering("Plain", Offer::Plain),
                                         offering("Blocked", Offer::Blocked),
                                         offering("Free", Offer::Free),
                                         offering("PlainOver", Offer::Plain, true),
                                         offering("BlockedOver", Offer::Blocked, true)),
                         name_of);

}  // namespace
}  // namespace partita::exec
