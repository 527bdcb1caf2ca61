#include "partition/predict/merge_profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/diagnostics.h"

namespace partita {
namespace {

using testing::AllOf;
using testing::HasSubstr;

ProfileRow layer(const char* signature, const char* processor, Time median, int samples,
                 const char* environment = "e") {
  ProfileRow row;
  row.kind = "layer", row.signature = signature, row.processor = processor;
  row.environment = environment;
  row.samples = samples;
  row.min = row.p10 = row.median = row.p90 = median;
  return row;
}

NamedProfile named(const char* name, std::initializer_list<ProfileRow> rows) {
  NamedProfile made{name, {}};
  for (const ProfileRow& row : rows) made.profile.add(row);
  return made;
}

std::string errors(const std::vector<NamedProfile>& profiles) {
  try {
    merged(profiles, std::nullopt);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

TEST(MergeProfiles, KeepsAllRowsAndOfTwoTheOneOfMoreSamples) {
  // 100 and 109 are within 10 % of the smaller.
  const auto all = merged({named("a", {layer("A", "p", 100ns, 3), layer("B", "p", 7ns, 3)}),
                           named("b", {layer("A", "p", 109ns, 5), layer("A", "q", 9ns, 1)})},
                          std::nullopt);
  EXPECT_EQ(all.profile.rows().size(), 3u);
  EXPECT_EQ(all.twice, 1u);
  EXPECT_EQ(all.profile.layer("A", "p")->median, 109ns);
  EXPECT_EQ(all.profile.layer("A", "q")->median, 9ns);
}

TEST(MergeProfiles, RowsThatDisagreeAreAnErrorUnlessOneSaysWhichIsRight) {
  const std::vector<NamedProfile> two{
      named("a.csv", {layer("A", "p", 100ns, 5), layer("B", "p", 7ns, 3)}),
      named("b.csv", {layer("A", "p", 111ns, 3), layer("B", "p", 70ns, 3)})};
  EXPECT_THAT(errors(two), AllOf(HasSubstr("b.csv: error: layer 'A' on 'p': median 111"),
                                 HasSubstr("in a.csv"), HasSubstr("'B'")));
  EXPECT_EQ(merged(two, Keep::First).profile.layer("A", "p")->median, 100ns);
  EXPECT_EQ(merged(two, Keep::Last).profile.layer("A", "p")->median, 111ns);
  EXPECT_EQ(merged(two, Keep::MostSamples).profile.layer("A", "p")->median, 100ns);
}

// Medians 100 and 150, but 90 to 130 meets 120 to 160.
TEST(MergeProfiles, RangesThatMeetAgree) {
  ProfileRow one = layer("A", "p", 100ns, 5), other = layer("A", "p", 150ns, 3);
  one.min = one.p10 = 90ns, one.p90 = 130ns;
  other.min = other.p10 = 120ns, other.p90 = 160ns;
  EXPECT_EQ(errors({named("a", {one}), named("b", {other})}), "none");
  other.min = other.p10 = 131ns;
  EXPECT_NE(errors({named("a", {one}), named("b", {other})}), "none");
}

TEST(MergeProfiles, NeverMixesEnvironmentsOfAProcessor) {
  EXPECT_THAT(
      errors({named("a.csv", {layer("A", "p", 1ns, 1, "e1"), layer("A", "q", 1ns, 1, "e1")}),
              named("b.csv", {layer("B", "p", 1ns, 1, "e2"), layer("C", "p", 1ns, 1, "e2"),
                              layer("B", "q", 1ns, 1, "e1")})}),
      "b.csv: error: environment: 'e2' of 'p' is not the 'e1' of a.csv: measurements of two "
      "environments cannot be mixed");
  // Nobody knows where rows without one are from.
  EXPECT_EQ(errors({named("a", {layer("A", "p", 1ns, 1, "e1")}),
                    named("b", {layer("B", "p", 1ns, 1, "")})}),
            "none");
}

}  // namespace
}  // namespace partita
