// In every way that operands can lie.
#include "tests/exec/devices/cpu_onednn/run_kernel.h"
#include "tests/exec/devices/kernel_cases.h"

namespace partita::exec {
namespace {

Way offering(const char* name, Offer offer) {
  return {name, [offer](const OneLayer& one) {
            return judge(one, [offer](const Network& network, const OneLayer& layer,
                                      std::string& implementation) {
              return run_kernel(network, layer, offer, implementation);
            });
          }};
}

INSTANTIATE_TEST_SUITE_P(Offers, KernelTest,
                         testing::Values(offering("Plain", Offer::Plain),
                                         offering("Blocked", Offer::Blocked),
                                         offering("Free", Offer::Free)),
                         name_of);

}  // namespace
}  // namespace partita::exec
